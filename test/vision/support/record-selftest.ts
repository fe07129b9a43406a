/**
 * Records what the reference engine finds on `models/selftest/face.png`, drawing that face first when it is missing:
 *   node --import tsx test/vision/support/record-selftest.ts
 * To be run, and its result reviewed, whenever the picture, a crop or a network changes.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFusion } from '../../../src/vision/encoder/packaged.js';
import { createOnnxEngine } from '../../../src/vision/engine/onnx.js';
import { FaceFinder } from '../../../src/vision/face/finder.js';
import { alignmentPoints, fivePoints } from '../../../src/vision/face/landmarks.js';
import { decodePicture, selfTestFolder, type SelfTestReference } from '../../../src/vision/selftest.js';
import { drawnFacePng } from './drawn-face.js';

const picture = join(selfTestFolder, 'face.png');
if (!existsSync(picture)) {
  await writeFile(picture, await drawnFacePng());
}
const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const cacheFolder = await mkdtemp(join(tmpdir(), 'doorman-record-'));
const engine = await createOnnxEngine({ cacheFolder, threads: 1, warn: console.warn });
const frame = await decodePicture(picture);
const finder = await FaceFinder.create(engine);
const [face] = await finder.find(frame);
if (face === undefined) {
  throw new Error('no face is found on the picture');
}
const points = alignmentPoints(face.mesh);
const embeddings: Record<string, number[]> = {};
for (const mirror of [false, true]) {
  const encoder = await createFusion(engine, mirror);
  const embedding = await encoder.encode(frame, points);
  let offset = 0;
  for (const { name, length } of encoder.description.sections) {
    embeddings[mirror ? `${name}+mirror` : name] = Array.from(embedding.subarray(offset, offset + length), (value) =>
      round(value, 4),
    );
    offset += length;
  }
}
const { x, y, width, height } = face.box;
const reference: SelfTestReference = {
  box: { x: round(x, 2), y: round(y, 2), width: round(width, 2), height: round(height, 2) },
  points: fivePoints(points).map((point) => ({ x: round(point.x, 2), y: round(point.y, 2) })),
  embeddings,
};
await writeFile(join(selfTestFolder, 'expected.json'), `${JSON.stringify(reference)}\n`);
await engine.dispose();
await rm(cacheFolder, { recursive: true });
console.log(reference.box, reference.points, face.confidence, face.meshConfidence, face.eyes, face.quality);
