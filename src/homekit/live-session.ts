import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import type { Logger } from '../types.js';

export interface LiveSessionOptions {
  readonly ffmpegPath: string;
  readonly name: string;
  readonly logger: Logger;
  /** Makes a text fit for a log. */
  readonly redact: (text: string) => string;
  /** Called once, when the session has ended by itself: the phone vanished or ffmpeg gave up. */
  readonly onEnd: (reason: string) => void;
}

/** Time for ffmpeg to end by itself before it is killed, ms. */
const FAREWELL_MS = 500;
/** A phone reports only once it has seen packets, and a camera may take its time. */
const FIRST_REPORT_MS = 30_000;
const KEPT_LINES = 5;

/** One phone watching: the socket that hears its reports and the ffmpeg that feeds it. Both end together. */
export class LiveSession {
  private child?: ChildProcess;
  private silence?: NodeJS.Timeout;
  private allowedSilence = 0;
  private ended = false;
  private lastLines: string[] = [];

  private constructor(
    private readonly options: LiveSessionOptions,
    private readonly socket: Socket,
  ) {
    // A phone with several addresses may report from another one than it listens on.
    socket.on('message', () => this.expectReportWithin(this.allowedSilence));
    this.silence = setTimeout(() => this.endItself('the viewer never began to watch'), FIRST_REPORT_MS);
    socket.on('error', (error) => this.endItself(`its port failed: ${error.message}`));
  }

  /** Opens the port on which the phone's reports are heard. */
  static async open(options: LiveSessionOptions, ipv6: boolean): Promise<LiveSession> {
    const socket = createSocket(ipv6 ? 'udp6' : 'udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    return new LiveSession(options, socket);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /**
   * Starts ffmpeg, once in a session. Resolves when it runs.
   *
   * @param args ffmpeg's arguments
   * @param allowedSilence ms without a report from the phone after which it counts as gone
   * @throws when ffmpeg cannot be started
   */
  async play(args: readonly string[], allowedSilence: number): Promise<void> {
    if (this.ended || this.child !== undefined) {
      throw new Error(this.ended ? 'the session has ended' : 'the session is running already');
    }
    this.allowedSilence = allowedSilence;
    const child = spawn(this.options.ffmpegPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.note(text));
    child.once('exit', (code, signal) => {
      this.endItself(`ffmpeg ended (${signal ?? `code ${String(code)}`}) ${this.lastLines.join(' | ')}`.trim());
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    this.expectReportWithin(Math.max(FIRST_REPORT_MS, allowedSilence));
  }

  /** Ends the session and everything it started. */
  stop(): void {
    if (this.ended) {
      return;
    }
    this.ended = true;
    clearTimeout(this.silence);
    this.socket.close();
    const child = this.child;
    this.child = undefined;
    if (child !== undefined) {
      endProcess(child);
    }
  }

  private expectReportWithin(ms: number): void {
    clearTimeout(this.silence);
    if (!this.ended && this.child !== undefined) {
      this.silence = setTimeout(() => this.endItself('the viewer has gone'), ms);
    }
  }

  private endItself(reason: string): void {
    if (!this.ended) {
      this.stop();
      this.options.onEnd(this.options.redact(reason));
    }
  }

  private note(text: string): void {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    this.lastLines = [...this.lastLines, ...lines].slice(-KEPT_LINES);
    lines.forEach((line) => this.options.logger.debug(`${this.options.name}: ffmpeg: ${this.options.redact(line)}`));
  }
}

/** Asks a process to end and kills it if it does not. */
function endProcess(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const axe = setTimeout(() => child.kill('SIGKILL'), FAREWELL_MS);
  child.once('exit', () => clearTimeout(axe));
  child.on('error', () => undefined);
  child.kill('SIGTERM');
}
