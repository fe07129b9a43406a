import type { Ffmpeg } from '../../src/video/ffmpeg.js';
import { loadHevcClip } from '../../test/support/clip.js';
import { loadClip, type Clip } from '../../test/support/rtsp-server.js';
import { film, type FilmPlan } from '../../test/visitors/film-plan.js';
import { castNames, strangers, type Behaviour, type CastName } from '../../test/visitors/index.js';

/** A small picture, so that a thousand visits can be afforded; the face is as wide as one at two metres. */
export const SIZE = { width: 640, height: 360 } as const;
export const FRAMES_PER_SECOND = 10;

/** Who is enrolled. */
export const guests: readonly CastName[] = ['Anna', 'Ben', 'Clara', 'David', 'Felix'];

/** Everything the simulated cameras can show. */
export interface Clips {
  readonly porch: Clip;
  /** The porch as a camera sees it that came back with another picture size. */
  readonly otherSize: Clip;
  /** The porch in H.265; absent where this ffmpeg cannot make it. */
  readonly otherCodec: Clip | undefined;
  readonly guests: ReadonlyMap<CastName, Clip>;
  readonly stranger: Clip;
  /** Ten people at once, the enrolled among them. */
  readonly crowd: Clip;
}

const atTheDoor: Behaviour = { size: 120, walk: 600 };

type Draw = (performers: FilmPlan['performers'], seconds: number, size?: FilmSize) => Promise<string>;
type FilmSize = Pick<FilmPlan, 'width' | 'height'>;

/** Draws what has not been drawn before, and gives the file. */
const drawWith =
  (ffmpeg: Ffmpeg): Draw =>
  (performers, seconds, size = SIZE) =>
    film({ ...size, framesPerSecond: FRAMES_PER_SECOND, seconds, performers, ffmpegPath: ffmpeg.path });

/** Takes a minute the first time. */
export async function drawClips(ffmpeg: Ffmpeg): Promise<Clips> {
  const draw = drawWith(ffmpeg);
  const load = async (file: Promise<string>): Promise<Clip> => loadClip(ffmpeg, await file, FRAMES_PER_SECOND);
  const porch = draw([], 2);
  const visit = (who: CastName | number): Promise<Clip> =>
    load(draw([{ kind: 'visitor', who, behaviour: atTheDoor }], 8));
  const crowd = [...castNames.slice(0, 10)].map((who, at) => ({
    kind: 'visitor' as const,
    who,
    behaviour: { size: 70, walk: 300 + 50 * at, x: 0.1 + 0.2 * (at % 5), y: at < 5 ? 0.25 : 0.7 },
  }));
  const shown: [CastName, Clip][] = [];
  for (const who of guests) {
    shown.push([who, await visit(who)]);
  }
  return {
    porch: await load(porch),
    otherSize: await load(draw([], 2, { width: 480, height: 272 })),
    otherCodec: await loadHevcClip(ffmpeg, await porch, FRAMES_PER_SECOND).catch(() => undefined),
    guests: new Map(shown),
    stranger: await visit(strangers[0]),
    crowd: await load(draw(crowd, 8, { width: 1280, height: 720 })),
  };
}

/** Where people stand who come one after the other: whoever comes next stands elsewhere. Shares of the picture. */
const PLACES = [0.28, 0.72];

/** As small as it may be, for ten thousand. */
const PASSING = { width: 480, height: 270 };

/** People who are there at once and stay: a clip for each place. */
export interface Passing {
  readonly porch: Clip;
  readonly people: ReadonlyMap<CastName | number, readonly Clip[]>;
}

export async function drawPassing(ffmpeg: Ffmpeg, people: readonly (CastName | number)[]): Promise<Passing> {
  const draw = async (performers: FilmPlan['performers']): Promise<Clip> =>
    loadClip(ffmpeg, await drawWith(ffmpeg)(performers, 2, PASSING), FRAMES_PER_SECOND);
  const drawn = new Map<CastName | number, readonly Clip[]>();
  for (const who of people) {
    const clips: Clip[] = [];
    for (const x of PLACES) {
      clips.push(await draw([{ kind: 'visitor', who, behaviour: { size: 100, walk: 0, x } }]));
    }
    drawn.set(who, clips);
  }
  return { porch: await draw([]), people: drawn };
}
