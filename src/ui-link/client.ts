import { connect, type Socket } from 'node:net';
import { errorCode } from '../guestbook/errors.js';
import { socketAddress } from '../guestbook/socket-path.js';
import { encodeFrame, FrameReader, largestAnswer, largestRequest } from './frames.js';
import { messages, replyEnvelope, UiLinkError } from './protocol.js';
import type { Answer, Ask, Progress, Reply, RequestType } from './protocol.js';

export interface AskOptions {
  readonly progress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

interface Pending {
  readonly settle: (answer: unknown) => void;
  readonly fail: (error: Error) => void;
  readonly progress?: (progress: Progress) => void;
}

/** The asking end of the link, for the settings page's server and the command. */
export class UiLinkClient {
  private readonly reader = new FrameReader(largestAnswer);
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Set<(changed: string) => void>();
  private requests = 0;
  private lost: UiLinkError | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => this.hear(bytes));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.lose(new UiLinkError('gone', 'Homebridge has stopped, or Doorman in it.')));
  }

  /** @throws UiLinkError `unreachable` when no plugin runs with this storage folder */
  static async connect(socketPath: string): Promise<UiLinkClient> {
    let close = (): Promise<void> => Promise.resolve();
    try {
      const address = await socketAddress(socketPath);
      close = () => address.close();
      return new UiLinkClient(await open(address.address));
    } catch (error) {
      const code = errorCode(error);
      const why =
        code === 'EACCES' ? 'it belongs to another user: use the one that runs Homebridge' : 'it is not running';
      throw new UiLinkError('unreachable', `Doorman in Homebridge cannot be reached; ${why}.`, { cause: error });
    } finally {
      await close();
    }
  }

  /** Asks, and gives the checked answer. @throws UiLinkError with the plugin's own words */
  async ask<T extends RequestType>(type: T, body: Ask<T>, options: AskOptions = {}): Promise<Answer<T>> {
    const { progress, signal } = options;
    signal?.throwIfAborted();
    const request = ++this.requests;
    const answer = await new Promise<unknown>((resolve, reject) => {
      if (this.lost !== undefined) {
        reject(this.lost);
        return;
      }
      const abort = (): void => reject(new UiLinkError('gone', 'The request was given up.'));
      signal?.addEventListener('abort', abort, { once: true });
      const finish = (): void => signal?.removeEventListener('abort', abort);
      this.pending.set(request, {
        settle: (value) => {
          finish();
          resolve(value);
        },
        fail: (error) => {
          finish();
          reject(error);
        },
        ...(progress && { progress }),
      });
      try {
        this.socket.write(encodeFrame({ request, type, body }, largestRequest));
      } catch (error) {
        reject(new UiLinkError('too-large', error instanceof Error ? error.message : String(error)));
      }
    }).finally(() => this.pending.delete(request));
    const parsed = messages[type].answer.safeParse(answer);
    if (!parsed.success) {
      throw new UiLinkError('invalid', 'Homebridge runs another version of Doorman than this one: restart Homebridge.');
    }
    return parsed.data as Answer<T>;
  }

  /** @returns a function that ends the subscription */
  onChanged(listener: (changed: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Whether the plugin is still there. */
  get isOpen(): boolean {
    return this.lost === undefined;
  }

  close(): void {
    this.lose(new UiLinkError('gone', 'The connection was closed.'));
    this.socket.destroy();
  }

  private hear(bytes: Buffer): void {
    try {
      for (const text of this.reader.push(bytes)) {
        const reply = replyEnvelope.safeParse(JSON.parse(text));
        if (reply.success) {
          this.take(reply.data);
        }
      }
    } catch {
      this.lose(new UiLinkError('invalid', 'What answers there is not Doorman.'));
      this.socket.destroy();
    }
  }

  private take(reply: Reply): void {
    if ('changed' in reply) {
      this.listeners.forEach((listener) => listener(reply.changed));
    } else if ('error' in reply) {
      const error = new UiLinkError(reply.error.fault, reply.error.message);
      if (reply.request === undefined) {
        this.lose(error);
      } else {
        this.pending.get(reply.request)?.fail(error);
      }
    } else if ('progress' in reply) {
      this.pending.get(reply.request)?.progress?.(reply.progress);
    } else {
      this.pending.get(reply.request)?.settle(reply.answer);
    }
  }

  private lose(error: UiLinkError): void {
    this.lost ??= error;
    const { lost } = this;
    this.pending.forEach((pending) => pending.fail(lost));
  }
}

function open(address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(address);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
