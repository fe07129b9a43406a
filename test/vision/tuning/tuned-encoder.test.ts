import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Weight } from '../../../src/vision/models/graph.js';
import { loadSelfTest } from '../../../src/vision/selftest.js';
import { KeptFaces } from '../../../src/vision/tuning/kept-faces.js';
import { TunableNetwork } from '../../../src/vision/tuning/network.js';
import { packTunedEncoder, unpackTunedEncoder, type TunedEncoder } from '../../../src/vision/tuning/tuned-file.js';
import { createVision } from '../../../src/vision/vision.js';
import { testCacheFolder } from '../support/frames.js';

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const options = { cacheFolder: testCacheFolder, logger, threads: 1 };

describe('a tuned encoder', () => {
  let network: TunableNetwork;
  let kept: KeptFaces;
  let tuned: TunedEncoder;
  let expected: Float32Array;

  beforeAll(async () => {
    network = await TunableNetwork.open('dlib');
    kept = await KeptFaces.open('dlib', options);
    const activations = await kept.selfTest();
    const look = (scale: number): Float32Array => activations.map((value, i) => value * (1 + scale * Math.sin(i)));
    const faces = [0, 1, 2, 3].map((person) => ({ person: person % 2, looks: [look(person / 10), look(person / 9)] }));
    const strangers = [4, 5, 6].map((person) => ({ person, looks: [look(person / 10)] }));
    const { weights } = await network.train({
      training: { guests: faces, strangers },
      heldOut: { guests: faces.slice(0, 2), strangers },
      plan: {
        steps: 6,
        learningRate: 1e-3,
        temperature: 0.1,
        distillation: 1,
        departure: 1,
        batch: { guestRows: 8, people: 2, strangerRows: 4 },
        lookEvery: 1,
        patience: 9,
        timeLimit: 60,
      },
      random: () => 0.4,
    });
    [expected] = network.embed([activations]) as [Float32Array];
    const { tag, differences } = network.differences(weights);
    const base = { id: 'dlib', version: '1' };
    tuned = { tag, base, network: 'dlib', differences, reference: [...expected], population: { any: 1 } };
  });
  afterAll(async () => {
    network.dispose();
    await kept.dispose();
  });

  it('is a small file that comes back as it was', () => {
    const bytes = packTunedEncoder(tuned);
    expect(bytes.byteLength).toBeLessThan(4 * 2 ** 20);
    expect(unpackTunedEncoder(bytes)).toEqual(tuned);
  });

  it('is refused when damaged, or when it changes other layers', () => {
    const bytes = packTunedEncoder(tuned);
    const torn = bytes.slice(0, bytes.length / 2);
    expect(() => unpackTunedEncoder(torn)).toThrow('damaged');
    const broken = bytes.slice();
    broken[1000] = broken[1000]! ^ 1;
    expect(() => unpackTunedEncoder(broken)).toThrow('damaged');
    expect(() => unpackTunedEncoder(packTunedEncoder({ ...tuned, tag: '00000000' }))).toThrow('its weights are not');
    const weight: Weight = { shape: [1], dtype: 'float32', values: Float32Array.of(1) };
    const elsewhere = new Map([['conv32_down/bias', weight]]);
    expect(() => unpackTunedEncoder(packTunedEncoder({ ...tuned, differences: elsewhere }))).toThrow();
  });

  it('runs on the engine with the numbers that training gave, under a version of its own', async () => {
    const { frame } = await loadSelfTest();
    const original = await createVision({ ...options, encoder: 'dlib' });
    const vision = await createVision({
      ...options,
      encoder: 'dlib',
      tuned: unpackTunedEncoder(packTunedEncoder(tuned)),
    });
    const [face] = await vision.find(frame);
    const found = await vision.encode(frame, face!);
    const before = await original.encode(frame, face!);
    expect(Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-4);
    expect(Math.max(...found.map((value, i) => Math.abs(value - before[i]!)))).toBeGreaterThan(1e-4);
    expect(vision.encoder).toMatchObject({ id: 'dlib', version: `1+tuned.${tuned.tag}` });
    await Promise.all([vision.dispose(), original.dispose()]);
  });

  it('does not start with numbers that are not its own', async () => {
    const wrong = { ...tuned, reference: tuned.reference.map((value, i) => (i % 2 === 0 ? -value : value)) };
    await expect(createVision({ ...options, engine: 'onnx', encoder: 'dlib', tuned: wrong })).rejects.toThrow(
      'self-test',
    );
  });
});
