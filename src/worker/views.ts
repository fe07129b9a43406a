import type { FaceObservation, Frame } from '../types.js';
import { encodeJpeg } from '../video/jpeg.js';
import type { DoorbellView } from './messages.js';

/** A frame with its faces comes some times a second; when none does, a picture without boxes will do. */
const PATIENCE_MS = 700;

/** Who has asked will ask again: so long whole pictures are wanted. */
const ASKED_MS = 2000;

/** Answers who asks what the doorbell sees, with the next frame that is looked at: picture and boxes fit each other. */
export class Views {
  private readonly waiting = new Map<number, { readonly width: number; readonly timer: NodeJS.Timeout }>();

  private askedAt = -Infinity;

  constructor(
    private readonly latest: () => Frame | undefined,
    private readonly answer: (request: number, view: DoorbellView | undefined) => void,
  ) {}

  /** Whether somebody watches. */
  get isAsked(): boolean {
    return this.waiting.size > 0 || performance.now() - this.askedAt < ASKED_MS;
  }

  ask(request: number, width: number): void {
    this.askedAt = performance.now();
    const timer = setTimeout(() => {
      const frame = this.latest();
      if (frame === undefined) {
        this.waiting.delete(request);
        this.answer(request, undefined);
      } else {
        void this.show(frame, [], request);
      }
    }, PATIENCE_MS);
    this.waiting.set(request, { width, timer });
  }

  /** A frame was looked at. @param only answer this request alone */
  async show(frame: Frame, faces: readonly FaceObservation[], only?: number): Promise<void> {
    const { width, height, timestamp } = frame;
    for (const [request, asked] of this.waiting) {
      if (only !== undefined && request !== only) {
        continue;
      }
      clearTimeout(asked.timer);
      this.waiting.delete(request);
      const jpeg = await encodeJpeg(frame, { width: Math.min(asked.width, width) }).catch(() => undefined);
      const boxes = faces.map(({ box, quality }) => ({ box, size: quality.size }));
      this.answer(request, jpeg && { jpeg, at: timestamp, frame: { width, height }, faces: boxes });
    }
  }

  close(): void {
    this.waiting.forEach(({ timer }) => clearTimeout(timer));
    this.waiting.clear();
  }
}
