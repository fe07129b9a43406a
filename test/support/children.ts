import { readdirSync, readFileSync } from 'node:fs';

/** The command lines of this process's living children whose program has `name` in its path. */
export function childrenNamed(name: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const state = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const isLivingChild = state?.[2] === String(process.pid) && state[1] !== 'Z';
        return isLivingChild && (command.split(' ')[0] ?? '').includes(name) ? [command] : [];
      } catch {
        return []; // It ended while we looked.
      }
    });
}

/** The processes that a process has started itself. */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] === String(parent);
      } catch {
        return false; // It ended while we looked.
      }
    });
}
