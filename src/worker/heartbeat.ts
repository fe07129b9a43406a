/** Notices that something which should speak regularly has fallen silent. */
export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;

  /** @param onSilent called once when nothing was heard for so long */
  constructor(
    private readonly silentMs: number,
    private readonly onSilent: () => void,
  ) {}

  /** It has spoken: the time begins anew. */
  beat(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.onSilent, this.silentMs);
    this.timer.unref();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
