import { parentPort, workerData } from 'node:worker_threads';
import type { StudioSettings, ToStudio } from './messages.js';
import { StudioWorker } from './studio-worker.js';

const port = parentPort;
if (port === null) {
  throw new Error('This file is the entry of a worker thread.');
}

const worker = new StudioWorker(workerData as StudioSettings, (message) => port.postMessage(message));
port.on('message', (message: ToStudio) => {
  void worker.receive(message).then((stopped) => {
    if (stopped) {
      port.close();
    }
  });
});
