import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { CameraFaultKind } from './camera-fault.js';
import type { CameraUrl } from './camera-url.js';

/** A camera that reboots is seen again so soon; asking costs a packet or two, and no process. */
const EVERY_MS = 2000;

/** In a house's network an answer takes milliseconds. */
const PATIENCE_MS = 1500;

const absent: readonly CameraFaultKind[] = ['refused', 'unreachable', 'unknown-host'];

/** Whether a fault is over as soon as something takes connections at the camera's address. */
export const isAbsent = (fault: CameraFaultKind): boolean => absent.includes(fault);

/** Waits until a camera that is not there takes connections, or the signal says that it is enough. */
export async function knock(url: CameraUrl, signal: AbortSignal): Promise<void> {
  const passed = (): Promise<boolean> => delay(EVERY_MS, true, { signal }).catch(() => false);
  while ((await passed()) && !(await takesConnections(url))) {
    // Not yet.
  }
}

function takesConnections({ host, port }: CameraUrl): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PATIENCE_MS });
    const end = (there: boolean): void => {
      socket.destroy();
      resolve(there);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
