import { SharedCamera } from '../../src/video/shared-camera.js';
import { WorkerHost } from '../../src/worker/host.js';
import type { CamerasInput, CamerasMessage } from './cameras.js';
import { quiet } from './household.js';

/** Run as a process of its own by `camerasTogether`: hosts a worker for every doorbell, as the plugin does. */
process.once('message', (input: CamerasInput) => watch(input));

const tell = (message: CamerasMessage): void => void process.send?.(message);

function watch({ settings, guests }: CamerasInput): void {
  let offline = settings.length;
  const ends = settings.map((one, door) => {
    const { ffmpeg, doorbell } = one;
    const note = (...text: unknown[]): void => tell({ type: 'log', door, line: text.map(String).join(' ') });
    const logger = { ...quiet, info: note, warn: note };
    const camera = new SharedCamera({ ffmpeg, url: doorbell.url, transport: doorbell.transport, logger });
    const host = new WorkerHost(
      one,
      camera,
      {
        onEvent: ({ event }) => {
          if (event.type === 'decided') {
            tell({ type: 'decided', door, at: Date.now(), name: event.visit.decision.guest?.name });
          }
        },
        onCamera: (isOnline) => {
          if (isOnline && --offline === 0) {
            tell({ type: 'watching' });
          }
        },
      },
      logger,
    );
    host.setGallery(guests);
    host.start();
    return () => host.stop().then(() => camera.stop());
  });
  process.once('disconnect', () => void Promise.all(ends.map((end) => end())));
}
