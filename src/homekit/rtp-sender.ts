import { randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { h264Payloads } from './rtp-h264.js';
import { SRTP_OVERHEAD, SrtpSender } from './srtp.js';

/** Where one session's packets go, and the keys they are sealed with. */
export interface SrtpTarget {
  readonly address: string;
  readonly port: number;
  /** Master key and salt, 30 bytes. */
  readonly keyAndSalt: Buffer;
  readonly ssrc: number;
}

export interface RtpFormat {
  /** RTP payload type */
  readonly pt: number;
  /** The largest packet in bytes. */
  readonly mtu: number;
  /** Seconds between sender reports. */
  readonly rtcp_interval: number;
}

const CLOCK = 90_000;
const HEADER_BYTES = 12;
/** So many packets go out at once, then a breath: a key frame in one burst would overrun a wireless link's buffers. */
const BURST = 24;
const BREATH_MS = 2;
const MIN_REPORT_MS = 500;
/** Seconds from 1900, NTP's epoch, to 1970. */
const NTP_OFFSET_S = 2_208_988_800;

/**
 * Sends one H.264 stream to a phone as SRTP, with the sender reports it owes. The pictures may come from another source
 * in mid session: sequence, time and keys go on, which a second ffmpeg could not do.
 */
export class RtpSender {
  private readonly srtp: SrtpSender;
  private sequence = randomInt(0x8000);
  private readonly firstTimestamp = randomInt(2 ** 31);
  /** RTP time minus the source's time, in ticks. */
  private offset: number | undefined;
  private last = { timestamp: 0, at: 0 };
  private sent = { packets: 0, bytes: 0 };
  private waiting: Buffer[] = [];
  private breath: NodeJS.Timeout | undefined;
  private readonly reports: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly socket: Socket,
    private readonly target: SrtpTarget,
    private readonly format: RtpFormat,
  ) {
    this.srtp = new SrtpSender(target.keyAndSalt);
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
    const max = this.format.mtu - HEADER_BYTES - SRTP_OVERHEAD;
    const payloads = h264Payloads(picture, isKey, parameterSets, max);
    const timestamp = this.timestampOf(time);
    payloads.forEach((payload, index) => {
      this.waiting.push(this.packet(payload, timestamp, index === payloads.length - 1));
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
    this.offset ??= (this.last.at === 0 ? this.firstTimestamp : this.last.timestamp + elapsed) - ticks;
    const timestamp = ticks + this.offset;
    this.last = { timestamp, at: now };
    return timestamp;
  }

  private packet(payload: Buffer, timestamp: number, isLast: boolean): Buffer {
    const header = Buffer.alloc(HEADER_BYTES);
    header[0] = 0x80;
    header[1] = this.format.pt | (isLast ? 0x80 : 0);
    header.writeUInt16BE(this.sequence, 2);
    this.sequence = (this.sequence + 1) & 0xffff;
    header.writeUInt32BE(uint32(timestamp), 4);
    header.writeUInt32BE(this.target.ssrc, 8);
    return this.srtp.rtp(Buffer.concat([header, payload]));
  }

  private flush(): void {
    if (this.breath !== undefined) {
      return;
    }
    for (const packet of this.waiting.splice(0, BURST)) {
      this.sent = { packets: this.sent.packets + 1, bytes: this.sent.bytes + packet.length - HEADER_BYTES };
      this.write(packet);
    }
    if (this.waiting.length > 0) {
      this.breath = setTimeout(() => {
        this.breath = undefined;
        this.flush();
      }, BREATH_MS);
    }
  }

  /** A sender report and the name of the sender (RFC 3550): ties the stream's time to the wall clock. */
  private report(): void {
    if (this.last.at === 0) {
      return;
    }
    const now = Date.now() / 1000 + NTP_OFFSET_S;
    const report = Buffer.alloc(28 + 20);
    report.writeUInt32BE(0x80c80006, 0);
    report.writeUInt32BE(this.target.ssrc, 4);
    report.writeUInt32BE(Math.floor(now), 8);
    report.writeUInt32BE(Math.floor((now % 1) * 2 ** 32), 12);
    const elapsed = Math.round(((performance.now() - this.last.at) * CLOCK) / 1000);
    report.writeUInt32BE(uint32(this.last.timestamp + elapsed), 16);
    report.writeUInt32BE(this.sent.packets % 2 ** 32, 20);
    report.writeUInt32BE(this.sent.bytes % 2 ** 32, 24);
    report.writeUInt32BE(0x81ca0004, 28);
    report.writeUInt32BE(this.target.ssrc, 32);
    report.write('\x01\x07doorman', 36, 'latin1');
    this.write(this.srtp.rtcp(report));
  }

  private write(packet: Buffer): void {
    // A packet that cannot be sent is a packet lost; a phone that is gone is noticed by its silence.
    this.socket.send(packet, this.target.port, this.target.address, () => undefined);
  }
}

const uint32 = (value: number): number => ((value % 2 ** 32) + 2 ** 32) % 2 ** 32;
