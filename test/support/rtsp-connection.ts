import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import type { Socket } from 'node:net';

export interface RtspRequest {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

interface Track {
  send(packet: Buffer): void;
  close(): void;
}

/** One client of the test server: reads its requests, answers, and carries RTP to it over TCP or UDP. */
export class RtspConnection {
  playing = false;
  /** Pictures before the first key frame after PLAY are of no use to a decoder. */
  sawKey = false;
  /** The interleaved channel on which the client speaks. */
  backchannel: number | undefined;
  private readonly tracks = new Map<number, Track>();
  private pending = Buffer.alloc(0);

  constructor(
    private readonly socket: Socket,
    onRequest: (request: RtspRequest) => void,
    onClose: () => void,
    private readonly onInterleaved: (channel: number, packet: Buffer) => void = () => undefined,
  ) {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.tracks.forEach((track) => track.close());
      this.tracks.clear();
      onClose();
    });
    socket.on('data', (chunk) => {
      this.pending = Buffer.concat([this.pending, chunk]);
      for (let request = this.nextRequest(); request !== undefined; request = this.nextRequest()) {
        onRequest(request);
      }
    });
  }

  reply(request: RtspRequest, status: string, headers: Record<string, string> = {}, body = ''): void {
    const lines = [
      `RTSP/1.0 ${status}`,
      `CSeq: ${request.headers['cseq'] ?? '0'}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ];
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  }

  /** Bytes that are not RTSP. */
  raw(text: string): void {
    this.socket.end(text);
  }

  /** Bytes in the middle of everything. */
  blurt(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  sendOverTcp(track: number, channel: number): void {
    this.tracks.set(track, {
      send: (packet) => {
        // A client that does not read must not fill the test's memory.
        if (this.socket.writableLength < 8 << 20) {
          this.socket.write(
            Buffer.concat([Buffer.from([0x24, channel, packet.length >> 8, packet.length & 255]), packet]),
          );
        }
      },
      close: () => undefined,
    });
  }

  /** Resolves with the server's port. */
  sendOverUdp(track: number, clientPort: number): Promise<number> {
    const socket: UdpSocket = createSocket('udp4');
    return new Promise((resolve) =>
      socket.bind(0, '127.0.0.1', () => {
        this.tracks.set(track, {
          send: (packet) => socket.send(packet, clientPort, '127.0.0.1'),
          close: () => socket.close(),
        });
        resolve(socket.address().port);
      }),
    );
  }

  send(track: number, packet: Buffer): void {
    if (this.playing) {
      this.tracks.get(track)?.send(packet);
    }
  }

  /** As when the camera loses power or the cable is pulled. */
  drop(): void {
    this.socket.destroy();
  }

  end(): void {
    this.socket.end();
  }

  private nextRequest(): RtspRequest | undefined {
    for (;;) {
      // RTCP reports from the client, and what it says, come between the requests.
      if (this.pending[0] === 0x24) {
        const length = this.pending.length < 4 ? Infinity : this.pending.readUInt16BE(2) + 4;
        if (this.pending.length < length) {
          return undefined;
        }
        this.onInterleaved(this.pending[1]!, Buffer.from(this.pending.subarray(4, length)));
        this.pending = this.pending.subarray(length);
        continue;
      }
      const end = this.pending.indexOf('\r\n\r\n');
      if (end < 0) {
        return undefined;
      }
      const [first = '', ...lines] = this.pending.toString('utf8', 0, end).split('\r\n');
      this.pending = this.pending.subarray(end + 4);
      const [method = '', url = ''] = first.split(' ');
      const headers = Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
      );
      return { method, url, headers };
    }
  }
}
