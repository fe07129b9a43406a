import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { SharedCamera } from '../../src/video/shared-camera.js';
import { WorkerHost } from '../../src/worker/host.js';
import { quiet } from './household.js';
import type { LoopDelay, MainThreadInput } from './main-thread.js';

/** Run as a process of its own by `mainThreadDelay`: hosts a doorbell's worker as the plugin's main thread does. */
process.once('message', (input: MainThreadInput) => void watch(input));

async function watch({ settings, guests, seconds }: MainThreadInput): Promise<void> {
  let decided: string | undefined;
  let online: () => void;
  const watching = new Promise<void>((resolve) => (online = resolve));
  const { ffmpeg, doorbell } = settings;
  const camera = new SharedCamera({ ffmpeg, url: doorbell.url, transport: doorbell.transport, logger: quiet });
  const host = new WorkerHost(
    settings,
    camera,
    {
      onEvent: ({ event }) => {
        if (event.type === 'decided') {
          decided ??= event.visit.decision.guest?.name ?? event.visit.decision.outcome;
        }
        if (event.type === 'started') {
          // A phone that shows the notification asks for the picture at once.
          void host.snapshot(1280);
        }
      },
      onCamera: (isOnline) => isOnline && online(),
    },
    quiet,
  );
  process.once('disconnect', () => void host.stop().then(() => camera.stop()));
  const starting = measure();
  host.setGallery(guests);
  host.start();
  await watching;
  const started = starting();
  const visit = measure();
  // The film is repeated: wherever it was joined, one whole visit is in this.
  await pause(1.5 * seconds * 1000);
  process.send?.({ starting: started, visit: visit(), decided });
}

/** Begins to measure; the function returned ends it. */
function measure(): () => LoopDelay {
  const began = performance.now();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  return () => {
    delay.disable();
    return {
      seconds: (performance.now() - began) / 1000,
      median: delay.percentile(50) / 1e6,
      percentile99: delay.percentile(99) / 1e6,
      max: delay.max / 1e6,
    };
  };
}
