import { createCipheriv, createHmac } from 'node:crypto';

const TAG_BYTES = 10;
export const SRTP_OVERHEAD = TAG_BYTES;

export interface SessionKeys {
  readonly cipher: Buffer;
  readonly auth: Buffer;
  readonly salt: Buffer;
}

/** Key derivation of RFC 3711 section 4.3 at rate 0; the labels of RTP begin with 0, those of RTCP with 3. */
export function deriveSessionKeys(key: Buffer, salt: Buffer, firstLabel: number): SessionKeys {
  const make = (label: number, length: number): Buffer => {
    const block = Buffer.alloc(16);
    salt.copy(block);
    block[7]! ^= label;
    return createCipheriv('aes-128-ctr', key, block).update(Buffer.alloc(length));
  };
  return { cipher: make(firstLabel, 16), auth: make(firstLabel + 1, 20), salt: make(firstLabel + 2, 14) };
}

/** Seals packets with AES_CM_128_HMAC_SHA1_80 (RFC 3711). One per direction and SSRC; it counts what it has sealed. */
export class SrtpSender {
  private readonly rtpKeys: SessionKeys;
  private readonly rtcpKeys: SessionKeys;
  private rollover = 0;
  private lastSequence: number | undefined;
  private rtcpIndex = 0;

  /** @param keyAndSalt master key (16 bytes) and master salt (14 bytes) */
  constructor(keyAndSalt: Buffer) {
    const [key, salt] = [keyAndSalt.subarray(0, 16), keyAndSalt.subarray(16, 30)];
    this.rtpKeys = deriveSessionKeys(key, salt, 0);
    this.rtcpKeys = deriveSessionKeys(key, salt, 3);
  }

  /** An RTP packet with a plain header of 12 bytes, in the order of its sequence numbers. */
  rtp(packet: Buffer): Buffer {
    const sequence = packet.readUInt16BE(2);
    if (this.lastSequence !== undefined && sequence < this.lastSequence) {
      this.rollover = (this.rollover + 1) % 2 ** 32;
    }
    this.lastSequence = sequence;
    const index = Buffer.alloc(6);
    index.writeUInt32BE(this.rollover, 0);
    index.writeUInt16BE(sequence, 4);
    const body = encipher(this.rtpKeys, packet, 12, packet.subarray(8, 12), index);
    return Buffer.concat([body, srtpTag(this.rtpKeys, body, index.subarray(0, 4))]);
  }

  rtcp(packet: Buffer): Buffer {
    this.rtcpIndex = (this.rtcpIndex + 1) % 2 ** 31;
    const index = Buffer.alloc(6);
    index.writeUInt32BE(this.rtcpIndex, 2);
    const body = encipher(this.rtcpKeys, packet, 8, packet.subarray(4, 8), index);
    const isEnciphered = Buffer.alloc(4);
    isEnciphered.writeUInt32BE((this.rtcpIndex | 0x80000000) >>> 0);
    const whole = Buffer.concat([body, isEnciphered]);
    return Buffer.concat([whole, srtpTag(this.rtcpKeys, whole)]);
  }
}

/** Everything behind the head, in counter mode; the counter begins with salt, SSRC and the packet's index. */
function encipher(keys: SessionKeys, packet: Buffer, head: number, ssrc: Buffer, index: Buffer): Buffer {
  const iv = Buffer.alloc(16);
  keys.salt.copy(iv);
  ssrc.forEach((byte, at) => (iv[4 + at]! ^= byte));
  index.forEach((byte, at) => (iv[8 + at]! ^= byte));
  const cipher = createCipheriv('aes-128-ctr', keys.cipher, iv);
  return Buffer.concat([packet.subarray(0, head), cipher.update(packet.subarray(head))]);
}

/** The authentication tag of everything given. */
export function srtpTag(keys: SessionKeys, ...parts: Buffer[]): Buffer {
  const hmac = createHmac('sha1', keys.auth);
  parts.forEach((part) => hmac.update(part));
  return hmac.digest().subarray(0, TAG_BYTES);
}
