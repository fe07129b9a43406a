import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import parser from 'hap-nodejs/dist/lib/datastream/DataStreamParser.js';
import { decodeTlv8, encodeTlv8 } from './tlv8.js';

const { DataStreamParser, DataStreamReader, DataStreamWriter } = parser;

/** How the stream is asked for: by the HomeKit session that is there. */
export interface DataStreamSetup {
  /** Writes Setup Data Stream Transport and returns the answer. */
  write(request: Buffer): Promise<Buffer>;
  /** The session's shared secret from Pair Verify. */
  readonly sharedSecret: Buffer;
  readonly host: string;
}

export interface DataStreamMessage {
  readonly protocol: string;
  readonly topic: string;
  readonly kind: 'event' | 'request' | 'response';
  readonly id?: number;
  readonly status?: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const TAG = 16;

/** A HomeKit Data Stream from the controller's side: frames sealed with ChaCha20-Poly1305 over TCP. */
export class DataStream {
  /** Everything received, in order. */
  readonly messages: DataStreamMessage[] = [];
  closed = false;
  private readonly arrivals = new EventEmitter();
  private pending = Buffer.alloc(0);
  private sent = 0n;
  private opened = 0n;
  private requests = 0;

  private constructor(
    private readonly socket: Socket,
    private readonly keys: { readonly read: Buffer; readonly write: Buffer },
  ) {
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.closed = true;
      this.arrivals.emit('message');
    });
  }

  /** Negotiates, connects and says hello. */
  static async open(setup: DataStreamSetup): Promise<DataStream> {
    const salt = randomBytes(32);
    const answer = decodeTlv8(await setup.write(encodeTlv8([1, 0], [2, 0], [3, salt])));
    const port = decodeTlv8(answer.get(2)!).get(1)!.readUInt16LE();
    const bothSalts = Buffer.concat([salt, answer.get(3)!]);
    const key = (info: string): Buffer => Buffer.from(hkdfSync('sha512', setup.sharedSecret, bothSalts, info, 32));
    const socket = connect(port, setup.host);
    await once(socket, 'connect');
    const stream = new DataStream(socket, {
      read: key('HDS-Read-Encryption-Key'),
      write: key('HDS-Write-Encryption-Key'),
    });
    await stream.request('control', 'hello', {});
    return stream;
  }

  async request(protocol: string, topic: string, body: Record<string, unknown>): Promise<DataStreamMessage> {
    const id = ++this.requests;
    this.send({ protocol, request: topic, id: new parser.Int64(id) }, body);
    return this.received((message) => message.kind === 'response' && message.id === id);
  }

  event(protocol: string, topic: string, body: Record<string, unknown>): void {
    this.send({ protocol, event: topic }, body);
  }

  /** The first message that matches, there or to come. @throws when none comes in time */
  async received(matches: (message: DataStreamMessage) => boolean, timeoutMs = 20_000): Promise<DataStreamMessage> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const found = this.messages.find(matches);
      if (found !== undefined) {
        return found;
      }
      const left = until - performance.now();
      if (left <= 0 || this.closed) {
        const told = this.messages.map(({ protocol, topic, kind }) => `${protocol}.${topic} ${kind}`);
        throw new Error(`no such message (${this.closed ? 'closed' : 'late'}); there were: ${told.join(', ')}`);
      }
      await Promise.race([once(this.arrivals, 'message'), new Promise((resolve) => setTimeout(resolve, left))]);
    }
  }

  close(): void {
    this.socket.destroy();
  }

  private send(header: object, body: object): void {
    const [headerBytes, bodyBytes] = [encode(header), encode(body)];
    const payload = Buffer.concat([Buffer.from([headerBytes.length]), headerBytes, bodyBytes]);
    const frame = Buffer.alloc(4);
    frame.writeUInt32BE(payload.length);
    frame[0] = 1;
    const cipher = createCipheriv('chacha20-poly1305', this.keys.write, nonce(this.sent++), { authTagLength: TAG });
    cipher.setAAD(frame, { plaintextLength: payload.length });
    this.socket.write(Buffer.concat([frame, cipher.update(payload), cipher.final(), cipher.getAuthTag()]));
  }

  private receive(chunk: Buffer): void {
    this.pending = Buffer.concat([this.pending, chunk]);
    for (let length = this.frameLength(); length !== undefined; length = this.frameLength()) {
      const [head, sealed] = [this.pending.subarray(0, 4), this.pending.subarray(4, 4 + length)];
      const tag = this.pending.subarray(4 + length, 4 + length + TAG);
      const decipher = createDecipheriv('chacha20-poly1305', this.keys.read, nonce(this.opened++), {
        authTagLength: TAG,
      });
      decipher.setAAD(head, { plaintextLength: length });
      decipher.setAuthTag(tag);
      const payload = Buffer.concat([decipher.update(sealed), decipher.final()]);
      this.pending = this.pending.subarray(4 + length + TAG);
      this.messages.push(messageOf(payload));
      this.arrivals.emit('message');
    }
  }

  private frameLength(): number | undefined {
    const length = this.pending.length < 4 ? Infinity : this.pending.readUIntBE(1, 3);
    return this.pending.length >= 4 + length + TAG ? length : undefined;
  }
}

function messageOf(payload: Buffer): DataStreamMessage {
  const headerLength = payload[0]!;
  const header = decode(payload.subarray(1, 1 + headerLength));
  const body = decode(payload.subarray(1 + headerLength));
  const kind = header['event'] !== undefined ? 'event' : header['request'] !== undefined ? 'request' : 'response';
  return {
    protocol: String(header['protocol']),
    topic: String(header[kind]),
    kind,
    ...(header['id'] !== undefined && { id: Number(header['id']) }),
    ...(header['status'] !== undefined && { status: Number(header['status']) }),
    body,
  };
}

function encode(value: object): Buffer {
  const writer = new DataStreamWriter();
  DataStreamParser.encode(value, writer);
  return Buffer.from(writer.getData());
}

function decode(bytes: Buffer): Record<string, unknown> {
  return DataStreamParser.decode(new DataStreamReader(bytes)) as Record<string, unknown>;
}

function nonce(counter: bigint): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64LE(counter, 4);
  return bytes;
}
