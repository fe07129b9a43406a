import { parentPort, workerData } from 'node:worker_threads';
import { DoorbellWorker } from './doorbell-worker.js';
import type { ToWorker, WorkerSettings } from './messages.js';

const port = parentPort;
if (port === null) {
  throw new Error('This file is the entry of a worker thread.');
}

const worker = new DoorbellWorker(workerData as WorkerSettings, (message) => port.postMessage(message));
port.on('message', (message: ToWorker) => {
  void worker.receive(message).then((stopped) => {
    if (stopped) {
      port.close();
    }
  });
});
worker.start().catch((error: unknown) => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  port.postMessage({ type: 'log', level: 'error', message: `recognition could not start: ${message}` });
  port.postMessage({ type: 'log', level: 'debug', message: stack ?? '' });
  process.exitCode = 1;
  port.close();
});
