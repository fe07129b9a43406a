import type { FromStudio, ToStudio } from './messages.js';
import { StudioWorker } from './studio-worker.js';

/** The studio's process: everything comes from Homebridge's, and it ends with it. */
const post = (message: FromStudio): void => {
  process.send?.(message, () => undefined);
};
let worker: StudioWorker | undefined;

process.on('message', (message: ToStudio) => {
  if (message.type === 'begin') {
    worker = new StudioWorker(message.settings, post);
    return;
  }
  void worker?.receive(message).then((stopped) => {
    if (stopped) {
      process.disconnect();
    }
  });
});
process.on('disconnect', () => process.exit());
// A terminal and systemd signal the whole group: what happens to the work is Homebridge's to say.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
