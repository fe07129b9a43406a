import type { Answer, Ask, Progress, RequestType } from '../src/ui-link/protocol.js';
import type { Envelope, PictureAnswer, PictureRequest, PushedChange, PushedProgress } from '../src/ui/messages.js';
import type { WatchAnswer } from '../src/ui/messages.js';
import { texts } from './texts.js';

export type { Answer, Ask, Progress, RequestType };

/** No request waits in silence for longer than this, in ms; progress begins the wait anew. */
const PATIENCE_MS = 20_000;

/** Why something failed, in words for people; `fault` for decisions. */
export class Fault extends Error {
  override readonly name = 'Fault';

  constructor(
    readonly fault: string,
    message: string,
  ) {
    super(message);
  }
}

export const asFault = (error: unknown): Fault => {
  if (error instanceof Fault) {
    return error;
  }
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
  return new Fault('failed', texts.faults.unexpected(message));
};

const { homebridge } = window;

/** What the page's server pushes, by its name. */
interface Pushes {
  readonly changed: PushedChange;
  readonly progress: PushedProgress;
  readonly watched: WatchAnswer;
}

/** Listens to what the page's server pushes. @returns a function that ends it */
function onPush<N extends keyof Pushes>(name: N, listener: (pushed: Pushes[N]) => void): () => void {
  const hear = (event: Event): void => listener((event as MessageEvent<Pushes[N]>).data);
  homebridge.addEventListener(name, hear);
  return () => homebridge.removeEventListener(name, hear);
}

let lastRequest = 0;

interface AskOptions {
  readonly onProgress?: (progress: Progress) => void;
  /** ms of silence after which it is given up. */
  readonly patience?: number;
}

/** Asks the running plugin. @throws Fault */
export async function ask<T extends RequestType>(type: T, body: Ask<T>, options: AskOptions = {}): Promise<Answer<T>> {
  const request = ++lastRequest;
  return patiently<Answer<T>>('/ask', { request, type, body }, request, options);
}

/** A picture, scaled by the page's server to what is shown. @returns a data URL; undefined when none is kept */
export async function askPicture(wanted: PictureRequest): Promise<string | undefined> {
  const { picture } = await patiently<PictureAnswer>('/picture', { ...wanted }, 0, {});
  return picture === undefined ? undefined : `data:image/jpeg;base64,${picture}`;
}

/** Follows a doorbell's picture until the returned function is called. */
export function watch(
  name: string,
  width: number,
  onPicture: (answer: WatchAnswer) => void,
  onFault: (fault: Fault) => void,
): () => void {
  const silence = onPush('watched', (answer) => {
    if (answer.name === name) {
      onPicture(answer);
    }
  });
  const refresh = (): void => {
    patiently<object>('/watch', { name, width }, 0, {}).catch((error: unknown) => onFault(asFault(error)));
  };
  refresh();
  // The server stops by itself when nobody says any more that somebody is looking.
  const timer = setInterval(refresh, 10_000);
  return () => {
    clearInterval(timer);
    silence();
    patiently<object>('/unwatch', { name }, 0, {}).catch(() => undefined);
  };
}

/** Calls back when the guest book or the plugin has changed in a way that `kinds` names. */
export function onChanged(kinds: readonly string[], listener: () => void): () => void {
  return onPush('changed', ({ kind }) => {
    if (kinds.includes(kind)) {
      listener();
    }
  });
}

function patiently<T>(path: string, body: object, request: number, options: AskOptions): Promise<T> {
  const { onProgress, patience = PATIENCE_MS } = options;
  return new Promise<T>((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const finish = (): void => {
      clearTimeout(timer);
      endProgress();
    };
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        finish();
        reject(new Fault('silent', texts.faults.silent));
      }, patience);
    };
    const endProgress = onPush('progress', (pushed) => {
      if (request !== 0 && pushed.request === request) {
        wait();
        onProgress?.(pushed.progress);
      }
    });
    wait();
    homebridge.request(path, body).then(
      (envelope: Envelope<T>) => {
        finish();
        if (envelope.error !== undefined) {
          reject(new Fault(envelope.error.fault, envelope.error.message));
        } else {
          resolve(envelope.answer as T);
        }
      },
      (error: unknown) => {
        finish();
        reject(asFault(error));
      },
    );
  });
}
