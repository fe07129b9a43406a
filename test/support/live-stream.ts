import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { annexB } from './h264-packets.js';
import { isRtcp, receiverReport, SrtpReceiver, type RtpPacket } from './srtp.js';
import { decodeTlv8, encodeTlv8, float32, uint16, uint32 } from './tlv8.js';
import { until } from './wait.js';

/** How the live view reaches the camera's stream management service. */
export interface StreamManagement {
  /** Writes Setup Endpoints and reads the answer. */
  setup(request: Buffer): Promise<Buffer>;
  /** Writes Selected RTP Stream Configuration. */
  select(configuration: Buffer): Promise<void>;
}

/** What the phone asks for. */
export interface LiveWish {
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  /** kbit/s */
  readonly bitrate?: number;
  /** Seconds between receiver reports. */
  readonly rtcpInterval?: number;
}

const PAYLOAD_TYPE = 99;
const IDR = 5;
const FRAGMENT = 28;
const [END, START, RECONFIGURE] = [0, 1, 4];

/** A decoded picture in grey, 8 bits a sample. */
export interface GreyFrame {
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

/** A phone watching: negotiates, receives and opens SRTP, keeps the session alive by receiver reports. */
export class LiveStream {
  readonly packets: RtpPacket[] = [];
  /** The sound: encoded, in the order it came. */
  readonly sound: RtpPacket[] = [];
  /** Packets whose seal was broken. */
  forged = 0;
  /** When the first and the last good packet came, by `performance.now()`; undefined before. */
  firstPacketAt?: number;
  lastPacketAt?: number;
  /** When the first key frame was complete: a phone shows its first picture then. */
  firstPictureAt?: number;
  private sawKey = false;
  private reports?: NodeJS.Timeout;
  private reportIndex = 0;

  private constructor(
    private readonly management: StreamManagement,
    private readonly socket: Socket,
    private readonly id: Buffer,
    readonly ssrc: number,
    private readonly camera: { readonly address: string; readonly port: number },
    private readonly keys: { readonly key: Buffer; readonly salt: Buffer },
    private readonly ear: Socket,
  ) {
    const soundReceiver = new SrtpReceiver(keys.key, keys.salt);
    ear.on('message', (message) => {
      const packet = isRtcp(message) ? undefined : soundReceiver.open(message);
      if (packet !== undefined) {
        this.sound.push(packet);
      } else if (!isRtcp(message)) {
        this.forged++;
      }
    });
    const receiver = new SrtpReceiver(keys.key, keys.salt);
    socket.on('message', (message) => {
      if (isRtcp(message)) {
        return;
      }
      const packet = receiver.open(message);
      if (packet === undefined) {
        this.forged++;
        return;
      }
      this.lastPacketAt = performance.now();
      this.firstPacketAt ??= this.lastPacketAt;
      this.packets.push(packet);
      this.sawKey ||= nalTypeOf(packet) === IDR;
      if (this.sawKey && packet.marker) {
        this.firstPictureAt ??= this.lastPacketAt;
      }
    });
  }

  /** Sets up endpoints and starts the stream. */
  static async start(management: StreamManagement, wish: LiveWish = {}): Promise<LiveStream> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.setRecvBufferSize(4 << 20);
    const { port } = socket.address();
    const ear = createSocket('udp4');
    ear.bind(0, '127.0.0.1');
    await once(ear, 'listening');
    const [id, key, salt] = [randomBytes(16), randomBytes(16), randomBytes(14)];
    const srtp = encodeTlv8([1, 0], [2, key], [3, salt]);
    const address = encodeTlv8(
      [1, 0],
      [2, Buffer.from('127.0.0.1')],
      [3, uint16(port)],
      [4, uint16(ear.address().port)],
    );
    const answer = decodeTlv8(await management.setup(encodeTlv8([1, id], [3, address], [4, srtp], [5, srtp])));
    const status = answer.get(2)?.[0];
    if (status !== 0) {
      socket.close();
      ear.close();
      throw new Error(`Setup Endpoints answered status ${String(status)}`);
    }
    const endpoint = decodeTlv8(answer.get(3)!);
    const camera = { address: '127.0.0.1', port: endpoint.get(3)!.readUInt16LE() };
    const stream = new LiveStream(management, socket, id, answer.get(6)!.readUInt32LE(), camera, { key, salt }, ear);
    const interval = wish.rtcpInterval ?? 0.5;
    try {
      await management.select(stream.configuration(wish, interval));
    } catch (error) {
      socket.close();
      ear.close();
      throw error;
    }
    stream.reports = setInterval(() => stream.report(), interval * 1000);
    return stream;
  }

