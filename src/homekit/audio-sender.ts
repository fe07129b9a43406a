import { randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { audioPayload, samplesInPacket, type WantedAudio } from './audio-policy.js';
import type { SrtpTarget } from './rtp-sender.js';
import { SrtpSender } from './srtp.js';

const REPORT_MS = 2000;
/** Seconds from 1900, NTP's epoch, to 1970. */
const NTP_OFFSET_S = 2_208_988_800;

/** Sends one stream of encoded sound to a phone as SRTP, with the sender reports it owes. Time is in samples. */
export class AudioSender {
  private readonly srtp: SrtpSender;
  private readonly reports: NodeJS.Timeout;
  private readonly startedAt = performance.now();
  private readonly firstTimestamp = randomInt(2 ** 31);
  private sequence = randomInt(0x8000);
  private next = 0;
  private sent = { packets: 0, bytes: 0 };
  private stopped = false;

  constructor(
    private readonly socket: Socket,
    private readonly target: SrtpTarget,
    private readonly wanted: WantedAudio,
  ) {
    this.srtp = new SrtpSender(target.keyAndSalt);
    this.reports = setInterval(() => this.report(), REPORT_MS);
  }

  /** Sends one encoded frame: `packetMs` of sound. */
  send(encoded: Buffer): void {
    const now = this.samplesNow();
    // After a pause the time goes on where it is, not where it was.
    const time = Math.abs(now - this.next) > this.wanted.sampleRate ? now : this.next;
    this.next = time + samplesInPacket(this.wanted);
    const payload = audioPayload(this.wanted.codec, encoded);
    const head = Buffer.alloc(12);
    head[0] = 0x80;
    head[1] = this.wanted.payloadType | (this.sent.packets === 0 ? 0x80 : 0);
    head.writeUInt16BE(this.sequence, 2);
    this.sequence = (this.sequence + 1) & 0xffff;
    head.writeUInt32BE((this.firstTimestamp + time) % 2 ** 32, 4);
    head.writeUInt32BE(this.target.ssrc, 8);
    this.sent = { packets: this.sent.packets + 1, bytes: this.sent.bytes + payload.length };
    this.write(this.srtp.rtp(Buffer.concat([head, payload])));
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.reports);
  }

  /** Ties the sound's time to the wall clock (RFC 3550), by which the phone puts sound and picture together. */
  private report(): void {
    if (this.sent.packets === 0) {
      return;
    }
    const now = Date.now() / 1000 + NTP_OFFSET_S;
    const report = Buffer.alloc(28);
    report.writeUInt32BE(0x80c80006, 0);
    report.writeUInt32BE(this.target.ssrc, 4);
    report.writeUInt32BE(Math.floor(now), 8);
    report.writeUInt32BE(Math.floor((now % 1) * 2 ** 32), 12);
    report.writeUInt32BE((this.firstTimestamp + this.samplesNow()) % 2 ** 32, 16);
    report.writeUInt32BE(this.sent.packets % 2 ** 32, 20);
    report.writeUInt32BE(this.sent.bytes % 2 ** 32, 24);
    this.write(this.srtp.rtcp(report));
  }

  private samplesNow(): number {
    return Math.round(((performance.now() - this.startedAt) * this.wanted.sampleRate) / 1000);
  }

  private write(packet: Buffer): void {
    if (!this.stopped) {
      this.socket.send(packet, this.target.port, this.target.address, () => undefined);
    }
  }
}
