import { createHash } from 'node:crypto';
import type { FaceObservation, Frame } from '../../types.js';
import type { Vision } from '../../vision/vision.js';
import { nightMode, type ClipFrame } from './liveness-signals.js';
import type { TrackCache } from './track-cache.js';

/** Something that can be watched frame by frame. */
export interface Film {
  readonly name: string;
  /** What the film is made of: another film says something else. */
  readonly identity: string;
  /** The frames, made anew at each call. */
  frames(): AsyncIterable<Frame>;
}

/** The faces seen in a film: as it is, and as if filmed off a phone in night mode. */
export interface FilmTracks {
  readonly plain: readonly ClipFrame[];
  readonly warm?: readonly ClipFrame[];
}

/** Change it when vision sees otherwise, or films are made otherwise: what was kept is then made anew. */
const SEEN = 1;

/** Watches films with the real chain, and remembers what it saw. */
export class FilmWatcher {
  constructor(
    private readonly vision: Pick<Vision, 'find' | 'engine'>,
    private readonly cache: Pick<TrackCache, 'get' | 'set'>,
  ) {}

  /** @param blueLoss 0 … 1: watch it in night mode as well, in the same go */
  async watch(film: Film, blueLoss?: number): Promise<FilmTracks> {
    const keys = { plain: this.key(film), warm: this.key(film, blueLoss ?? 0) };
    const known = {
      plain: await this.cache.get(keys.plain),
      warm: blueLoss === undefined ? undefined : await this.cache.get(keys.warm),
    };
    const [plain, warm]: ClipFrame[][] = [[], []];
    const missing = {
      plain: known.plain === undefined,
      warm: blueLoss !== undefined && known.warm === undefined,
    };
    if (missing.plain || missing.warm) {
      const [first, second] = [new FaceFollower(this.vision), new FaceFollower(this.vision)];
      const recolour = nightMode(blueLoss ?? 0);
      for await (const frame of film.frames()) {
        if (missing.plain) plain!.push(await first.see(frame));
        if (missing.warm) warm!.push(await second.see(recolour(frame)));
      }
      if (missing.plain) await this.cache.set(keys.plain, plain!);
      if (missing.warm) await this.cache.set(keys.warm, warm!);
    }
    return {
      plain: known.plain ?? plain!,
      ...(blueLoss !== undefined && { warm: known.warm ?? warm! }),
    };
  }

  private key({ identity }: Film, blueLoss?: number): string {
    return createHash('sha256')
      .update(JSON.stringify([SEEN, this.vision.engine, identity, blueLoss ?? null]))
      .digest('hex')
      .slice(0, 24);
  }
}

/** Follows the largest face through frames, as the running plugin does: from its last place, else by detection. */
export class FaceFollower {
  private face: FaceObservation | undefined;

  constructor(private readonly vision: Pick<Vision, 'find'>) {}

  async see(frame: Frame): Promise<ClipFrame> {
    const { face } = this;
    const followed = face === undefined ? [] : await this.vision.find(frame, { previous: [face] });
    const found = followed.length > 0 ? followed : await this.vision.find(frame);
    this.face = [...found].sort((a, b) => b.box.width - a.box.width)[0];
    return { at: frame.timestamp, ...(this.face && { face: this.face }) };
  }
}
