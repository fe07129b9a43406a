import { join } from 'node:path';

/** Where the plugin's socket lies in Homebridge's storage folder. */
export function uiLinkSocket(storage: string): string {
  return join(storage, 'doorman.sock');
}

/** Where the guest book lies in Homebridge's storage folder. */
export function bookFolder(storage: string): string {
  return join(storage, 'doorman');
}
