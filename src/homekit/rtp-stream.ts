import { randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { SRTP_OVERHEAD, SrtpSender } from './srtp.js';

/** Where one session's packets go, and the keys they are sealed with. */
export interface SrtpTarget {
  readonly address: string;
  readonly port: number;
  /** Master key and salt, 30 bytes. */
  readonly keyAndSalt: Buffer;
  readonly ssrc: number;
}

/** Bytes of an RTP header without extensions. */
export const RTP_HEADER_BYTES = 12;

/** Seconds from 1900, NTP's epoch, to 1970. */
const NTP_OFFSET_S = 2_208_988_800;

/** One RTP stream to a phone (RFC 3550), sealed: numbers its packets, and owes reports on what it has sent. */
export class RtpStream {
  /** Where the stream's clock begins: a random number, as the RFC wants it. */
  readonly firstTimestamp = randomInt(2 ** 31);
  private readonly srtp: SrtpSender;
  private sequence = randomInt(0x8000);
  private readonly sent = { packets: 0, bytes: 0 };

  constructor(
    private readonly socket: Socket,
    private readonly target: SrtpTarget,
    private readonly payloadType: number,
  ) {
    this.srtp = new SrtpSender(target.keyAndSalt);
  }

  get isFresh(): boolean {
    return this.sent.packets === 0;
  }

  /**
   * Seals the next packet; they must be sent in the order they were made in.
   *
   * @param timestamp in ticks of the stream's clock, of any size
   */
  packet(payload: Buffer, timestamp: number, marked: boolean): Buffer {
    const header = Buffer.alloc(RTP_HEADER_BYTES);
    header[0] = 0x80;
    header[1] = this.payloadType | (marked ? 0x80 : 0);
    header.writeUInt16BE(this.sequence, 2);
    this.sequence = (this.sequence + 1) & 0xffff;
    header.writeUInt32BE(uint32(timestamp), 4);
    header.writeUInt32BE(this.target.ssrc, 8);
    return this.srtp.rtp(Buffer.concat([header, payload]));
  }

  send(packet: Buffer): void {
    this.sent.packets++;
    this.sent.bytes += packet.length - RTP_HEADER_BYTES - SRTP_OVERHEAD;
    this.write(packet);
  }

  /**
   * A sender report and the sender's name: ties the stream's time to the wall clock, by which the phone puts sound and
   * picture together.
   *
   * @param timestamp what the stream's clock says now
   */
  report(timestamp: number): void {
    const now = Date.now() / 1000 + NTP_OFFSET_S;
    const report = Buffer.alloc(28 + 20);
    report.writeUInt32BE(0x80c80006, 0);
    report.writeUInt32BE(this.target.ssrc, 4);
    report.writeUInt32BE(Math.floor(now), 8);
    report.writeUInt32BE(Math.floor((now % 1) * 2 ** 32), 12);
    report.writeUInt32BE(uint32(timestamp), 16);
    report.writeUInt32BE(uint32(this.sent.packets), 20);
    report.writeUInt32BE(uint32(this.sent.bytes), 24);
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
