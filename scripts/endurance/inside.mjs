// Loaded into Homebridge and its workers before anything else (node --import): counts what lives there, and does harm
// when told to. The plugin knows nothing of it.
import Module, { syncBuiltinESMExports } from 'node:module';
import fs from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import threads from 'node:worker_threads';

/** So much may a worker's heap grow: "out of memory" is then reached in a second. */
const HEAP_MB = 400;

const channel = new BroadcastChannel('doorman-endurance');
const counts = { sessions: 0 };
let slowMs = 0;

countSessions();
slowDown();
if (process.env.DOORMAN_PRESSED === '1') {
  pressTime();
}
if (threads.isMainThread) {
  oversee();
} else {
  serve();
}
channel.unref?.();

/** How many of ONNX Runtime's sessions are open in this thread. */
function countSessions() {
  const load = Module._load;
  Module._load = function (request, ...rest) {
    const loaded = load.call(this, request, ...rest);
    const isRuntime = /(^|[\\/])onnxruntime-node([\\/]dist[\\/]index\.js)?$/.test(request);
    const session = isRuntime ? loaded.InferenceSession : undefined;
    if (session?.create !== undefined && session.counted !== true) {
      session.counted = true;
      const create = session.create;
      session.create = async (...args) => {
        const made = await create.apply(session, args);
        const release = made.release;
        counts.sessions++;
        made.release = async () => {
          counts.sessions--;
          await release.call(made);
        };
        return made;
      };
    }
    return loaded;
  };
}

/** A disk that takes its time: every opening, renaming and removing waits. */
function slowDown() {
  for (const name of ['open', 'rename', 'unlink', 'rm', 'writeFile', 'appendFile']) {
    const quick = fs[name];
    fs[name] = async (...args) => {
      if (slowMs > 0) {
        await sleep(slowMs);
      }
      return quick.apply(fs, args);
    };
  }
  syncBuiltinESMExports();
}

/** Timers of a minute and more keep to the time of day, which the harness moves; shorter ones to time that passes. */
function pressTime() {
  const { setTimeout: wait, setInterval: repeat } = globalThis;
  globalThis.setTimeout = (work, ms, ...args) => {
    if (!(ms >= 60_000)) {
      return wait(work, ms, ...args);
    }
    const due = Date.now() + ms;
    const timer = repeat(() => {
      if (Date.now() >= due) {
        clearInterval(timer);
        work(...args);
      }
    }, 250);
    return timer;
  };
}

/** The main thread: keeps a list of the workers, answers the harness. */
function oversee() {
  const workers = new Set();
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    constructor(file, options = {}) {
      const isDoorbell = String(file).endsWith('entry.js');
      super(file, isDoorbell ? { resourceLimits: { maxOldGenerationSizeMb: HEAP_MB }, ...options } : options);
      this.doorbell = isDoorbell ? options.name : undefined;
      workers.add(this);
      this.once('exit', () => workers.delete(this));
    }
  };
  syncBuiltinESMExports();

  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const samples = [];
  channel.onmessage = ({ data }) => data.sample !== undefined && samples.push(data.sample);

  process.on('message', async ({ endurance: order }) => {
    switch (order?.do) {
      case 'sample': {
        samples.length = 0;
        if (order.collect) {
          globalThis.gc?.();
        }
        channel.postMessage({ do: 'sample', collect: order.collect });
        // A worker in the middle of a frame answers after it.
        for (let waited = 0; samples.length < workers.size && waited < 5000; waited += 100) {
          await sleep(100);
        }
        process.send({
          endurance: order.id,
          main: {
            ...process.memoryUsage(),
            loopMax: delay.max / 1e6,
            loopMean: delay.mean / 1e6,
            handles: tally(process.getActiveResourcesInfo()),
            sessions: counts.sessions,
          },
          workers: [...samples],
        });
        delay.reset();
        break;
      }
      case 'worker':
        for (const worker of [...workers].filter(({ doorbell }) => doorbell === order.doorbell)) {
          if (order.how === 'terminate') {
            void worker.terminate();
          } else {
            channel.postMessage({ do: order.how, doorbell: order.doorbell });
          }
        }
        break;
      case 'slow-disk':
        slowMs = order.ms;
        break;
    }
  });
}

/** A worker: tells of itself, or comes to grief. */
function serve() {
  // In Node 20 a thread does not know its name; its settings do.
  const name = threads.workerData?.settings?.doorbell?.name;
  channel.onmessage = ({ data }) => {
    if (data.do === 'sample') {
      if (data.collect) {
        globalThis.gc?.();
      }
      const { heapUsed, external, arrayBuffers } = process.memoryUsage();
      const handles = tally(process.getActiveResourcesInfo());
      channel.postMessage({ sample: { name, heapUsed, external, arrayBuffers, handles, sessions: counts.sessions } });
      return;
    }
    if (name === undefined || data.doorbell !== name) {
      return;
    }
    switch (data.do) {
      case 'throw':
        setTimeout(() => {
          throw new Error('a fault put in by the chaos run');
        });
        break;
      case 'exit':
        process.exit(3);
        break;
      case 'memory':
        for (const hoard = []; ;) {
          hoard.push(Array.from({ length: 100_000 }, (_, at) => ({ at })));
        }
      case 'hang':
        for (;;);
    }
  };
}

function tally(names) {
  const by = {};
  names.forEach((name) => (by[name] = (by[name] ?? 0) + 1));
  return by;
}
