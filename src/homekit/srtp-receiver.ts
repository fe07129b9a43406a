import { createCipheriv, timingSafeEqual } from 'node:crypto';
import { deriveSessionKeys, srtpTag, SRTP_OVERHEAD, type SessionKeys } from './srtp.js';

/** A packet in the clear. */
export interface RtpPacket {
  readonly payloadType: number;
  /** In the stream's clock. */
  readonly timestamp: number;
  readonly payload: Buffer;
}

/** What was opened of one SSRC; a packet's number is its rollover × 2^16 + its sequence number. */
interface Past {
  readonly newest: number;
  /** Those of late, which are not opened twice. */
  readonly opened: ReadonlySet<number>;
}

/** Packets may come so many numbers late; what is older could not be told from a repetition (RFC 3711, section 3.3.2). */
const WINDOW = 64;

/** Opens what comes from one sender, sealed with AES_CM_128_HMAC_SHA1_80 (RFC 3711). */
export class SrtpReceiver {
  private readonly keys: SessionKeys;
  /** By SSRC, for a phone that begins anew counts anew; only genuine packets add one. */
  private readonly past = new Map<number, Past>();

  /** @param keyAndSalt master key (16 bytes) and master salt (14 bytes) */
  constructor(keyAndSalt: Buffer) {
    this.keys = deriveSessionKeys(keyAndSalt.subarray(0, 16), keyAndSalt.subarray(16, 30), 0);
  }

  /** The packet; undefined when it is forged, repeated, too late, or no RTP. */
  open(sealed: Buffer): RtpPacket | undefined {
    if (sealed.length < 12 + SRTP_OVERHEAD || sealed[0]! >> 6 !== 2) {
      return undefined;
    }
    const sequence = sealed.readUInt16BE(2);
    const ssrc = sealed.readUInt32BE(8);
    const past = this.past.get(ssrc);
    const rollover = rolloverOf(sequence, past);
    const number = rollover * 2 ** 16 + sequence;
    if (past !== undefined && (past.opened.has(number) || number <= past.newest - WINDOW)) {
      return undefined;
    }
    const body = sealed.subarray(0, -SRTP_OVERHEAD);
    const index = Buffer.alloc(6);
    index.writeUInt32BE(rollover, 0);
    index.writeUInt16BE(sequence, 4);
    const head = headLength(body);
    const genuine = timingSafeEqual(
      srtpTag(this.keys, body, index.subarray(0, 4)),
      sealed.subarray(sealed.length - SRTP_OVERHEAD),
    );
    if (head > body.length || !genuine) {
      return undefined;
    }
    this.past.set(ssrc, withNumber(number, past));
    return {
      payloadType: body[1]! & 0x7f,
      timestamp: body.readUInt32BE(4),
      payload: this.decipher(body.subarray(8, 12), index, body.subarray(head)),
    };
  }

  private decipher(ssrc: Buffer, index: Buffer, bytes: Buffer): Buffer {
    const iv = Buffer.alloc(16);
    this.keys.salt.copy(iv);
    ssrc.forEach((byte, at) => (iv[4 + at]! ^= byte));
    index.forEach((byte, at) => (iv[8 + at]! ^= byte));
    return createCipheriv('aes-128-ctr', this.keys.cipher, iv).update(bytes);
  }
}

function rolloverOf(sequence: number, past: Past | undefined): number {
  if (past === undefined) {
    return 0;
  }
  const rollover = Math.floor(past.newest / 2 ** 16);
  const ahead = sequence - (past.newest % 2 ** 16);
  return ahead < -0x8000 ? rollover + 1 : ahead > 0x8000 ? Math.max(0, rollover - 1) : rollover;
}

function withNumber(number: number, past: Past | undefined): Past {
  const newest = Math.max(number, past?.newest ?? number);
  return { newest, opened: new Set([...(past?.opened ?? []), number].filter((old) => old > newest - WINDOW)) };
}

/** Whether a packet on an RTP port is RTCP: its second byte is a packet type from 192 to 223 (RFC 5761). */
export const isRtcp = (packet: Buffer): boolean => packet.length >= 8 && packet[1]! >= 192 && packet[1]! <= 223;

function headLength(packet: Buffer): number {
  const fixed = 12 + (packet[0]! & 0x0f) * 4;
  const hasExtension = (packet[0]! & 0x10) !== 0 && packet.length >= fixed + 4;
  return hasExtension ? fixed + 4 + packet.readUInt16BE(fixed + 2) * 4 : fixed;
}
