import { connect, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { encodeFrame, FrameReader, largestAnswer, largestRequest } from '../../src/ui-link/frames.js';
import { consent, encoder, jpeg } from '../guestbook/support/fixtures.js';
import type { UiLinkError } from '../../src/ui-link/protocol.js';
import { until } from '../support/wait.js';
import { connectTo, startPlugin, type Plugin } from './support.js';

/** Sends bytes as they are and gives what comes back until the other end closes or falls silent. */
function send({ socketPath }: Plugin, bytes: Uint8Array): Promise<unknown[]> {
  return new Promise((resolve) => {
    const reader = new FrameReader(largestAnswer);
    const replies: unknown[] = [];
    const socket: Socket = connect(socketPath, () => socket.write(bytes));
    const silence = setTimeout(() => socket.destroy(), 1500);
    socket.on('data', (part: Buffer) => {
      reader.push(part).forEach((text) => replies.push(JSON.parse(text)));
      silence.refresh();
      if (replies.length > 0) {
        socket.end();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(silence);
      resolve(replies);
    });
  });
}

const text = (body: string): Buffer => {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(Buffer.byteLength(body));
  return Buffer.concat([header, Buffer.from(body)]);
};
const ask = (type: string, body: unknown): Buffer => encodeFrame({ request: 1, type, body }, largestRequest);

const face = (patch: object): object => ({
  guestId: 'g',
  faces: [{ embedding: Buffer.alloc(16).toString('base64'), encoder, quality: 0.5, source: 'photo', ...patch }],
});
const picture = (bytes: Uint8Array): object => ({
  crop: {
    picture: Buffer.from(bytes).toString('base64'),
    points: [
      { x: 1, y: 1 },
      { x: 2, y: 2 },
    ],
  },
});

const hostile: [string, Uint8Array, string][] = [
  ['a message of four gigabytes', Buffer.from('ffffffff', 'hex'), 'too-large'],
  ['a message just over the limit', Buffer.from([0, 0x10, 0, 1]), 'too-large'],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), 'too-large'],
  ['no JSON', text('hello'), 'invalid'],
  ['an empty message', text(''), 'invalid'],
  ['nesting without end', text('['.repeat(500_000)), 'invalid'],
  ['closed nesting without end', text('['.repeat(400_000) + ']'.repeat(400_000)), 'invalid'],
  [
    'a nested body',
    text(`{"request":1,"type":"guests","body":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
    'invalid',
  ],
  ['no number', text('{"type":"guests"}'), 'invalid'],
  ['a number that is none', text('{"request":"1","type":"guests"}'), 'invalid'],
  ['a field of its own', text('{"request":1,"type":"guests","admin":true}'), 'invalid'],
  ['a request nobody knows', ask('shutdown', {}), 'unknown-request'],
  ['a prototype’s name', ask('__proto__', {}), 'unknown-request'],
  ['an object’s own name', ask('constructor', {}), 'unknown-request'],
  ['a prototype in the body', text('{"request":1,"type":"guests","body":{"__proto__":{"x":1},"y":1}}'), 'invalid'],
  ['a path for a guest', ask('faces', { guestId: '../../../etc/passwd' }), 'guest-unknown'],
  ['a path for a cursor', ask('visits', { limit: 1, before: '../../etc/passwd' }), 'invalid'],
  ['a limit without end', ask('visits', { limit: 1e9 }), 'invalid'],
  ['a guest named with control characters', ask('guest-add', { name: 'a\u0000', consent }), 'invalid'],
  ['a picture of 50,000 × 50,000 pixels', ask('faces-add', face(picture(jpeg(50_000, 50_000, 'X')))), 'invalid'],
  ['a picture that is a script', ask('faces-add', face(picture(Buffer.from('<svg onload=alert(1)>')))), 'invalid'],
  ['an embedding of letters', ask('faces-add', face({ embedding: 'not base64!' })), 'invalid'],
  ['an embedding of odd length', ask('faces-add', face({ embedding: 'AAAAAAA=' })), 'invalid'],
  ['a piece of a transfer of nobody', ask('export-piece', { transfer: 'x', offset: 0 }), 'not-found'],
  ['forgetting everything by accident', ask('forget-everything', {}), 'invalid'],
];

describe('hostile input on the socket', () => {
  it('is refused with a reason each, memory stays bounded, and the plugin keeps answering', async () => {
    const plugin = await startPlugin();
    const { id } = await plugin.book.addGuest({ name: 'Anna', consent });
    const client = await connectTo(plugin);
    for (const [what, bytes, fault] of hostile) {
      const sent = Buffer.from(
        Buffer.from(bytes).toString('latin1').replace('"guestId":"g"', `"guestId":"${id}"`),
        'latin1',
      );
      if (sent.length !== bytes.length) {
        sent.writeUInt32BE(sent.length - 4);
      }
      const replies = await send(plugin, sent);
      expect([what, replies[0]]).toEqual([
        what,
        expect.objectContaining({ error: { fault, message: expect.stringMatching(/\S+ .*\./s) } }),
      ]);
    }
    const { guests } = await client.ask('guests', {});
    expect(guests).toMatchObject([{ name: 'Anna', templates: 0 }]);
    expect(plugin.logger.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('cannot make the plugin hold much memory, nor hinder others', async () => {
    const plugin = await startPlugin();
    const client = await connectTo(plugin);
    const before = process.memoryUsage().rss;
    const sockets = await Promise.all(
      Array.from({ length: 40 }, () => {
        // Announces the largest message and never finishes it.
        const socket = connect(plugin.socketPath, () => {
          socket.write(Buffer.from([0, 0x10, 0, 0]));
          socket.write(Buffer.alloc(900_000, 0x20));
        });
        socket.on('error', () => socket.destroy());
        return new Promise<Socket>((resolve) => setTimeout(() => resolve(socket), 200));
      }),
    );
    expect((await client.ask('guests', {})).guests).toEqual([]);
    // Connections beyond the limit are closed at once.
    await until(
      'most are closed',
      () => sockets.filter((socket) => socket.destroyed || socket.readableEnded).length > 20,
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
    sockets.forEach((socket) => socket.destroy());
    const another = await connectTo(plugin);
    const flood = Array.from({ length: 200 }, () =>
      another.ask('privacy', {}).catch((error: unknown) => (error as UiLinkError).fault),
    );
    const answers = await Promise.all(flood);
    expect(answers).toContain('busy');
    expect(answers.filter((answer) => typeof answer === 'object').length).toBeGreaterThan(0);
    expect((await another.ask('guests', {})).guests).toEqual([]);
  });

  it('a handler that fails is told without its insides', async () => {
    const plugin = await startPlugin({
      status: () => Promise.reject(new Error('rtsp://user:secret@camera')),
    });
    const client = await connectTo(plugin);
    await expect(client.ask('status', {})).rejects.toMatchObject({
      fault: 'failed',
      message: expect.not.stringContaining('secret'),
    });
    expect((await client.ask('guests', {})).guests).toEqual([]);
  });
});

describe('frames', () => {
  it('come out whole however they are cut', () => {
    const bytes = Buffer.concat([{ a: 1 }, 'x'.repeat(300), []].map((message) => encodeFrame(message, 1000)));
    for (const size of [1, 3, 7, 64, bytes.length]) {
      const reader = new FrameReader(1000);
      const texts: string[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        texts.push(...reader.push(bytes.subarray(at, at + size)));
      }
      expect(texts.map((one) => JSON.parse(one) as unknown)).toEqual([{ a: 1 }, 'x'.repeat(300), []]);
      expect(reader.isWaiting).toBe(false);
    }
  });

  it('are not written larger than the other end takes', () => {
    expect(() => encodeFrame('x'.repeat(1000), 1000)).toThrow(RangeError);
  });
});
