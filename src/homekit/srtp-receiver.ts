import { createCipheriv, timingSafeEqual } from 'node:crypto';
import { deriveSessionKeys, srtpTag, SRTP_OVERHEAD, type SessionKeys } from './srtp.js';

/** A packet in the clear. */
export interface RtpPacket {
  readonly payloadType: number;
  /** In the stream's clock. */
  readonly timestamp: number;
  readonly payload: Buffer;
}

/** Opens what comes from one sender, sealed with AES_CM_128_HMAC_SHA1_80 (RFC 3711). */
export class SrtpReceiver {
  private readonly keys: SessionKeys;
  private rollover = 0;
  private highest: number | undefined;

  /** @param keyAndSalt master key (16 bytes) and master salt (14 bytes) */
  constructor(keyAndSalt: Buffer) {
    this.keys = deriveSessionKeys(keyAndSalt.subarray(0, 16), keyAndSalt.subarray(16, 30), 0);
  }

  /** The packet; undefined when it is forged, or no RTP. */
  open(sealed: Buffer): RtpPacket | undefined {
    if (sealed.length < 12 + SRTP_OVERHEAD || sealed[0]! >> 6 !== 2) {
      return undefined;
    }
    const sequence = sealed.readUInt16BE(2);
    const rollover = this.rolloverOf(sequence);
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
    if (this.highest === undefined || rollover > this.rollover || sequence > this.highest) {
      this.rollover = rollover;
      this.highest = sequence;
    }
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

  private rolloverOf(sequence: number): number {
    const { highest, rollover } = this;
    if (highest !== undefined && highest - sequence > 0x8000) {
      return rollover + 1;
    }
    return highest !== undefined && sequence - highest > 0x8000 ? Math.max(0, rollover - 1) : rollover;
  }
}

/** Whether a packet on an RTP port is RTCP: its second byte is a packet type from 192 to 223 (RFC 5761). */
export const isRtcp = (packet: Buffer): boolean => packet.length >= 8 && packet[1]! >= 192 && packet[1]! <= 223;

function headLength(packet: Buffer): number {
  const fixed = 12 + (packet[0]! & 0x0f) * 4;
  const hasExtension = (packet[0]! & 0x10) !== 0 && packet.length >= fixed + 4;
  return hasExtension ? fixed + 4 + packet.readUInt16BE(fixed + 2) * 4 : fixed;
}
