import { createDlib, createFaceres } from '../../src/vision/encoder/packaged.js';
import { createOnnxEngine } from '../../src/vision/engine/onnx.js';
import { FaceFinder } from '../../src/vision/face/finder.js';
import { alignmentPoints } from '../../src/vision/face/landmarks.js';
import { modelEntry, type ModelName } from '../../src/vision/models/catalogue.js';
import { sceneFrame, toI420 } from '../../test/vision/support/frames.js';
import { loadStockFaceApi } from './face-api.js';
import { loadStockHuman } from './human.js';

/** Milliseconds, medians over the repetitions. */
export interface VisionFigures {
  /** The engine's bare inference times, by network. */
  readonly inference: Readonly<Record<ModelName, number>>;
  /** Detector over the whole frame: sampling, inference, anchors, suppression. */
  readonly detect: number;
  /** Following a known face: mesh, eyelids, pose and quality. */
  readonly track: number;
  readonly faceres: number;
  readonly dlib: number;
  /** Detection, mesh, eyelids, pose, quality and both embeddings of one face. */
  readonly fullFace: number;
  /** Sum of the inference times that a full face needs; the goal is at most 1.3 times this. */
  readonly floor: number;
  /** Human's own `detect()` on the same picture. */
  readonly human: number;
  /** face-api's detection, landmarks and descriptor on the same picture. */
  readonly faceApi: number;
  /** `human / fullFace`; the goal is at least 5. */
  readonly timesCheaper: number;
  readonly overFloor: number;
}

async function median(repetitions: number, work: () => Promise<unknown>): Promise<number> {
  await work();
  const times: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

const allModels: readonly ModelName[] = ['blazeface', 'facemesh', 'iris', 'faceres', 'dlib', 'antispoof', 'liveness'];

/**
 * Measures every step on a 1080p frame with one drawn face, beside the engine's bare inference times and Human's
 * stock way, all in one run and on one thread.
 */
export async function visionFigures(options: {
  readonly cacheFolder: string;
  readonly repetitions?: number;
  readonly threads?: number;
}): Promise<VisionFigures> {
  const repetitions = options.repetitions ?? 20;
  const rgb = await sceneFrame(1920, 1080, [{ x: 800, y: 200, width: 500 }]);
  const frame = toI420(rgb);
  const engine = await createOnnxEngine({
    cacheFolder: options.cacheFolder,
    threads: options.threads ?? 1,
    warn: (message) => console.warn(message),
  });
  const inference: Partial<Record<ModelName, number>> = {};
  for (const name of allModels) {
    const entry = modelEntry(name);
    const shape = [name === 'iris' ? 2 : 1, entry.size, entry.size, 3];
    const input = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => (i % 255) / 255);
    const session = await engine.load(entry);
    inference[name] = await median(repetitions, () => session.run(input, shape));
    await session.dispose();
  }
  const times = inference as Record<ModelName, number>;

  const finder = await FaceFinder.create(engine);
  const faceresEncoder = await createFaceres(engine, false);
  const dlibEncoder = await createDlib(engine, false);
  const regions = [{ x: 0, y: 0, width: frame.width, height: frame.height }];
  const previous = await finder.find(frame);
  const points = alignmentPoints(previous[0]!.mesh);
  const minimumSize = 120;
  const empty = toI420(await sceneFrame(1920, 1080, []));
  const detect = await median(repetitions, () => finder.find(empty, { regions, minimumSize }));
  const track = await median(repetitions, () => finder.find(frame, { previous }));
  const faceres = await median(repetitions, () => faceresEncoder.encode(frame, points));
  const dlib = await median(repetitions, () => dlibEncoder.encode(frame, points));
  const fullFace = await median(repetitions, async () => {
    const [face] = await finder.find(frame, { minimumSize });
    const found = alignmentPoints(face!.mesh);
    await faceresEncoder.encode(frame, found);
    await dlibEncoder.encode(frame, found);
  });
  await engine.dispose();

  const stock = await loadStockHuman();
  if ((await stock.detect(rgb)) !== 1) {
    throw new Error('Human does not find the one face of the picture');
  }
  const human = await median(Math.max(3, Math.floor(repetitions / 3)), () => stock.detect(rgb));
  const faceApiAsItComes = await loadStockFaceApi();
  if ((await faceApiAsItComes.detect(rgb)) !== 1) {
    throw new Error('face-api does not find the one face of the picture');
  }
  const faceApi = await median(Math.max(3, Math.floor(repetitions / 3)), () => faceApiAsItComes.detect(rgb));
  const floor = times.blazeface + times.facemesh + times.iris + times.faceres + times.dlib;
  return {
    inference: times,
    detect,
    track,
    faceres,
    dlib,
    fullFace,
    floor,
    human,
    faceApi,
    timesCheaper: human / fullFace,
    overFloor: fullFace / floor,
  };
}
