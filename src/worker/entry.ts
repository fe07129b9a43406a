import { parentPort, workerData } from 'node:worker_threads';
import { PortCamera } from '../video/packet-port.js';
import { DoorbellWorker } from './doorbell-worker.js';
import type { ToWorker, WorkerInput } from './messages.js';

const port = parentPort;
if (port === null) {
  throw new Error('This file is the entry of a worker thread.');
}

const { settings, camera: cameraPort } = workerData as WorkerInput;
const camera = new PortCamera(cameraPort);
const worker = new DoorbellWorker(settings, camera, (message) => port.postMessage(message));
port.on('message', (message: ToWorker) => {
  void worker.receive(message).then((stopped) => {
    if (stopped) {
      camera.close();
      port.close();
    }
  });
});
worker.start().catch((error: unknown) => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  port.postMessage({ type: 'log', level: 'error', message: `recognition could not start: ${message}` });
  port.postMessage({ type: 'log', level: 'debug', message: stack ?? '' });
  process.exitCode = 1;
  camera.close();
  port.close();
});
