import { UiLinkError } from '../ui-link/protocol.js';
import type { WatchAnswer } from './messages.js';
import { scaled } from './pictures.js';
import type { PluginLink } from './plugin-link.js';

/** Shortest time between two pictures, ms. */
const PACE_MS = 250;
/** Nobody has said for so long that somebody looks: stop. */
const FORGOTTEN_MS = 25_000;

/** Fetches a doorbell's newest picture again and again while the page shows it. */
export class Watching {
  private readonly watched = new Map<string, { until: number; width: number }>();

  constructor(
    private readonly link: PluginLink,
    private readonly push: (answer: WatchAnswer) => void,
  ) {}

  /** Begins, or goes on. */
  watch(name: string, width: number): void {
    const runs = this.watched.has(name);
    this.watched.set(name, { until: Date.now() + FORGOTTEN_MS, width });
    if (!runs) {
      void this.follow(name);
    }
  }

  unwatch(name: string): void {
    this.watched.delete(name);
  }

  private async follow(name: string): Promise<void> {
    for (;;) {
      const wish = this.watched.get(name);
      if (wish === undefined || wish.until < Date.now()) {
        this.watched.delete(name);
        return;
      }
      const begun = Date.now();
      this.push(await this.look(name, wish.width));
      await new Promise((resolve) => setTimeout(resolve, Math.max(PACE_MS, Date.now() - begun)).unref());
    }
  }

  private async look(name: string, width: number): Promise<WatchAnswer> {
    try {
      const { picture, at, faces } = await this.link.ask('doorbell-picture', { name, width });
      const shown = picture === undefined ? undefined : await scaled(picture, width);
      return { name, faces, ...(shown !== undefined && { picture: shown }), ...(at !== undefined && { at }) };
    } catch (error) {
      const { fault, message } =
        error instanceof UiLinkError ? error : { fault: 'failed', message: 'The picture could not be shown.' };
      return { name, faces: [], error: { fault, message } };
    }
  }
}
