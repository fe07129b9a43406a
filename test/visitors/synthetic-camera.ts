import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { splitNalUnits, toAccessUnits, type AccessUnit } from '../support/h264.js';
import { RtspServer, type RtspServerOptions } from '../support/rtsp-server.js';
import type { Light } from './light.js';
import type { Performer, Presence } from './performer.js';
import { Scene } from './scene.js';

export interface SyntheticCameraOptions extends Omit<RtspServerOptions, 'clip'> {
  readonly ffmpegPath: string;
  /** Default 1280 × 720 at 10 frames per second. */
  readonly width?: number;
  readonly height?: number;
  readonly framesPerSecond?: number;
  readonly light?: Light;
}

/** With access unit delimiters every coded picture begins with these bytes. */
const delimiter = Buffer.from([0, 0, 0, 1, 9]);

/**
 * A doorbell's camera that never ends: the scene is drawn, coded and sent in real time over RTSP, and who stands
 * before it can be changed at any moment.
 */
export class SyntheticCamera {
  readonly server: RtspServer;
  /** Who was in the newest frame. */
  present: readonly Presence[] = [];
  private readonly startedAt = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private pending: Buffer = Buffer.alloc(0);
  private readonly takenAt: number[] = [];
  private drawing: Promise<void> = Promise.resolve();

  private constructor(
    server: RtspServer,
    readonly scene: Scene,
    private readonly encoder: ChildProcessByStdio<Writable, Readable, null>,
    private readonly framesPerSecond: number,
  ) {
    this.server = server;
    encoder.stdin.on('error', () => undefined);
    encoder.stdout.on('data', (bytes: Buffer) => this.cut(bytes));
  }

  static async start(options: SyntheticCameraOptions): Promise<SyntheticCamera> {
    const { ffmpegPath, width = 1280, height = 720, framesPerSecond = 10, light, ...serving } = options;
    const scene = new Scene([], { width, height, light });
    const server = await RtspServer.start({ ...serving, clip: { accessUnits: [], framesPerSecond } });
    const args = [
      ...[
        '-v',
        'error',
        '-f',
        'rawvideo',
        '-pix_fmt',
        'rgb24',
        '-s',
        `${width}x${height}`,
        '-r',
        String(framesPerSecond),
      ],
      ...['-i', 'pipe:0', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-bf', '0', '-crf', '20'],
      ...['-g', String(framesPerSecond), '-x264-params', 'scenecut=0:repeat-headers=1:aud=1', '-pix_fmt', 'yuv420p'],
      ...['-flush_packets', '1', '-f', 'h264', 'pipe:1'],
    ];
    const encoder = spawn(ffmpegPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const camera = new SyntheticCamera(server, scene, encoder, framesPerSecond);
    camera.timer = setTimeout(() => camera.tick(0), 0);
    return camera;
  }

  get url(): string {
    return this.server.url;
  }

  /** The scene's time, ms: what behaviours refer to. */
  get now(): number {
    return performance.now() - this.startedAt;
  }

  /** From the next frame on exactly these are there. Nobody: an empty porch. */
  show(...performers: readonly Performer[]): void {
    this.scene.performers = performers;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.drawing;
    if (this.encoder.exitCode === null && this.encoder.signalCode === null) {
      const exited = once(this.encoder, 'exit');
      this.encoder.kill('SIGKILL');
      await exited;
    }
    await this.server.stop();
  }

  /** Draws the frame that is due and plans the next; frames that come too late are left out. */
  private tick(frame: number): void {
    this.drawing = this.draw().then(() => {
      if (!this.stopped) {
        const next = Math.max(frame + 1, Math.floor((this.now * this.framesPerSecond) / 1000));
        const wait = Math.max(0, (1000 * next) / this.framesPerSecond - this.now);
        this.timer = setTimeout(() => this.tick(next), wait);
      }
    });
  }

  private async draw(): Promise<void> {
    const taken = Date.now();
    const { rgb, present } = await this.scene.render(this.now);
    this.present = present;
    if (!this.stopped && !this.encoder.stdin.writableNeedDrain) {
      this.takenAt.push(taken);
      this.encoder.stdin.write(rgb.slice());
    }
  }

  /** Cuts the encoder's output into pictures and sends each with the time it was taken. */
  private cut(bytes: Buffer): void {
    this.pending = Buffer.concat([this.pending, bytes]);
    for (;;) {
      const next = this.pending.indexOf(delimiter, 1);
      if (next < 0) {
        return;
      }
      const picture: AccessUnit | undefined = toAccessUnits(splitNalUnits(this.pending.subarray(0, next)))[0];
      this.pending = this.pending.subarray(next);
      if (picture !== undefined) {
        this.server.push(picture, this.takenAt.shift() ?? Date.now());
      }
    }
  }
}
