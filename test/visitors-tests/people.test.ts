import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import type { FaceObservation } from '../../src/types.js';
import { createVision, type Vision } from '../../src/vision/vision.js';
import { recordingLogger } from '../support/recording-logger.js';
import {
  cast,
  lights,
  neutral,
  person,
  portraitOf,
  Scene,
  stillOf,
  Visitor,
  type CastName,
} from '../visitors/index.js';
import type { StillOptions } from '../visitors/still.js';

const names: readonly CastName[] = ['Anna', 'Ben', 'Clara', 'David'];

describe('a drawn person', () => {
  it('is the same for the same seed, on every run', async () => {
    expect(person(cast.Anna)).toEqual(person(cast.Anna));
    const [once, again] = await Promise.all([stillOf(portraitOf('Anna')), stillOf(portraitOf('Anna'))]);
    expect(Buffer.compare(once.frame.data, again.frame.data)).toBe(0);
  });

  it('looks otherwise for another seed', () => {
    expect(person(1).face).not.toEqual(person(2).face);
  });

  it('keeps the traits it is given', () => {
    expect(person(5, { age: 0.9 })).toMatchObject({ seed: 5, age: 0.9 });
  });
});

describe('drawn people before the real networks', () => {
  let vision: Vision;

  beforeAll(async () => {
    const cacheFolder = join(packageRoot, '.cache', 'test-models');
    vision = await createVision({ cacheFolder, logger: recordingLogger() });
  });
  afterAll(() => vision.dispose());

  async function look(name: CastName, options: StillOptions = {}): Promise<FaceObservation> {
    const { frame } = await stillOf(portraitOf(name), { size: 150, ...options });
    const faces = await vision.find(frame);
    expect(faces).toHaveLength(1);
    return faces[0]!;
  }

  it.each(names.slice(0, 2))('%s is found without fault at night too', async (name) => {
    expect((await look(name, { light: lights.infrared })).quality.faults).toEqual([]);
  });

  it.each(names.slice(0, 2))('%s turns, nods and tilts as told', async (name) => {
    const [right, left, up, down, tilted] = [
      await look(name, { pose: { yaw: 0.35, pitch: 0, roll: 0 } }),
      await look(name, { pose: { yaw: -0.35, pitch: 0, roll: 0 } }),
      await look(name, { pose: { yaw: 0, pitch: 0.25, roll: 0 } }),
      await look(name, { pose: { yaw: 0, pitch: -0.25, roll: 0 } }),
      await look(name, { pose: { yaw: 0, pitch: 0, roll: 0.2 } }),
    ];
    expect(right.pose.yaw).toBeGreaterThan(0.15);
    expect(left.pose.yaw).toBeLessThan(-0.15);
    expect(up.pose.pitch - down.pose.pitch).toBeGreaterThan(0.2);
    expect(Math.abs(tilted.pose.roll - 0.2)).toBeLessThan(0.1);
  });

  it.each(names.slice(0, 3))('%s closes the eyes when blinking', async (name) => {
    const open = await look(name);
    const closed = await look(name, { expression: { ...neutral, leftEye: 1, rightEye: 1 } });
    for (const eye of ['left', 'right'] as const) {
      expect(open.eyes[eye]).toBeGreaterThan(0.22);
      expect(closed.eyes[eye]).toBeLessThan(0.7 * open.eyes[eye]);
    }
  });

  it('keep apart under both encoders, in other light, turned and small', async () => {
    const looks: StillOptions[] = [
      {},
      { pose: { yaw: 0.2, pitch: 0, roll: 0.04 }, size: 110 },
      { light: lights.dusk, pose: { yaw: -0.15, pitch: 0.05, roll: 0 } },
    ];
    const embeddings = new Map<CastName, Float32Array[]>();
    for (const name of names) {
      const all: Float32Array[] = [];
      for (const options of looks) {
        const { frame } = await stillOf(portraitOf(name), { size: 150, ...options });
        all.push(await vision.encode(frame, (await vision.find(frame))[0]!));
      }
      embeddings.set(name, all);
    }
    let from = 0;
    for (const { length } of vision.encoder.sections) {
      const part = (name: CastName, i: number): Float32Array => embeddings.get(name)![i]!.subarray(from, from + length);
      for (const name of names) {
        const own = [1, 2].map((i) => cosine(part(name, 0), part(name, i)));
        const others = names
          .filter((other) => other !== name)
          .flatMap((other) => looks.map((_, i) => cosine(part(name, 0), part(other, i))));
        expect(Math.min(...own)).toBeGreaterThan(Math.max(...others));
      }
      from += length;
    }
  });

  it('are where the truth says', async () => {
    const visitor = new Visitor('Ben', portraitOf('Ben'), { walk: 0, size: 110, x: 0.3, y: 0.4 });
    const { frame, present } = await new Scene([visitor], { width: 1280, height: 720 }).frame(800);
    const [face] = await vision.find(frame);
    const truth = present[0]!.box;
    const middle = (box: typeof truth): [number, number] => [box.x + box.width / 2, box.y + box.height / 2];
    const [[x, y], [trueX, trueY]] = [middle(face!.box), middle(truth)];
    expect(Math.hypot(x - trueX, y - trueY)).toBeLessThan(0.25 * truth.width);
  });
});

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (p: Float32Array, q: Float32Array): number => p.reduce((sum, value, i) => sum + value * q[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
