import type { Socket } from 'node:dgram';
import type { Logger } from '../types.js';
import type { NutConsumer } from '../video/nut-reader.js';
import { startNutProcess, type NutProcess } from '../video/nut-process.js';
import { nutFrameHeader, nutHeader } from '../video/nut-writer.js';
import type { CameraStreams, MediaPacket, PacketSource } from '../video/packets.js';
import { feedArguments } from '../video/reader-arguments.js';
import { StreamLog } from '../video/stream-log.js';
import { audioFrom, audioOutput, type WantedAudio } from './audio-policy.js';
import { AudioSender } from './audio-sender.js';
import type { SrtpTarget } from './rtp-stream.js';
import { isRtcp, SrtpReceiver } from './srtp-receiver.js';
import { openPort } from './udp-port.js';

/** Takes what the phone says. */
export interface Mouth {
  /** One encoded frame of sound. @param time s since the first one */
  hear(encoded: Buffer, time: number): void;
  stop(): void;
}

export interface LiveAudioOptions {
  readonly ffmpeg: { readonly path: string };
  readonly name: string;
  readonly logger: Logger;
  readonly camera: PacketSource;
  /** Whether the household has muted the camera's microphone, or its speaker, in Home. */
  readonly muted: () => { readonly microphone: boolean; readonly speaker: boolean };
  /** Begins to pass on what the phone says; undefined where the camera has no mouth. */
  readonly openMouth?: ((wanted: WantedAudio) => Mouth) | undefined;
}

/**
 * The sound of one live view, both ways. HomeKit counts Opus' time in samples of the negotiated rate, ffmpeg always in
 * 48 kHz; so ffmpeg only encodes, and the packets are made, sealed and sent here.
 */
export class LiveAudio {
  private readonly stopping = new AbortController();
  private encoder: { readonly process: NutProcess; readonly end: AbortController } | undefined;
  private unsubscribe: (() => void) | undefined;
  private sender: AudioSender | undefined;
  private mouth: Mouth | undefined;

  private constructor(
    private readonly options: LiveAudioOptions,
    private readonly socket: Socket,
  ) {
    socket.on('error', ({ message }) => options.logger.debug(`${options.name}: the sound's port failed: ${message}`));
  }

  /** Opens the port that sound is sent from and heard on. */
  static async open(options: LiveAudioOptions, ipv6: boolean): Promise<LiveAudio> {
    const socket = await openPort(ipv6);
    return new LiveAudio(options, socket);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** Begins to send the camera's sound, if it has any, and to hear the phone. */
  start(target: SrtpTarget, wanted: WantedAudio): void {
    const sender = new AudioSender(this.socket, target, wanted);
    this.sender = sender;
    this.listen(new SrtpReceiver(target.keyAndSalt), wanted);
    this.unsubscribe = this.options.camera.subscribe({
      connected: (streams) => this.encode(streams, wanted, sender),
      packet: (packet) => this.feed(packet),
      lost: () => this.endEncoder(),
    });
  }

  /** Ends it, with everything it started. */
  stop(): void {
    if (this.stopping.signal.aborted) {
      return;
    }
    this.stopping.abort();
    this.sender?.stop();
    this.unsubscribe?.();
    this.endEncoder();
    this.mouth?.stop();
    this.socket.close();
  }

  private encode(streams: CameraStreams, wanted: WantedAudio, sender: AudioSender): void {
    this.endEncoder();
    const { ffmpeg, logger, name } = this.options;
    if (streams.audio === undefined || this.stopping.signal.aborted) {
      logger.debug(`${name}: the camera has no sound`);
      return;
    }
    const end = new AbortController();
    const consumer: NutConsumer = {
      stream: () => undefined,
      buffer: (size) => Buffer.allocUnsafe(size),
      packet: (data) => {
        if (!this.options.muted().microphone) {
          sender.send(Buffer.from(data.buffer, data.byteOffset, data.length));
        }
      },
    };
    const process = startNutProcess({
      ffmpeg,
      args: [...feedArguments(), ...audioOutput(wanted)],
      signal: end.signal,
      consumer,
      log: new StreamLog(),
    });
    process.stdin.write(nutHeader([streams.audio], 0));
    this.encoder = { process, end };
    void process.ended.then(({ error }) => {
      if (error !== undefined && !end.signal.aborted) {
        logger.warn(`${name}: the sound of the live view failed: ${error.message}`);
      }
    });
  }

  /** Only what is heard from now on: the past of the picture has no sound. */
  private feed({ kind, time, data }: MediaPacket): void {
    const stdin = this.encoder?.process.stdin;
    if (kind === 'audio' && stdin?.writable === true && stdin.writableLength < 1 << 20) {
      stdin.write(nutFrameHeader(data.length, { stream: 0, time, isKey: true }));
      stdin.write(data);
    }
  }

  private listen(receiver: SrtpReceiver, wanted: WantedAudio): void {
    const { openMouth, muted } = this.options;
    let first: number | undefined;
    this.socket.on('message', (message) => {
      if (openMouth === undefined || isRtcp(message) || muted().speaker) {
        return;
      }
      const packet = receiver.open(message);
      if (packet?.payloadType !== wanted.payloadType || packet.payload.length === 0) {
        return;
      }
      first ??= packet.timestamp;
      this.mouth ??= openMouth(wanted);
      const time = ((packet.timestamp - first) >>> 0) / wanted.sampleRate;
      this.mouth.hear(audioFrom(wanted.codec, packet.payload), time);
    });
  }

  private endEncoder(): void {
    this.encoder?.end.abort();
    this.encoder = undefined;
  }
}
