import { join } from 'node:path';
import { installed } from './installed.js';

/** Homebridge 2, its user interface and the Node they need, as the lock file in test/homebridge-2 names them. */
export async function installHomebridge2(): Promise<{
  readonly nodePath: string;
  readonly homebridgePath: string;
  readonly configUiPath: string;
}> {
  const modules = await installed('homebridge-2');
  return {
    nodePath: join(modules, `node-linux-${process.arch}`, 'bin', 'node'),
    homebridgePath: join(modules, 'homebridge'),
    configUiPath: join(modules, 'homebridge-config-ui-x'),
  };
}
