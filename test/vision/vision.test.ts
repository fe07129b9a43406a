import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Sharp } from 'sharp';
import type { FaceObservation, Frame, QualityFault } from '../../src/types.js';
import { QUALITY_LIMITS } from '../../src/vision/face/quality.js';
import { alignmentPoints, fivePoints } from '../../src/vision/face/landmarks.js';
import { cosine, loadSelfTest } from '../../src/vision/selftest.js';
import { createVision, type Vision } from '../../src/vision/vision.js';
import { lights, portraitOf, Scene, Visitor } from '../visitors/index.js';
import { faceFrame, recordingLogger, sceneFrame, testCacheFolder, toI420 } from './support/frames.js';

let vision: Vision;
const logger = recordingLogger();

beforeAll(async () => {
  vision = await createVision({ cacheFolder: testCacheFolder, engine: 'onnx', threads: 1, logger });
});
afterAll(() => vision.dispose());

async function onlyFace(frame: Frame, options?: Parameters<Vision['find']>[1]): Promise<FaceObservation> {
  const faces = await vision.find(frame, options);
  expect(faces).toHaveLength(1);
  return faces[0]!;
}

describe('encoding', () => {
  it('reproduces the numbers on record, section by section', async () => {
    const { frame, reference } = await loadSelfTest();
    const embedding = await vision.encode(frame, await onlyFace(frame));
    expect(vision.encoder.sections).toEqual([
      { name: 'faceres', length: 1024 },
      { name: 'dlib', length: 128 },
    ]);
    expect(embedding).toHaveLength(1152);
    const recorded = [...reference.embeddings.faceres!, ...reference.embeddings.dlib!];
    const difference = recorded.reduce((most, value, i) => Math.max(most, Math.abs(value - embedding[i]!)), 0);
    expect(difference).toBeLessThan(5e-3);
  });

  it('gives nearly the same from the crop that is kept', async () => {
    const frame = await faceFrame();
    const face = await onlyFace(frame);
    const crop = vision.crop(frame, face);
    expect(crop.rgb).toHaveLength(crop.width * crop.height * 3);
    expect(crop.width).toBeLessThanOrEqual(256);
    const [whole, kept] = [await vision.encode(frame, face), await vision.encodeCrop(crop)];
    expect(cosine(whole.subarray(0, 1024), kept.subarray(0, 1024))).toBeGreaterThan(0.99);
    expect(cosine(whole.subarray(1024), kept.subarray(1024))).toBeGreaterThan(0.99);
  });

  it('gives nearly the same from the camera’s YUV, and from a tilted head', async () => {
    const frame = await faceFrame();
    const embedding = await vision.encode(frame, await onlyFace(frame));
    const camera = toI420(frame);
    const fromCamera = await vision.encode(camera, await onlyFace(camera));
    expect(cosine(embedding.subarray(1024), fromCamera.subarray(1024))).toBeGreaterThan(0.99);
    expect(cosine(embedding.subarray(0, 1024), fromCamera.subarray(0, 1024))).toBeGreaterThan(0.97);
    const tilted = await faceFrame({ roll: 20 });
    const fromTilted = await vision.encode(tilted, await onlyFace(tilted));
    expect(cosine(embedding.subarray(1024), fromTilted.subarray(1024))).toBeGreaterThan(0.97);
  });

  it('tells two drawn people apart better than two pictures of one', async () => {
    const other = { skin: '#7d4f38', hair: '#15100d', iris: '#2a1a10', lips: '#7c3b38', width: 0.86 };
    const [a, b, again] = await Promise.all([faceFrame(), faceFrame(other), faceFrame({ roll: 4 })]);
    const encode = async (frame: Frame): Promise<Float32Array> =>
      (await vision.encode(frame, await onlyFace(frame))).subarray(1024);
    const [first, second, third] = [await encode(a), await encode(b), await encode(again)];
    expect(cosine(first, third)).toBeGreaterThan(cosine(first, second) + 0.02);
  });

  it('averages with the mirrored face under a version of its own', async () => {
    const mirrored = await createVision({
      cacheFolder: testCacheFolder,
      engine: 'onnx',
      encoder: 'dlib',
      mirror: true,
      threads: 1,
      logger,
    });
    expect(mirrored.encoder).toMatchObject({ id: 'dlib', version: '1+mirror' });
    const { frame, reference } = await loadSelfTest();
    const embedding = await mirrored.encode(frame, await onlyFace(frame));
    expect(cosine(embedding, reference.embeddings['dlib+mirror']!)).toBeGreaterThan(0.9999);
    await mirrored.dispose();
    await expect(mirrored.find(frame)).rejects.toThrow('vision has been disposed');
  });
});

