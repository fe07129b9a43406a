import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const library = 'libfaketimeMT.so.1';

/** Where Debian and others put it. */
function installed(): string | undefined {
  const folders = ['/usr/lib', ...readdirSync('/usr/lib').map((name) => join('/usr/lib', name))];
  return folders
    .flatMap((folder) => [join(folder, library), join(folder, 'faketime', library)])
    .find((file) => existsSync(file));
}

/**
 * The wall clock of Homebridge and everything it starts, moved by libfaketime; clocks that only measure (monotonic)
 * run on untouched, as they do when somebody sets a machine's time.
 */
export class MovableClock {
  /** By how much it differs from ours, ms. */
  offset = 0;
  private readonly file: string;

  private constructor(
    folder: string,
    private readonly library: string,
  ) {
    this.file = join(folder, 'clock');
    this.write();
  }

  /** Undefined where libfaketime is not installed. */
  static create(folder: string): MovableClock | undefined {
    const found = installed();
    return found === undefined ? undefined : new MovableClock(folder, found);
  }

  /** What the process to be deceived must be started with. */
  get environment(): Record<string, string> {
    return {
      LD_PRELOAD: this.library,
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  get now(): number {
    return Date.now() + this.offset;
  }

  /** Moves it, forward or back; it has arrived everywhere within two seconds. */
  move(ms: number): void {
    this.offset += ms;
    this.write();
  }

  private write(): void {
    const seconds = Math.round(this.offset / 1000);
    this.offset = seconds * 1000;
    writeFileSync(this.file, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`);
  }
}
