import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

/** An RTP packet in the clear. */
export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

const TAG = 10;

/** Session keys by RFC 3711 section 4.3, key derivation rate 0. */
function sessionKey(master: Buffer, salt: Buffer, label: number, length: number): Buffer {
  const block = Buffer.alloc(16);
  salt.copy(block);
  block[7]! ^= label;
  return createCipheriv('aes-128-ctr', master, block).update(Buffer.alloc(length));
}

/** Opens SRTP packets sealed with AES_CM_128_HMAC_SHA1_80 (RFC 3711), in the order they come. */
export class SrtpReceiver {
  private readonly keys: { readonly cipher: Buffer; readonly auth: Buffer; readonly salt: Buffer };
  private rollover = 0;
  private highest?: number;

  constructor(masterKey: Buffer, masterSalt: Buffer) {
    this.keys = {
      cipher: sessionKey(masterKey, masterSalt, 0, 16),
      auth: sessionKey(masterKey, masterSalt, 1, 20),
      salt: sessionKey(masterKey, masterSalt, 2, 14),
    };
  }

  /** The packet in the clear, or undefined when its authentication tag is wrong. */
  open(sealed: Buffer): RtpPacket | undefined {
    const sequence = sealed.readUInt16BE(2);
    const rollover = this.rolloverOf(sequence);
    const body = sealed.subarray(0, -TAG);
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(rollover);
    const tag = createHmac('sha1', this.keys.auth).update(body).update(counter).digest().subarray(0, TAG);
    if (!tag.equals(sealed.subarray(-TAG))) {
      return undefined;
    }
    if (this.highest === undefined || rollover > this.rollover || sequence > this.highest) {
      this.rollover = rollover;
      this.highest = sequence;
    }
    const header = headerLength(body);
    return {
      payloadType: body[1]! & 0x7f,
      marker: (body[1]! & 0x80) !== 0,
      sequence,
      timestamp: body.readUInt32BE(4),
      ssrc: body.readUInt32BE(8),
      payload: this.decipher(body, header, rollover),
    };
  }

  private decipher(body: Buffer, header: number, rollover: number): Buffer {
    const iv = Buffer.alloc(16);
    this.keys.salt.copy(iv);
    const index = Buffer.alloc(10);
    body.copy(index, 0, 8, 12);
    index.writeUInt32BE(rollover, 4);
    body.copy(index, 8, 2, 4);
    index.forEach((byte, at) => (iv[4 + at]! ^= byte));
    return createDecipheriv('aes-128-ctr', this.keys.cipher, iv).update(body.subarray(header));
  }

  private rolloverOf(sequence: number): number {
    if (this.highest !== undefined && this.highest - sequence > 0x8000) {
      return this.rollover + 1;
    }
    return this.highest !== undefined && sequence - this.highest > 0x8000 ? this.rollover - 1 : this.rollover;
  }
}

/** Whether a packet on an RTP port is RTCP: its second byte is a packet type from 192 to 223 (RFC 5761). */
export const isRtcp = (packet: Buffer): boolean => packet.length >= 8 && packet[1]! >= 192 && packet[1]! <= 223;

/** An empty receiver report as SRTCP, authenticated and not enciphered. */
export function receiverReport(ssrc: number, index: number, masterKey: Buffer, masterSalt: Buffer): Buffer {
  const report = Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  report.writeUInt32BE(ssrc, 4);
  report.writeUInt32BE(index, 8);
  const auth = sessionKey(masterKey, masterSalt, 4, 20);
  return Buffer.concat([report, createHmac('sha1', auth).update(report).digest().subarray(0, TAG)]);
}

function headerLength(packet: Buffer): number {
  const fixed = 12 + (packet[0]! & 0x0f) * 4;
  return (packet[0]! & 0x10) === 0 ? fixed : fixed + 4 + packet.readUInt16BE(fixed + 2) * 4;
}
