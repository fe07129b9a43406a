import { CameraReader } from '../../src/video/camera-reader.js';
import { findFfmpeg } from '../../src/video/ffmpeg.js';
import { MotionGate } from '../../src/video/motion-gate.js';
import { SharedCamera } from '../../src/video/shared-camera.js';
import { Visits } from '../../src/visit/visits.js';
import { Pipeline } from '../../src/worker/pipeline.js';
import { openVision, quiet, rulesFor } from './household.js';
import { Viewer } from '../live/viewer.js';
import type { IdleInput } from './idle-porch.js';

/** What HomeKit Secure Video asks for. */
const PREBUFFER_MS = 4000;

/** Run as a process of its own by `idlePorch`: everything from stream to decision, while nobody comes. */
const vision = await openVision();
const visits = new Visits(await rulesFor([], 'require'));
const pipeline = new Pipeline(new MotionGate(), vision, visits);

process.once('message', (input: IdleInput) => void watch(input));

async function watch({ url, shared = false }: IdleInput): Promise<void> {
  const ffmpeg = await findFfmpeg({ logger: quiet });
  const camera = new SharedCamera({ ffmpeg, url, transport: 'tcp', logger: quiet });
  const reader = new CameraReader({
    ffmpeg,
    camera,
    framesPerSecond: 10,
    decoder: 'software',
    logger: quiet,
  });
  const stopping = new AbortController();
  process.once('disconnect', () => {
    stopping.abort();
    viewer?.stop();
    void Promise.all([reader.stop(), camera.stop()]).then(() => vision.dispose());
  });
  let viewer: Viewer | undefined;
  reader.on('online', () => {
    void (async () => {
      if (shared) {
        camera.keepPrebuffer(PREBUFFER_MS);
        viewer = await Viewer.watch(camera, ffmpeg);
      }
      process.send?.('watching');
    })();
  });
  reader.on('sight', async (sight) => {
    reader.wantsWhole = (await pipeline.process(sight)).closer;
  });
  reader.start(stopping.signal);
}
