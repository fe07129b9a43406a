import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Linux counts a process' time in hundredths of a second towards programs, on every architecture we run on. */
const TICKS = 100;

/** A script of this folder in a process of its own, which answers its input with messages. */
export class Child<Input, Answer> {
  private constructor(private readonly child: ChildProcess) {}

  static start<Input, Answer>(script: string): Child<Input, Answer> {
    const file = fileURLToPath(new URL(script, import.meta.url));
    return new Child(fork(file, { execArgv: ['--import', 'tsx'], serialization: 'advanced' }));
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Sends an input, waits for the next message. @throws Error when the process ends instead */
  async ask(input: Input): Promise<Answer> {
    const ended = once(this.child, 'exit').then(([code]) => {
      throw new Error(`a measured process ended with code ${String(code)}`);
    });
    const answered = once(this.child, 'message');
    this.child.send(input as object);
    const [answer] = (await Promise.race([answered, ended])) as [Answer];
    ended.catch(() => undefined);
    return answer;
  }

  /** Hears every message from now on. */
  listen(listener: (answer: Answer) => void): void {
    this.child.on('message', (message) => listener(message as Answer));
  }

  /** Asks it to end, by hanging up. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.child.disconnect();
      await exited;
    }
  }
}

/**
 * CPU seconds (user and system) that a process has used, with the living ones it started. Linux only.
 * @param children false: the process alone
 */
export function cpuSeconds(root: number, children = true): number {
  const processes = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => statusOf(Number(pid)) ?? []);
  const family = new Set([root]);
  for (let before = children ? 0 : family.size; before !== family.size;) {
    before = family.size;
    processes.filter(({ parent }) => family.has(parent)).forEach(({ pid }) => family.add(pid));
  }
  return processes.filter(({ pid }) => family.has(pid)).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS;
}

function statusOf(pid: number): { pid: number; parent: number; ticks: number } | undefined {
  try {
    // The second field is the program's name in brackets, which may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { pid, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined; // It ended while we looked.
  }
}
