import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SrtpReceiver } from '../../src/homekit/srtp-receiver.js';
import { SrtpSender } from '../../src/homekit/srtp.js';

const keyAndSalt = randomBytes(30);

/** Sealed packets with these sequence numbers, sealed in this order; each says its place. */
function sealed(sequences: readonly number[]): Buffer[] {
  const sender = new SrtpSender(keyAndSalt);
  return sequences.map((sequence, at) => {
    const packet = Buffer.alloc(13);
    packet[0] = 0x80;
    packet.writeUInt16BE(sequence, 2);
    packet[12] = at;
    return sender.rtp(packet);
  });
}

const heard = (packets: readonly Buffer[]): (number | undefined)[] => {
  const receiver = new SrtpReceiver(keyAndSalt);
  return packets.map((packet) => receiver.open(packet)?.payload[0]);
};

describe('sealed sound from the phone', () => {
  it('is opened also when it comes out of order, across the end of the sequence numbers', () => {
    const [a, b, c, d] = sealed([65_534, 65_535, 0, 1]) as [Buffer, Buffer, Buffer, Buffer];
    expect(heard([a, c, b, d])).toEqual([0, 2, 1, 3]);
  });

  it('is not opened twice, nor long after its time, nor when it was changed', () => {
    const packets = sealed(Array.from({ length: 100 }, (_, at) => at));
    const [first, second] = packets as [Buffer, Buffer];
    expect(heard([first, first])).toEqual([0, undefined]);
    expect(heard([first, packets[99]!, second])).toEqual([0, 99, undefined]);
    const changed = Buffer.from(first);
    changed[12]! ^= 1;
    expect(heard([changed, first])).toEqual([undefined, 0]);
  });
});
