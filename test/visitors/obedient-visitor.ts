import type { Pose } from '../../src/types.js';
import type { Canvas } from './canvas.js';
import { neutral } from './expression.js';
import type { Light } from './light.js';
import type { Performer, Presence } from './performer.js';
import { straight, type Portrait } from './portrait.js';
import { closure } from './visitor.js';

/** What somebody at the door can be asked to do while being enrolled. Left and right are the visitor's own. */
export type Guidance =
  | 'come-closer'
  | 'step-back'
  | 'look-straight'
  | 'turn-left'
  | 'turn-right'
  | 'look-up'
  | 'look-down'
  | 'blink'
  | 'smile'
  | 'hold-still';

const aims: Partial<Record<Guidance, Pose>> = {
  'look-straight': straight,
  // The visitor's own left is the picture's right.
  'turn-left': { yaw: 0.42, pitch: 0, roll: 0 },
  'turn-right': { yaw: -0.42, pitch: 0, roll: 0 },
  'look-up': { yaw: 0, pitch: 0.32, roll: 0 },
  'look-down': { yaw: 0, pitch: -0.32, roll: 0 },
};
const blinkLength = 320;

/** Somebody who does what they are told, smoothly, and otherwise stands, moves a little and blinks now and then. */
export class ObedientVisitor implements Performer {
  private time = 0;
  private pose: Pose = straight;
  private aim: Pose = straight;
  private size: number;
  private wantedSize: number;
  private smiling = 0;
  private smileUntil = -Infinity;
  private still = false;
  private blinkAt: number;

  constructor(
    readonly name: string,
    readonly portrait: Portrait,
    private readonly place: { readonly x?: number; readonly y?: number; readonly size?: number } = {},
  ) {
    this.size = this.wantedSize = place.size ?? 180;
    this.blinkAt = 2500;
  }

  /** Begins to do it at once; a turn takes about 0.6 s. */
  follow(guidance: Guidance): void {
    this.aim = aims[guidance] ?? this.aim;
    this.still = guidance === 'hold-still';
    if (guidance === 'come-closer') {
      this.wantedSize = Math.min(420, this.wantedSize * 1.5);
    } else if (guidance === 'step-back') {
      this.wantedSize /= 1.5;
    } else if (guidance === 'blink') {
      this.blinkAt = this.time + 150;
    } else if (guidance === 'smile') {
      this.smileUntil = this.time + 2000;
    }
  }

  async draw(canvas: Canvas, time: number, light: Light): Promise<Presence> {
    const passed = Math.min(500, Math.max(0, time - this.time));
    this.time = time;
    // An exponential approach: nine tenths of the way after 0.6 s.
    const share = 1 - Math.exp(-passed / 260);
    const towards = (from: number, to: number): number => from + (to - from) * share;
    this.pose = {
      yaw: towards(this.pose.yaw, this.aim.yaw),
      pitch: towards(this.pose.pitch, this.aim.pitch),
      roll: towards(this.pose.roll, this.aim.roll),
    };
    this.size = towards(this.size, this.wantedSize);
    this.smiling = towards(this.smiling, time < this.smileUntil ? 1 : 0);
    if (time > this.blinkAt + blinkLength) {
      this.blinkAt += 3700;
    }
    const closed = closure(time, this.blinkAt, this.blinkAt + blinkLength);
    const unrest = this.still ? 0 : 1;
    const pose = {
      yaw: this.pose.yaw + unrest * 0.03 * Math.sin(time / 430),
      pitch: this.pose.pitch + unrest * 0.02 * Math.sin(time / 310),
      roll: this.pose.roll + unrest * 0.015 * Math.sin(time / 570),
    };
    const { x = 0.5, y = 0.42 } = this.place;
    const box = await this.portrait.drawOn(canvas, {
      x: x * canvas.width + unrest * 0.02 * this.size * Math.sin(time / 700),
      y: y * canvas.height,
      size: this.size,
      pose,
      expression: { ...neutral, leftEye: closed, rightEye: closed, smile: this.smiling },
      light,
    });
    return { name: this.name, kind: 'person', box, pose, closure: { left: closed, right: closed } };
  }
}
