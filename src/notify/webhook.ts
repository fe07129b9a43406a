import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../types.js';
import { judgeDelivery } from './delivery-policy.js';
import { sign } from './signature.js';

export interface WebhookOptions {
  readonly url: string;
  readonly secret: string;
  readonly logger: Logger;
  /** Pauses between attempts are multiplied by this; tests are in a hurry. */
  readonly haste?: number;
}

/** What is delivered; the body is made when it goes out. */
export interface Parcel {
  readonly id: string;
  /** Undefined when it has lost its sense meanwhile. */
  readonly body: () => string | undefined;
}

/** Parcels that wait while the receiver is away; the oldest are given up first. */
const LONGEST_QUEUE = 200;
const ANSWER_MS = 10_000;
const FAREWELL_MS = 1000;

/** Delivers notices to one receiver over HTTP, one after the other in order, signed, and again until it has them. */
export class Webhook {
  private readonly stopping = new AbortController();
  private queue: Parcel[] = [];
  private delivering: Promise<void> | undefined;
  private away = false;
  private lost = 0;

  constructor(private readonly options: WebhookOptions) {}

  /** The receiver's address without user, password and query, which may hold secrets. */
  get name(): string {
    const { protocol, host, pathname } = new URL(this.options.url);
    return `${protocol}//${host}${pathname}`;
  }

  /** Takes a parcel; returns at once. */
  send(parcel: Parcel): void {
    this.queue.push(parcel);
    if (this.queue.length > LONGEST_QUEUE) {
      this.queue.splice(this.delivering === undefined ? 0 : 1, 1);
      this.lost++;
    }
    this.delivering ??= this.deliverAll();
  }

  /** Gives a receiver that is there a moment for what waits, and gives up the rest. */
  async stop(): Promise<void> {
    if (!this.away) {
      await Promise.race([this.delivering, sleep(FAREWELL_MS)]);
    }
    this.queue = [];
    this.stopping.abort();
    await this.delivering;
  }

  private async deliverAll(): Promise<void> {
    for (let attempts = 1; this.queue[0] !== undefined; attempts++) {
      const [parcel] = this.queue;
      const verdict = await this.attempt(parcel, attempts);
      if (this.stopping.signal.aborted) {
        return;
      }
      if (verdict.kind === 'again') {
        this.setAway(verdict.why);
        await this.pause(verdict.afterMs * (this.options.haste ?? 1));
        continue;
      }
      attempts = 0;
      this.queue.shift();
      if (verdict.kind === 'refused') {
        this.options.logger.warn(`The webhook ${this.name} refuses a message: ${verdict.why}. It is not sent again.`);
      } else {
        this.setBack();
      }
    }
    // Here and not in a later turn: what is sent in between would wait for the next parcel.
    this.delivering = undefined;
  }

  private async attempt(parcel: Parcel, attempts: number): Promise<ReturnType<typeof judgeDelivery>> {
    const body = parcel.body();
    if (body === undefined) {
      return { kind: 'delivered' };
    }
    const timestamp = String(Math.floor(Date.now() / 1000));
    try {
      const response = await fetch(withoutAccount(this.options.url), {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'Content-Type': 'application/json',
          'User-Agent': 'homebridge-doorman',
          'X-Doorman-Delivery': parcel.id,
          'X-Doorman-Timestamp': timestamp,
          'X-Doorman-Signature': sign(this.options.secret, timestamp, body),
          ...accountOf(this.options.url),
        },
        body,
        signal: AbortSignal.any([this.stopping.signal, AbortSignal.timeout(ANSWER_MS)]),
      });
      await response.body?.cancel();
      return judgeDelivery(response.status, attempts, { retryAfter: response.headers.get('Retry-After') });
    } catch (error) {
      return judgeDelivery(undefined, attempts, { why: whyOf(error) });
    }
  }

  private setAway(why: string): void {
    if (!this.away) {
      this.away = true;
      this.options.logger.warn(`The webhook ${this.name} cannot be reached (${why}); trying again for ever.`);
    }
  }

  private setBack(): void {
    if (this.away) {
      const lost = this.lost === 0 ? '' : `; ${this.lost} messages were too many to keep and are lost`;
      this.options.logger.info(`The webhook ${this.name} is back${lost}`);
    }
    this.away = false;
    this.lost = 0;
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

/** `fetch` takes no address with a user in it. */
function withoutAccount(address: string): string {
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href;
}

function accountOf(address: string): Record<string, string> {
  const { username, password } = new URL(address);
  const account = `${decoded(username)}:${decoded(password)}`;
  return account === ':' ? {} : { Authorization: `Basic ${Buffer.from(account).toString('base64')}` };
}

/** A `%` that begins no escape stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function whyOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError') {
    return 'it does not answer';
  }
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'there is no such host',
    ECONNRESET: 'it hung up',
  };
  return known[code ?? ''] ?? code ?? message;
}
