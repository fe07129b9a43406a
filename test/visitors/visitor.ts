import type { Pose } from '../../src/types.js';
import type { Canvas } from './canvas.js';
import { neutral, type Expression } from './expression.js';
import type { Light } from './light.js';
import type { Performer, Presence } from './performer.js';
import { Portrait } from './portrait.js';
import { Chance } from './random.js';

/** What a visitor does. Times are ms of the scene, sizes px of the picture, places shares of it. */
export interface Behaviour {
  /** When the visitor comes into view (default 0), and when they have gone (default: never). */
  readonly arrives?: number;
  readonly leaves?: number;
  /** How long walking up takes, and walking away (default 1500); 0: there at once. */
  readonly walk?: number;
  /** Width of the face at the door (default 160), and where it is (defaults 0.5, 0.4). */
  readonly size?: number;
  readonly x?: number;
  readonly y?: number;
  /** When blinks begin; by default naturally, every 2 … 5 s. */
  readonly blinks?: readonly number[];
  /** Length of a blink (default 280). */
  readonly blinkLength?: number;
  /** Where the visitor looks at times; between them the head turns smoothly. Natural restlessness is added. */
  readonly looks?: readonly ({ readonly at: number } & Partial<Pose>)[];
  readonly smiles?: readonly (readonly [from: number, until: number])[];
  /** Size of the head's natural movement (default 1; 0: still as a statue). */
  readonly restlessness?: number;
}

/** Looks slowly to one side and to the other, far enough for a head's depth to show; takes 5.5 s from `start`. */
export const lookingAround = (start: number): NonNullable<Behaviour['looks']> => [
  { at: start, yaw: 0 },
  { at: start + 900, yaw: 0.42 },
  { at: start + 1900, yaw: 0.42 },
  { at: start + 3400, yaw: -0.4 },
  { at: start + 4400, yaw: -0.4 },
  { at: start + 5500, yaw: 0 },
];

const smooth = (t: number): number => {
  const share = Math.min(1, Math.max(0, t));
  return share * share * (3 - 2 * share);
};

/** A person who walks up, looks about, blinks, and walks away; everything follows from the seed and the behaviour. */
export class Visitor implements Performer {
  readonly blinks: readonly (readonly [start: number, end: number])[];

  constructor(
    readonly name: string,
    readonly portrait: Portrait,
    readonly behaviour: Behaviour = {},
  ) {
    const { blinkLength = 280, blinks = naturalBlinks(behaviour, portrait.person.seed) } = behaviour;
    this.blinks = blinks.map((start) => [start, start + blinkLength]);
  }

  async draw(canvas: Canvas, time: number, light: Light): Promise<Presence | undefined> {
    const { arrives = 0, leaves = Infinity, walk = 1500, size = 160, x = 0.5, y = 0.4 } = this.behaviour;
    if (time < arrives || time >= leaves) {
      return undefined;
    }
    const near = walk === 0 ? 1 : Math.min(smooth((time - arrives) / walk), smooth((leaves - time) / walk));
    const now = size * (0.35 + 0.65 * near);
    const pose = this.poseAt(time);
    const step = near < 1 ? Math.sin(time / 130) * 0.012 * now : 0;
    const expression = this.expressionAt(time);
    const box = await this.portrait.drawOn(canvas, {
      x: canvas.width * (x + 0.12 * (1 - near)) + this.sway(time, 3100) * 0.03 * now,
      y: canvas.height * (y + 0.08 * (1 - near)) + this.sway(time, 2300) * 0.012 * now + step,
      size: now,
      pose,
      expression,
      light,
    });
    return {
      name: this.name,
      kind: 'person',
      box,
      pose,
      closure: { left: expression.leftEye, right: expression.rightEye },
    };
  }

  /** The head's pose at a time: where it is told to look, and never quite still. */
  poseAt(time: number): Pose {
    const { looks = [] } = this.behaviour;
    const after = looks.findIndex(({ at }) => at > time);
    const next = looks[after === -1 ? looks.length : after];
    const last = looks[(after === -1 ? looks.length : after) - 1];
    const share = next === undefined || last === undefined ? 0 : smooth((time - last.at) / (next.at - last.at));
    const aim = (axis: keyof Pose): number => {
      const from = last?.[axis] ?? 0;
      return from + ((next?.[axis] ?? 0) - from) * share;
    };
    return {
      yaw: aim('yaw') + 0.07 * this.sway(time, 2700),
      pitch: aim('pitch') + 0.035 * this.sway(time, 1900),
      roll: aim('roll') + 0.025 * this.sway(time, 3500),
    };
  }

  expressionAt(time: number): Expression {
    const closed = Math.max(0, ...this.blinks.map(([start, end]) => closure(time, start, end)));
    const smile = Math.max(
      0,
      ...(this.behaviour.smiles ?? []).map(([from, until]) =>
        Math.min(smooth((time - from) / 300), smooth((until - time) / 300)),
      ),
    );
    return { ...neutral, leftEye: closed, rightEye: closed, smile };
  }

  /** A slow irregular to and fro, -1 … 1. */
  private sway(time: number, period: number): number {
    const { restlessness = 1 } = this.behaviour;
    const phase = this.portrait.person.seed * 1.7 + period;
    const turn = (2 * Math.PI * time) / period;
    return restlessness * (0.6 * Math.sin(turn + phase) + 0.4 * Math.sin(turn * 1.618 + 2 * phase));
  }
}

/** Lids fall in a quarter of the blink, rest closed for a quarter, and rise in the other half (as human lids do). */
export function closure(time: number, start: number, end: number): number {
  const share = (time - start) / (end - start);
  if (share <= 0 || share >= 1) {
    return 0;
  }
  return Math.min(smooth(share / 0.25), smooth((1 - share) / 0.5));
}

function naturalBlinks({ arrives = 0, leaves = Infinity }: Behaviour, seed: number): number[] {
  const by = new Chance(seed * 13 + 3);
  const blinks: number[] = [];
  const end = Math.min(leaves, arrives + 120_000);
  for (let at = arrives + by.between(1600, 2600); at < end; at += by.between(2000, 5000)) {
    blinks.push(Math.round(at));
  }
  return blinks;
}
