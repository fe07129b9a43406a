import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock, Logger } from '../types.js';
import { PressLimit } from './press-limit.js';
import { whichDoorbell } from './which-doorbell.js';

export interface HttpButtonOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host?: string;
  readonly token: string;
  /** The doorbells' names; `/ring` presses the first, `/ring/NAME` the one of that name. */
  readonly doorbells: readonly string[];
  readonly press: (doorbell: string) => void;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly retryMs?: number;
}

interface Answer {
  readonly status: number;
  readonly words: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Presses: 5 at once, then one every 2 s. Wrong tokens: 5 at once, then one every 12 s. */
const PRESSES = { burst: 5, refillMs: 2000 } as const;
const WRONG_TOKENS = { burst: 5, refillMs: 12_000 } as const;

/** A port that cannot be had is tried again this often: whoever holds it may go. */
const RETRY_MS = 15_000;

/** A webhook that presses the doorbell's button: `GET` or `POST /ring?token=…`, or `Authorization: Bearer …`. */
export class HttpButton {
  private server?: Server;
  private retry?: NodeJS.Timeout;
  private stopped = false;
  private readonly presses: PressLimit;
  private readonly wrongTokens: PressLimit;
  private readonly clock: Clock;

  constructor(private readonly options: HttpButtonOptions) {
    this.clock = options.clock ?? Date.now;
    this.presses = new PressLimit(PRESSES.burst, PRESSES.refillMs, this.clock());
    this.wrongTokens = new PressLimit(WRONG_TOKENS.burst, WRONG_TOKENS.refillMs, this.clock());
  }

  /** The port it listens on; undefined while it does not. */
  get port(): number | undefined {
    return (this.server?.address() as AddressInfo | null | undefined)?.port;
  }

  /** Begins to listen. Never rejects: a port that cannot be had is tried again; that is said once. */
  async start(): Promise<void> {
    const { logger, host = '127.0.0.1', port } = this.options;
    try {
      await this.listen();
    } catch (error) {
      logger.error(
        `The button's webhook cannot listen on ${host}:${port}: ${why(error)}. The doorbell goes on without it and tries again.`,
      );
      this.tryAgain();
    }
  }

  private tryAgain(): void {
    if (!this.stopped) {
      this.retry = setTimeout(() => {
        this.listen().catch(() => this.tryAgain());
      }, this.options.retryMs ?? RETRY_MS);
    }
  }

  private async listen(): Promise<void> {
    const { logger, host = '127.0.0.1', port } = this.options;
    const server = createServer(
      { requestTimeout: 5000, headersTimeout: 5000, keepAliveTimeout: 1000 },
      (request, response) => this.respond(request, response),
    );
    server.maxConnections = 50;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    server.on('error', (error) => logger.error(`The button's webhook: ${error.message}`));
    this.server = server;
    if (this.stopped) {
      await this.stop();
      return;
    }
    logger.info(`The button's webhook listens on http://${host}:${String(this.port)}/ring`);
  }

  /** Stops listening and closes every connection. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    const { server } = this;
    this.server = undefined;
    if (server !== undefined) {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  }

  private respond(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const { status, words, headers } = this.answer(request);
    response.writeHead(status, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Cache-Control': 'no-store',
      ...headers,
    });
    response.end(`${words}\n`);
  }

  private answer(request: IncomingMessage): Answer {
    const now = this.clock();
    const url = addressOf(request);
    const token = tokenOf(request, url);
    if (token === undefined || !sameSecret(token, this.options.token)) {
      if (!this.wrongTokens.take(now)) {
        return tooMany('Too many wrong tokens.', this.wrongTokens.retryAfter(now));
      }
      this.options.logger.warn(`The button's webhook was called with ${token === undefined ? 'no' : 'a wrong'} token.`);
      return { status: 401, words: 'Wrong or missing token.', headers: { 'WWW-Authenticate': 'Bearer' } };
    }
    if (request.method !== 'GET' && request.method !== 'POST') {
      return { status: 405, words: 'Use GET or POST.', headers: { Allow: 'GET, POST' } };
    }
    const path = /^\/ring(?:\/([^/]*))?\/?$/.exec(url.pathname);
    const doorbell = path === null ? undefined : whichDoorbell(decoded(path[1] ?? ''), this.options.doorbells);
    if (doorbell === undefined) {
      return { status: 404, words: 'There is no such button. Try /ring or /ring/NAME-OF-THE-DOORBELL.' };
    }
    if (!this.presses.take(now)) {
      return tooMany('Too many presses.', this.presses.retryAfter(now));
    }
    try {
      this.options.press(doorbell);
    } catch (error) {
      this.options.logger.error(`${doorbell}: the press failed: ${why(error)}`);
      return { status: 500, words: 'The press failed.' };
    }
    return { status: 200, words: `${doorbell} rings.` };
  }
}

function tooMany(words: string, seconds: number): Answer {
  return { status: 429, words: `${words} Try again in ${seconds} s.`, headers: { 'Retry-After': String(seconds) } };
}

function addressOf(request: IncomingMessage): URL {
  const address = `http://doorman${request.url ?? '/'}`;
  return new URL(URL.canParse(address) ? address : 'http://doorman/');
}

function tokenOf(request: IncomingMessage, url: URL): string | undefined {
  const bearer = /^Bearer\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const own = request.headers['x-doorman-token'];
  return bearer ?? (typeof own === 'string' ? own : undefined) ?? url.searchParams.get('token') ?? undefined;
}

/** Compares in a time that tells nothing of where they differ, or of the secret's length. */
function sameSecret(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function why(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    EADDRINUSE: 'the port is taken by another program',
    EACCES: 'this user may not take that port',
    EADDRNOTAVAIL: 'this machine does not have that address',
  };
  return known[code ?? ''] ?? message;
}
