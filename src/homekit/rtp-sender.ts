import type { Socket } from 'node:dgram';
import { h264Payloads } from './rtp-h264.js';
import { RTP_HEADER_BYTES, RtpStream, type SrtpTarget } from './rtp-stream.js';
import { SRTP_OVERHEAD } from './srtp.js';

export interface RtpFormat {
  /** RTP payload type */
  readonly pt: number;
  /** The largest packet in bytes. */
  readonly mtu: number;
  /** Seconds between sender reports. */
  readonly rtcp_interval: number;
}

const CLOCK = 90_000;
/** So many packets go out at once, then a breath: a key frame in one burst would overrun a wireless link's buffers. */
const BURST = 24;
const BREATH_MS = 2;
const MIN_REPORT_MS = 500;

/**
 * Sends one H.264 stream to a phone as SRTP, with the sender reports it owes. The pictures may come from another source
 * in mid session: sequence, time and keys go on, which a second ffmpeg could not do.
 */
export class RtpSender {
  private readonly stream: RtpStream;
  /** RTP time minus the source's time, in ticks. */
  private offset: number | undefined;
  private last = { timestamp: 0, at: 0 };
  private waiting: Buffer[] = [];
  private breath: NodeJS.Timeout | undefined;
  private readonly reports: NodeJS.Timeout;
  private stopped = false;

  constructor(
    socket: Socket,
    target: SrtpTarget,
    private readonly format: RtpFormat,
  ) {
    this.stream = new RtpStream(socket, target, format.pt);
    this.reports = setInterval(() => this.report(), Math.max(MIN_REPORT_MS, format.rtcp_interval * 1000));
  }

  /**
   * Sends one picture.
   *
   * @param time its source's time in seconds
   */
  send(picture: Uint8Array, time: number, isKey: boolean, parameterSets: Uint8Array): void {
    if (this.stopped) {
      return;
    }
    const max = this.format.mtu - RTP_HEADER_BYTES - SRTP_OVERHEAD;
    const payloads = h264Payloads(picture, isKey, parameterSets, max);
    const timestamp = this.timestampOf(time);
    payloads.forEach((payload, index) => {
      this.waiting.push(this.stream.packet(payload, timestamp, index === payloads.length - 1));
    });
    this.flush();
  }

  /** The next picture comes from another source with a time of its own. */
  restart(): void {
    this.offset = undefined;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.breath);
    clearInterval(this.reports);
    this.waiting = [];
  }

  private timestampOf(time: number): number {
    const ticks = Math.round(time * CLOCK);
    const now = performance.now();
    const elapsed = this.last.at === 0 ? 0 : Math.max(1, Math.round(((now - this.last.at) * CLOCK) / 1000));
    this.offset ??= (this.last.at === 0 ? this.stream.firstTimestamp : this.last.timestamp + elapsed) - ticks;
    const timestamp = ticks + this.offset;
    this.last = { timestamp, at: now };
    return timestamp;
  }

  private flush(): void {
    if (this.breath !== undefined) {
      return;
    }
    for (const packet of this.waiting.splice(0, BURST)) {
      this.stream.send(packet);
    }
    if (this.waiting.length > 0) {
      this.breath = setTimeout(() => {
        this.breath = undefined;
        this.flush();
      }, BREATH_MS);
    }
  }

  private report(): void {
    if (this.last.at !== 0) {
      const elapsed = Math.round(((performance.now() - this.last.at) * CLOCK) / 1000);
      this.stream.report(this.last.timestamp + elapsed);
    }
  }
}
