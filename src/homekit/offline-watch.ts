/** A camera that is away for less is not worth an alert, ms: they restart, and networks hiccup. */
const OFFLINE_AFTER_MS = 30_000;

/** Tells of a camera that stays away, once, and of its return. */
export class OfflineWatch {
  private timer: NodeJS.Timeout | undefined;
  private told = false;

  constructor(
    private readonly tell: (offline: boolean) => void,
    private readonly afterMs = OFFLINE_AFTER_MS,
  ) {}

  /** What is known of the camera now; may be said again and again. */
  set(online: boolean): void {
    if (online) {
      this.stop();
      this.say(false);
    } else if (!this.told) {
      this.timer ??= setTimeout(() => this.say(true), this.afterMs);
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private say(offline: boolean): void {
    this.timer = undefined;
    if (this.told !== offline) {
      this.told = offline;
      this.tell(offline);
    }
  }
}
