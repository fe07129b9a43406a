import type { Socket } from 'node:dgram';
import type { Logger } from '../types.js';
import { isWorthChanging, type LiveWish } from './live-policy.js';
import { LiveVideo, type LiveVideoOptions } from './live-video.js';
import { RtpSender, type RtpFormat } from './rtp-sender.js';
import type { SrtpTarget } from './rtp-stream.js';
import { silenceAllowed } from './stream-policy.js';
import { openPort } from './udp-port.js';

export interface LiveSessionOptions {
  readonly name: string;
  readonly logger: Logger;
  /** Called once, when the session has ended by itself: the phone vanished or the camera gave up. */
  readonly onEnd: (reason: string) => void;
}

/** What the pictures are made from; the wish comes with the session's start. */
export type LiveSource = Pick<LiveVideoOptions, 'camera' | 'ffmpeg' | 'configured' | 'encoder'>;

/** Something else that belongs to a session and ends with it: its sound. */
export interface SessionPart {
  stop(): void;
}

/** A phone reports only once it has seen packets, and a camera may take its time. */
const FIRST_REPORT_MS = 30_000;

/** One phone watching: the socket that hears its reports and sends its pictures, and what makes them. All end together. */
export class LiveSession {
  private sender?: RtpSender;
  private video?: LiveVideo;
  /** The view that takes over with its first picture. */
  private next?: LiveVideo;
  private wish?: LiveWish;
  private source?: LiveSource;
  private readonly parts = new Set<SessionPart>();
  private silence?: NodeJS.Timeout;
  private allowedSilence = 0;
  private ended = false;

  private constructor(
    private readonly options: LiveSessionOptions,
    private readonly socket: Socket,
  ) {
    // A phone with several addresses may report from another one than it listens on.
    socket.on('message', () => this.expectReportWithin(this.allowedSilence));
    this.silence = setTimeout(() => this.endItself('the viewer never began to watch'), FIRST_REPORT_MS);
    socket.on('error', (error) => this.endItself(`its port failed: ${error.message}`));
  }

  /** Opens the port from which pictures are sent and on which the phone's reports are heard. */
  static async open(options: LiveSessionOptions, ipv6: boolean): Promise<LiveSession> {
    const socket = await openPort(ipv6);
    return new LiveSession(options, socket);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** Begins to send, once in a session. @throws when it is over or running already */
  play(source: LiveSource, target: SrtpTarget, wish: LiveWish & RtpFormat): void {
    if (this.ended || this.sender !== undefined) {
      throw new Error(this.ended ? 'the session has ended' : 'the session is running already');
    }
    this.source = source;
    this.sender = new RtpSender(this.socket, target, wish);
    this.allowedSilence = silenceAllowed(wish.rtcp_interval);
    this.expectReportWithin(Math.max(FIRST_REPORT_MS, this.allowedSilence));
    this.show(wish);
  }

  /** The phone wants another size, rate or bit rate: the pictures go on and change when the new ones are there. */
  reconfigure(wish: LiveWish): void {
    if (this.wish !== undefined && isWorthChanging(this.wish, wish)) {
      this.show(wish);
    }
  }

  /** Lets something end with the session. */
  own(part: SessionPart): void {
    if (this.ended) {
      part.stop();
    } else {
      this.parts.add(part);
    }
  }

  /** Ends the session and everything it started. */
  stop(): void {
    if (this.ended) {
      return;
    }
    this.ended = true;
    clearTimeout(this.silence);
    this.sender?.stop();
    this.video?.stop();
    this.next?.stop();
    this.parts.forEach((part) => part.stop());
    this.socket.close();
  }

  private show(wish: LiveWish): void {
    const { source, sender } = this;
    if (this.ended || source === undefined || sender === undefined) {
      return;
    }
    this.wish = wish;
    this.next?.stop();
    this.next = undefined;
    const state: { made?: LiveVideo; isShown: boolean } = { isShown: false };
    const made = new LiveVideo({
      ...source,
      wish,
      logger: this.options.logger,
      onPicture: ({ data, time, isKey, parameterSets }) => {
        if (!state.isShown) {
          state.isShown = true;
          this.video?.stop();
          this.video = state.made;
          this.next = undefined;
          sender.restart();
        }
        sender.send(data, time, isKey, parameterSets);
      },
      onRestart: () => sender.restart(),
      onEnd: (reason) => this.endItself(reason),
    });
    state.made = made;
    if (this.isOver()) {
      made.stop();
    } else if (state.isShown) {
      this.video = made;
    } else {
      this.next = made;
    }
  }

  private isOver(): boolean {
    return this.ended;
  }

  private expectReportWithin(ms: number): void {
    clearTimeout(this.silence);
    if (!this.ended && this.sender !== undefined) {
      this.silence = setTimeout(() => this.endItself('the viewer has gone'), ms);
    }
  }

  private endItself(reason: string): void {
    if (!this.ended) {
      this.stop();
      this.options.onEnd(reason);
    }
  }
}