describe('finding', () => {
  it('gives box, mesh and pose in the frame’s pixels', async () => {
    const frame = await sceneFrame(1280, 720, [{ x: 700, y: 150, width: 400 }]);
    const face = await onlyFace(frame);
    const eyes = fivePoints(alignmentPoints(face.mesh));
    // Where the drawing has its eyes, moved to (700, 150).
    expect(Math.hypot(eyes[0]!.x - 855, eyes[0]!.y - 346)).toBeLessThan(8);
    expect(Math.hypot(eyes[1]!.x - 945, eyes[1]!.y - 346)).toBeLessThan(8);
    expect(face.mesh).toHaveLength(468 * 3);
    expect(Math.abs(face.pose.yaw)).toBeLessThan(0.12);
    expect(face.quality.faults).toEqual([]);
  });

  it.each([-30, -12, 15, 35])('measures a head tilted by %d°', async (roll) => {
    const face = await onlyFace(await faceFrame({ roll }));
    expect(Math.abs((face.pose.roll * 180) / Math.PI - roll)).toBeLessThan(4);
  });

  it('sees eyes close', async () => {
    const [open, closed] = [await onlyFace(await faceFrame()), await onlyFace(await faceFrame({ blink: 1 }))];
    for (const eye of ['left', 'right'] as const) {
      expect(closed.eyes[eye] / open.eyes[eye]).toBeLessThan(0.65);
    }
  });

  it('finds three people, each once', async () => {
    const people = [60, 440, 860].map((x, i) => ({ x, y: 120 + 60 * i, width: 300, face: { width: 1 - 0.06 * i } }));
    expect(await vision.find(await sceneFrame(1280, 720, people))).toHaveLength(3);
  });

  it('finds a small face by zooming into the region of motion', async () => {
    // The face is some 50 pixels wide: 13 of the detector's own when it sees the whole width.
    const frame = await sceneFrame(1920, 1080, [{ x: 1300, y: 500, width: 100 }]);
    const face = await onlyFace(frame, { regions: [{ x: 1200, y: 420, width: 320, height: 300 }] });
    expect(face.box.x).toBeGreaterThan(1300);
    expect(face.box.x + face.box.width).toBeLessThan(1400);
    expect(await vision.find(frame, { regions: [{ x: 0, y: 0, width: 500, height: 500 }] })).toEqual([]);
    expect(await vision.find(frame, { regions: [] })).toEqual([]);
  });

  it('finds it in the whole frame too, in tiles', async () => {
    const frame = await sceneFrame(1920, 1080, [{ x: 1300, y: 500, width: 110 }]);
    await onlyFace(frame, { minimumSize: 48 });
  });

  it('follows a face from frame to frame without the detector, and loses one that is gone', async () => {
    let previous = await vision.find(await sceneFrame(1280, 720, [{ x: 300, y: 200, width: 300 }]));
    for (const x of [308, 318, 326]) {
      previous = await vision.find(await sceneFrame(1280, 720, [{ x, y: 200, width: 300 }]), { previous });
      expect(previous).toHaveLength(1);
      const [leftEye] = fivePoints(alignmentPoints(previous[0]!.mesh));
      expect(Math.abs(leftEye!.x - (x + 116))).toBeLessThan(5);
    }
    expect(await vision.find(await sceneFrame(1280, 720, []), { previous })).toEqual([]);
  });

  it.each(['Clara', 'David'] as const)('finds %s, who comes near in two strides, only once', async (who) => {
    const visitor = new Visitor(who, portraitOf(who), { size: 120, walk: 600 });
    const scene = new Scene([visitor], { width: 640, height: 360, light: { ...lights.day, noise: 2 } });
    let previous: FaceObservation[] = [];
    for (let at = 0; at < 1000; at += 200) {
      const frame = toI420((await scene.frame(at)).frame);
      const everywhere = [{ x: 0, y: 0, width: frame.width, height: frame.height }];
      previous = await vision.find(frame, { previous, regions: everywhere });
      expect(previous.length).toBeLessThanOrEqual(1);
    }
    expect(previous[0]?.box.width).toBeGreaterThan(100);
  });

  it('finds nobody in an empty scene', async () => {
    expect(await vision.find(await sceneFrame(640, 360, []))).toEqual([]);
  });
});

