import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { h264Payloads } from '../../src/homekit/rtp-h264.js';
import { RtpSender } from '../../src/homekit/rtp-sender.js';
import { SrtpSender } from '../../src/homekit/srtp.js';
import { nalUnits } from '../../src/video/h264.js';
import { annexB } from '../support/h264-packets.js';
import { isRtcp, SrtpReceiver, type RtpPacket } from '../support/srtp.js';
import { until } from '../support/wait.js';

const START = Buffer.from([0, 0, 0, 1]);
const unit = (type: number, length: number): Buffer => Buffer.concat([Buffer.from([0x60 | type]), filled(length - 1)]);
/** Bytes without a start code in them. */
const filled = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => 1 + (at % 250)));
const stream = (...units: Buffer[]): Buffer => Buffer.concat(units.flatMap((one) => [START, one]));
const parameterSets = stream(unit(7, 12), unit(8, 5));

describe('a picture in RTP payloads', () => {
  const received = (payloads: readonly Buffer[]): Buffer =>
    annexB(payloads.map((payload, sequence) => ({ payload, sequence }) as RtpPacket));

  it('comes out as it went in, in packets that fit', () => {
    const picture = stream(unit(5, 9000), unit(5, 1000), unit(5, 20));
    const payloads = h264Payloads(picture, true, parameterSets, 1200);
    expect(Math.max(...payloads.map(({ length }) => length))).toBeLessThanOrEqual(1200);
    expect(received(payloads)).toEqual(Buffer.concat([parameterSets, picture]));
  });

  it('brings parameter sets with key frames only, and once', () => {
    const own = stream(unit(7, 30), unit(8, 9), unit(5, 40));
    expect(received(h264Payloads(own, true, parameterSets, 1200))).toEqual(own);
    expect(received(h264Payloads(stream(unit(1, 40)), false, parameterSets, 1200))).toEqual(stream(unit(1, 40)));
  });

  it('goes without delimiters and filling', () => {
    expect(received(h264Payloads(stream(unit(9, 2), unit(1, 40), unit(12, 99)), false, parameterSets, 1200))).toEqual(
      stream(unit(1, 40)),
    );
  });

  it('is found behind start codes of three and four bytes', () => {
    const bytes = Buffer.concat([START, unit(7, 5), START.subarray(1), unit(8, 4), START, unit(5, 6)]);
    expect(nalUnits(bytes).map(({ length }) => length)).toEqual([5, 4, 6]);
  });
});

describe('a sealed packet', () => {
  it('opens over more than one turn of the sequence numbers', () => {
    const keyAndSalt = randomBytes(30);
    const sender = new SrtpSender(keyAndSalt);
    const receiver = new SrtpReceiver(keyAndSalt.subarray(0, 16), keyAndSalt.subarray(16));
    for (let index = 0; index < 2 * 65_536 + 10; index += 1 + (index % 7)) {
      const packet = Buffer.concat([Buffer.alloc(12), Buffer.from(`picture ${index}`)]);
      packet[0] = 0x80;
      packet.writeUInt16BE(index & 0xffff, 2);
      if (receiver.open(sender.rtp(packet))?.payload.toString() !== `picture ${index}`) {
        throw new Error(`packet ${index} cannot be opened`);
      }
    }
  });
});

describe('what a phone is sent', () => {
  let from: Socket;
  let phone: Socket;
  let sender: RtpSender | undefined;
  const keyAndSalt = randomBytes(30);
  let packets: RtpPacket[];
  let reports: Buffer[];

  beforeEach(async () => {
    [from, phone] = [createSocket('udp4'), createSocket('udp4')];
    for (const socket of [from, phone]) {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
    }
    const receiver = new SrtpReceiver(keyAndSalt.subarray(0, 16), keyAndSalt.subarray(16));
    [packets, reports] = [[], []];
    phone.on('message', (message) => {
      if (isRtcp(message)) {
        reports.push(message);
      } else {
        packets.push(receiver.open(message)!);
      }
    });
    const target = { address: '127.0.0.1', port: phone.address().port, keyAndSalt, ssrc: 77 };
    sender = new RtpSender(from, target, { pt: 99, mtu: 1378, rtcp_interval: 0.5 });
  });
  afterEach(() => {
    sender?.stop();
    [from, phone].forEach((socket) => socket.close());
  });

  it('is one stream, although its source changes, with a mark on each picture’s last packet', async () => {
    sender!.send(stream(unit(5, 60_000)), 10, true, parameterSets);
    sender!.send(stream(unit(1, 3000)), 10.04, false, parameterSets);
    sender!.restart();
    sender!.send(stream(unit(5, 900)), 0, true, parameterSets);
    sender!.send(stream(unit(1, 900)), 0.04, false, parameterSets);
    await until('the packets', () => packets.filter(({ marker }) => marker).length === 4);
    const steps = packets.slice(1).map(({ sequence }, index) => (sequence - packets[index]!.sequence) & 0xffff);
    expect(new Set(steps)).toEqual(new Set([1]));
    const times = packets.filter(({ marker }) => marker).map(({ timestamp }) => timestamp);
    expect(times[1]! - times[0]!).toBe(3600);
    expect(times[2]! - times[1]!).toBeGreaterThan(0);
    expect(times[2]! - times[1]!).toBeLessThan(90_000);
    expect(times[3]! - times[2]!).toBe(3600);
    expect(new Set(packets.map(({ ssrc, payloadType }) => `${ssrc} ${payloadType}`))).toEqual(new Set(['77 99']));
  });

  it('is reported about, sealed, at the interval the phone asked for', async () => {
    sender!.send(stream(unit(5, 100)), 0, true, parameterSets);
    await until('two reports', () => reports.length >= 2);
    // Sender report and source description (48 bytes), index and seal.
    expect(reports[0]!.length).toBe(48 + 4 + 10);
    expect(reports[0]![1]).toBe(200);
    expect(reports[1]!.readUInt32BE(48) - 0x80000000).toBe(2);
  });

  it('ends at once', async () => {
    sender!.stop();
    sender!.send(stream(unit(5, 100)), 0, true, parameterSets);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(packets).toEqual([]);
  });
});
