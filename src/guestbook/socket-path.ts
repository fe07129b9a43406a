import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** sun_path holds 108 bytes with its final zero. */
const longestSocketPath = 107;

/** A Unix socket's address that fits, and what has to stay open while it is used. */
export interface SocketAddress {
  readonly address: string;
  readonly close: () => Promise<void>;
}

/** Long paths do not fit a socket's address; through the open folder they do (Linux). */
export async function socketAddress(path: string): Promise<SocketAddress> {
  if (Buffer.byteLength(path) <= longestSocketPath) {
    return { address: path, close: () => Promise.resolve() };
  }
  const folder: FileHandle = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  return { address: `/proc/self/fd/${folder.fd}/${basename(path)}`, close: () => folder.close() };
}
