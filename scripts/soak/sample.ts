import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from '../endurance/house.js';

/** What lives in Homebridge's process at one moment. Sizes in MB. */
export interface Sample {
  /** Minutes since the soak began. */
  readonly minute: number;
  readonly visits: number;
  /** Days that have passed on the house's clock. */
  readonly days: number;
  readonly rss: number;
  /** Of the main thread and the workers together. */
  readonly heap: number;
  readonly external: number;
  readonly descriptors: number;
  readonly children: number;
  /** Node's active resources (timers, pipes, sockets, ports) in every thread. */
  readonly handles: number;
  readonly workers: number;
  /** Open sessions of the inference engine. */
  readonly sessions: number;
  /** Longest delay of the main thread's event loop since the sample before, ms. */
  readonly loopMax: number;
}

interface Thread {
  readonly heapUsed: number;
  readonly external: number;
  readonly handles: Readonly<Record<string, number>>;
  readonly sessions: number;
}

interface Answer {
  readonly endurance: number;
  readonly main: Thread & { readonly rss: number; readonly loopMax: number };
  readonly workers: readonly Thread[];
}

const MB = 1 << 20;
const PATIENCE_MS = 20_000;
let asked = 0;

/** Asks Homebridge's threads, after they have collected their garbage. @throws when they do not answer */
export async function takeSample(
  house: House,
  { minute, visits, days }: Pick<Sample, 'minute' | 'visits' | 'days'>,
): Promise<Sample> {
  const { homebridge } = house;
  const id = ++asked;
  await homebridge.send({ endurance: { do: 'sample', collect: true, id } });
  const { main, workers } = await answerTo(id, homebridge.messages);
  const threads = [main, ...workers];
  const sum = (of: (thread: Thread) => number): number => threads.reduce((total, thread) => total + of(thread), 0);
  return {
    ...{ minute, visits, days },
    rss: main.rss / MB,
    heap: sum(({ heapUsed }) => heapUsed) / MB,
    external: sum(({ external }) => external) / MB,
    descriptors: await homebridge.descriptors(),
    children: (await homebridge.children()).length,
    handles: sum(({ handles }) => Object.values(handles).reduce((total, count) => total + count, 0)),
    workers: workers.length,
    sessions: sum(({ sessions }) => sessions),
    loopMax: main.loopMax,
  };
}

async function answerTo(id: number, messages: unknown[]): Promise<Answer> {
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until;) {
    await sleep(50);
    const answer = messages.find((message) => (message as Partial<Answer>).endurance === id);
    if (answer !== undefined) {
      messages.length = 0;
      return answer as Answer;
    }
  }
  throw new Error('Homebridge did not tell how much memory it uses.');
}
