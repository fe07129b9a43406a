import type { Socket } from 'node:net';
import { GuestBookError } from '../guestbook/errors.js';
import type { Logger } from '../types.js';
import { encodeFrame, FrameReader, largestAnswer, largestRequest } from './frames.js';
import { messages, requestEnvelope, UiLinkError } from './protocol.js';
import type { Call, Handlers, Progress, RequestType } from './protocol.js';

/** Requests of one connection that may be under way together. */
const mostRequests = 16;

/** A message that has begun must be complete within this time. */
const completeWithinMs = 30_000;

/** A peer that does not read what it asked for is not waited for. */
const largestBacklog = 16 * 1024 * 1024;

/** One connection to the plugin, from its first byte to its last. */
export class Conversation {
  private readonly reader = new FrameReader(largestRequest);
  private readonly gone = new AbortController();
  private underWay = 0;
  private patience: NodeJS.Timeout | undefined;

  constructor(
    private readonly name: string,
    private readonly socket: Socket,
    private readonly handlers: Partial<Handlers>,
    private readonly logger: Logger,
  ) {
    socket.on('data', (bytes: Buffer) => this.hear(bytes));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(this.patience);
      this.gone.abort();
    });
  }

  announce(changed: string): void {
    this.say({ changed });
  }

  end(): void {
    this.socket.destroy();
  }

  private hear(bytes: Buffer): void {
    let texts: string[];
    try {
      texts = this.reader.push(bytes);
    } catch (error) {
      this.hangUp('too-large', `The request was refused: ${error instanceof Error ? error.message : String(error)}.`);
      return;
    }
    for (const text of texts) {
      this.read(text);
    }
    clearTimeout(this.patience);
    if (this.reader.isWaiting) {
      this.patience = setTimeout(
        () => this.hangUp('too-slow', 'The request was refused: it did not arrive within 30 seconds.'),
        completeWithinMs,
      ).unref();
    }
  }

  private read(text: string): void {
    let envelope: unknown;
    try {
      envelope = JSON.parse(text);
    } catch {
      this.hangUp('invalid', 'The request was refused: it is not JSON.');
      return;
    }
    const request = requestEnvelope.safeParse(envelope);
    if (!request.success) {
      this.hangUp('invalid', 'The request was refused: it has no number and type.');
      return;
    }
    const { request: number, type, body } = request.data;
    if (this.underWay >= mostRequests) {
      this.refuse(number, new UiLinkError('busy', 'Too many requests at once; wait for the answers.'));
      return;
    }
    this.underWay++;
    this.answer(number, type, body ?? {})
      .catch((error: unknown) => this.refuse(number, error))
      .finally(() => this.underWay--);
  }

  private async answer(number: number, type: string, body: unknown): Promise<void> {
    if (!isRequestType(type)) {
      throw new UiLinkError('unknown-request', 'This version of Doorman does not know the request.');
    }
    const asked = messages[type].ask.safeParse(body);
    if (!asked.success) {
      const faults = asked.error.issues.map((issue) => `${issue.path.map(String).join('.')} ${issue.message}`.trim());
      throw new UiLinkError('invalid', `The request was refused: ${faults.slice(0, 5).join('; ').slice(0, 500)}.`);
    }
    const handler = this.handlers[type] as ((asked: unknown, call: Call) => Promise<unknown>) | undefined;
    if (handler === undefined) {
      throw new UiLinkError('unknown-request', 'The plugin cannot answer this now.');
    }
    const call: Call = {
      progress: (progress: Progress) => this.say({ request: number, progress }),
      signal: this.gone.signal,
      connection: this.name,
    };
    this.say({ request: number, answer: await handler(asked.data, call) });
  }

  private refuse(number: number, error: unknown): void {
    if (error instanceof GuestBookError || error instanceof UiLinkError) {
      this.say({ request: number, error: { fault: error.fault, message: error.message } });
      return;
    }
    this.logger.warn('A request of the settings page or the command failed; Doorman goes on.');
    this.logger.debug(error instanceof Error ? (error.stack ?? error.message) : String(error));
    this.say({ request: number, error: { fault: 'failed', message: 'That did not work; the log says more.' } });
  }

  /** Says why, then closes: after a message that cannot be read, nothing that follows can be trusted. */
  private hangUp(fault: string, message: string): void {
    this.say({ error: { fault, message } });
    this.socket.end();
    this.socket.removeAllListeners('data');
    this.socket.resume();
    setTimeout(() => this.socket.destroy(), 1000).unref();
  }

  private say(reply: unknown): void {
    if (this.socket.destroyed || !this.socket.writable) {
      return;
    }
    if (this.socket.writableLength > largestBacklog) {
      this.socket.destroy();
      return;
    }
    this.socket.write(encodeFrame(reply, largestAnswer));
  }
}

function isRequestType(type: string): type is RequestType {
  return Object.hasOwn(messages, type);
}
