import { createSocket, type Socket } from 'node:dgram';

/** A UDP socket on any free port. */
export async function openPort(ipv6: boolean): Promise<Socket> {
  const socket = createSocket(ipv6 ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  return socket;
}
