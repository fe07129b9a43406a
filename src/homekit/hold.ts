/** No visit lasts longer: a sensor whose release was lost does not stay on for ever. */
const LONGEST_HOLD_MS = 6 * 3_600_000;

/**
 * Something that is on while anybody holds it, and goes off when the last hold has run out. Going on again while it
 * is on changes nothing, so that one visit alerts once.
 */
export class Hold {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  /** @param changed called when it goes on or off, never twice with the same value in a row */
  constructor(private readonly changed: (on: boolean) => void) {}

  get isOn(): boolean {
    return this.timers.size > 0;
  }

  /**
   * Holds it on for `ms` from now; `Infinity` until this holder's next call, which replaces this one.
   *
   * @param holder who holds it, for example a doorbell; others' holds are left alone
   */
  keep(ms: number, holder = ''): void {
    const wasOn = this.isOn;
    clearTimeout(this.timers.get(holder));
    const timer = setTimeout(() => this.drop(holder), Math.min(Math.max(0, ms), LONGEST_HOLD_MS));
    this.timers.set(holder, timer);
    if (!wasOn) {
      this.changed(true);
    }
  }

  /** Forgets every hold and says nothing more. */
  stop(): void {
    this.timers.forEach((timer) => clearTimeout(timer));
    this.timers.clear();
  }

  private drop(holder: string): void {
    this.timers.delete(holder);
    if (!this.isOn) {
      this.changed(false);
    }
  }
}