  /** Waits until so many packets came. @throws when they do not come in time */
  async received(count: number, timeoutMs = 15_000): Promise<void> {
    const until = performance.now() + timeoutMs;
    while (this.packets.length < count) {
      if (performance.now() > until) {
        throw new Error(
          `only ${this.packets.length} of ${count} packets within ${timeoutMs} ms (${this.forged} forged)`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits until a phone would show a picture. @throws when none is complete in time */
  async pictured(timeoutMs = 15_000): Promise<void> {
    const until = performance.now() + timeoutMs;
    while (this.firstPictureAt === undefined) {
      if (performance.now() > until) {
        throw new Error(`no picture within ${timeoutMs} ms, in ${this.packets.length} packets`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** What was received, decoded by ffmpeg to whole frames. */
  async frames(ffmpegPath: string): Promise<GreyFrame[]> {
    return decodeH264(ffmpegPath, annexB(this.packets));
  }

  /** Ends the session as a phone does. */
  async stop(): Promise<void> {
    this.close();
    await this.management.select(encodeTlv8([1, encodeTlv8([1, this.id], [2, END])]));
  }

  /** Asks for other pictures in mid session. */
  async reconfigure(wish: LiveWish): Promise<void> {
    await this.management.select(this.configuration(wish, wish.rtcpInterval ?? 0.5, RECONFIGURE));
  }

  /** Goes away without a word. */
  vanish(): void {
    this.close();
  }

  /** The same, once it has reported: whoever never did is waited for longer. */
  async vanishInTheMiddle(): Promise<void> {
    await until('its first report', () => this.reportIndex > 0);
    this.vanish();
  }

  /** Stops its reports, but its port still takes what comes: a phone that lost its way back. */
  mute(): void {
    clearInterval(this.reports);
  }

  private close(): void {
    clearInterval(this.reports);
    this.socket.close();
    this.ear.close();
  }

  private report(): void {
    const report = receiverReport(this.ssrc, ++this.reportIndex, this.keys.key, this.keys.salt);
    this.socket.send(report, this.camera.port, this.camera.address);
  }

  private configuration(wish: LiveWish, interval: number, command = START): Buffer {
    const { width = 1280, height = 720, fps = 30, bitrate = 299 } = wish;
    const video = encodeTlv8(
      [1, 0],
      [2, encodeTlv8([1, 1], [2, 0], [3, 0])],
      [3, encodeTlv8([1, uint16(width)], [2, uint16(height)], [3, fps])],
      [
        4,
        encodeTlv8(
          [1, PAYLOAD_TYPE],
          [2, uint32(this.ssrc)],
          [3, uint16(bitrate)],
          [4, float32(interval)],
          [5, uint16(1378)],
        ),
      ],
    );
    const audio = encodeTlv8(
      [1, 3],
      [2, encodeTlv8([1, 1], [2, 0], [3, 1], [4, 20])],
      [3, encodeTlv8([1, 110], [2, uint32(this.ssrc + 1)], [3, uint16(24)], [4, float32(5)], [6, 13])],
      [4, 0],
    );
    const control = encodeTlv8([1, this.id], [2, command]);
    return command === RECONFIGURE
      ? encodeTlv8([1, control], [2, video])
      : encodeTlv8([1, control], [2, video], [3, audio]);
  }
}

/** The type of the NAL unit that a packet carries, or a piece of. */
function nalTypeOf({ payload }: RtpPacket): number {
  const type = (payload[0] ?? 0) & 31;
  return type === FRAGMENT ? (payload[1] ?? 0) & 31 : type;
}

/** Decodes an Annex B stream; every frame comes back in the size of the first. */
export async function decodeH264(ffmpegPath: string, bytes: Buffer): Promise<GreyFrame[]> {
  const args = [
    '-hide_banner',
    '-loglevel',
    'info',
    '-f',
    'h264',
    '-i',
    'pipe:0',
    '-f',
    'rawvideo',
    '-pix_fmt',
    'gray',
    '-',
  ];
  const child = spawn(ffmpegPath, args, { stdio: 'pipe' });
  const chunks: Buffer[] = [];
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (text: Buffer) => (log += text.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(bytes);
  const closed = once(child, 'close');
  await closed;
  const size = /Video: rawvideo.*?, (\d+)x(\d+)/.exec(log);
  if (size === null) {
    throw new Error(`ffmpeg decoded nothing: ${log.slice(-500)}`);
  }
  const [width, height] = [Number(size[1]), Number(size[2])];
  const all = Buffer.concat(chunks);
  return Array.from({ length: Math.floor(all.length / (width * height)) }, (_, index) => ({
    width,
    height,
    pixels: all.subarray(index * width * height, (index + 1) * width * height),
  }));
}