describe('the quality gate', () => {
  const portrait = { x: 200, y: 20, width: 300 };
  const dimmed = (picture: Sharp): Sharp => picture.linear(0.1, 0);
  const cases: readonly [string, QualityFault, () => Promise<Frame>][] = [
    ['small', 'too-small', () => sceneFrame(320, 240, [{ x: 100, y: 60, width: 70 }])],
    ['out of focus', 'blurred', () => sceneFrame(720, 400, [portrait], (picture) => picture.blur(9))],
    ['in the dark', 'too-dark', () => sceneFrame(720, 400, [portrait], dimmed)],
    ['over-exposed', 'too-bright', () => sceneFrame(720, 400, [portrait], (picture) => picture.linear(0.15, 230))],
    ['in fog', 'low-contrast', () => sceneFrame(720, 400, [portrait], (picture) => picture.linear(0.15, 100))],
    [
      'half outside',
      'cut-off',
      () => sceneFrame(720, 400, [{ ...portrait, x: -0, y: 20 }]).then((f) => cutLeft(f, 115)),
    ],
  ];

  it.each(cases)('names the fault of a face %s', async (_name, fault, make) => {
    const face = await onlyFace(await make());
    expect(face.quality.faults).toContain(fault);
  });

  it('finds nothing to fault in a good picture', async () => {
    const { quality } = await onlyFace(await sceneFrame(720, 400, [portrait]));
    expect(quality.faults).toEqual([]);
    expect(quality.score).toBeGreaterThan(0.8);
    expect(quality.size).toBeGreaterThan(QUALITY_LIMITS.size);
  });

  it('scores a worse picture lower', async () => {
    const [good, soft] = [
      await onlyFace(await sceneFrame(720, 400, [portrait])),
      await onlyFace(await sceneFrame(720, 400, [portrait], (picture) => picture.blur(5))),
    ];
    expect(soft.quality.score).toBeLessThan(good.quality.score);
  });
});

/** The frame without its first columns. */
function cutLeft(frame: Frame, columns: number): Frame {
  const width = frame.width - columns;
  const data = new Uint8Array(width * frame.height * 3);
  for (let y = 0; y < frame.height; y++) {
    const from = 3 * (y * frame.width + columns);
    data.set(frame.data.subarray(from, from + 3 * width), 3 * y * width);
  }
  return { ...frame, width, data };
}

describe('appearance', () => {
  it('gives scores from 0 to 1, with and without colour balance', async () => {
    const frame = await faceFrame();
    const face = await onlyFace(frame);
    for (const color of ['as-is', 'grey-world'] as const) {
      const { antispoof, liveness } = await vision.appearance(frame, face, color);
      for (const score of [antispoof, liveness]) {
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
      }
    }
  });
});
