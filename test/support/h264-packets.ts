import type { RtpPacket } from './srtp.js';

const START = Buffer.from([0, 0, 0, 1]);

/** H.264 RTP packets (RFC 6184, packetisation mode 1) as an Annex B byte stream. Packets after a gap are dropped to the next unit. */
export function annexB(packets: readonly RtpPacket[]): Buffer {
  const parts: Buffer[] = [];
  let fragment: Buffer[] | undefined;
  let expected: number | undefined;
  for (const { payload, sequence } of packets) {
    const continuous = expected === undefined || sequence === expected;
    expected = (sequence + 1) & 0xffff;
    const kind = payload[0]! & 31;
    if (kind === 28) {
      const isStart = (payload[1]! & 0x80) !== 0;
      if (isStart) {
        fragment = [START, Buffer.from([(payload[0]! & 0xe0) | (payload[1]! & 31)]), payload.subarray(2)];
      } else if (continuous) {
        fragment?.push(payload.subarray(2));
      } else {
        fragment = undefined;
      }
      if ((payload[1]! & 0x40) !== 0) {
        parts.push(...(fragment ?? []));
        fragment = undefined;
      }
    } else if (kind === 24) {
      for (let at = 1; at + 2 <= payload.length;) {
        const length = payload.readUInt16BE(at);
        parts.push(START, payload.subarray(at + 2, at + 2 + length));
        at += 2 + length;
      }
    } else if (kind > 0 && kind < 24) {
      parts.push(START, payload);
    }
  }
  return Buffer.concat(parts);
}
