import { EnrolmentGuide } from '../enrolment/guide.js';
import { takeEvidence } from '../enrolment/photo.js';
import { describeFaults } from '../enrolment/words.js';
import { LivenessJudge } from '../liveness/judge.js';
import type { Embedding, FaceObservation, Frame, Probe } from '../types.js';
import { encodeJpeg } from '../video/jpeg.js';
import type { Vision } from '../vision/vision.js';
import type { LiveEnrolment } from './messages.js';
import type { Step } from './pipeline.js';

/** Pictures and guidance go out so often; a face that was taken goes out at once. */
const TELL_EVERY_MS = 250;
const PICTURE_WIDTH = 480;

export interface LiveEnrolmentOptions {
  readonly vision: Vision;
  /** Whether two sets of looks show one person; undefined when that cannot be told. */
  readonly samePerson: (a: readonly Probe[], b: readonly Probe[]) => boolean | undefined;
  readonly tell: (step: LiveEnrolment) => void;
}

/** A live enrolment at a doorbell: rides on the frames and faces that the doorbell looks at anyway. */
export class LiveEnrolmentSession {
  private readonly guide = new EnrolmentGuide();
  private readonly judge = new LivenessJudge();
  private readonly probes: Probe[] = [];
  private toldAt = -Infinity;

  constructor(private readonly options: LiveEnrolmentOptions) {}

  get isOver(): boolean {
    return this.guide.isOver;
  }

  /** @param encoded embeddings made of this frame's faces already */
  async see(
    frame: Frame,
    faces: readonly FaceObservation[],
    encoded: ReadonlyMap<FaceObservation, Embedding>,
  ): Promise<void> {
    const [only] = faces;
    const blinked = faces.length === 1 && this.judge.observe(only!) !== undefined;
    const { guidance, offer, refused } = this.guide.observe(frame.timestamp, faces, blinked, describeFaults);
    const outcome = offer === undefined ? { refused } : await this.take(frame, offer, encoded.get(offer.face));
    const due = frame.timestamp - this.toldAt >= TELL_EVERY_MS || frame.timestamp < this.toldAt;
    if (!due && !blinked && outcome.taken === undefined && outcome.refused === undefined && !this.isOver) {
      return;
    }
    this.toldAt = frame.timestamp;
    this.options.tell({
      guidance: outcome.taken === undefined ? guidance : this.guide.request(),
      coverage: this.guide.coverage,
      picture: await encodeJpeg(frame, { width: Math.min(PICTURE_WIDTH, frame.width), quality: 70 }),
      ...(outcome.taken && { taken: outcome.taken }),
      ...(outcome.refused !== undefined && { refused: outcome.refused }),
    });
  }

  /** The camera sends nothing: time passes all the same. */
  wait(at: number): void {
    this.guide.observe(at, [], false, describeFaults);
    this.options.tell({ guidance: 'The camera sends no picture; wait a moment', coverage: this.guide.coverage });
  }

  private async take(
    frame: Frame,
    { face, look }: NonNullable<ReturnType<EnrolmentGuide['observe']>['offer']>,
    embedding: Embedding | undefined,
  ): Promise<Pick<LiveEnrolment, 'taken' | 'refused'>> {
    const { vision, samePerson } = this.options;
    const taken = await takeEvidence(vision, frame, face, embedding);
    const probe: Probe = { embedding: taken.embedding, quality: face.quality.score };
    if (this.probes.length > 0 && samePerson(this.probes, [probe]) === false) {
      return this.guide.refusal('this looks like somebody else than before');
    }
    this.probes.push(probe);
    this.guide.take(face, look);
    return { taken };
  }
}

/** The one live enrolment that may be under way at a doorbell. */
export class EnrolmentDesk {
  private current: { readonly request: number; readonly session: LiveEnrolmentSession } | undefined;

  /** @param over told when an enrolment has ended, for whatever reason */
  constructor(private readonly over: (request: number) => void) {}

  get isBusy(): boolean {
    return this.current !== undefined;
  }

  /** Begins; one that is under way ends. */
  begin(request: number, options: LiveEnrolmentOptions): void {
    this.end();
    this.current = { request, session: new LiveEnrolmentSession(options) };
  }

  /** Ends the enrolment under way, or only this one. */
  end(request = this.current?.request): void {
    if (request !== undefined && this.current?.request === request) {
      this.current = undefined;
      this.over(request);
    }
  }

  async see(frame: Frame, { faces, encoded }: Pick<Step, 'faces' | 'encoded'>): Promise<void> {
    if (this.current !== undefined) {
      const { request, session } = this.current;
      await session.see(frame, faces, new Map(encoded.map((face) => [face.observation, face.embedding])));
      if (session.isOver) {
        this.end(request);
      }
    }
  }

  /** Time passes also when the camera sends nothing. */
  wait(at: number): void {
    this.current?.session.wait(at);
    if (this.current?.session.isOver === true) {
      this.end();
    }
  }
}
