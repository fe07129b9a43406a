import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { findFfmpeg } from '../../src/video/ffmpeg.js';
import { encodeFrames, RtspServer } from '../../test/support/rtsp-server.js';
import { framesOf, Scene } from '../../test/visitors/index.js';
import { Child, cpuSeconds } from './child.js';
import { quiet } from './household.js';
import { daylight } from './reel.js';

/** CPU seconds per second of the stream, that is shares of one core. */
export interface IdlePorch {
  /** Doorman's connections to the camera, counted there. */
  readonly connections: number;
  readonly seconds: number;
  readonly streamFramesPerSecond: number;
  readonly ffmpegVersion: string;
  /** Doorman's ffmpeg, reader, gate, sweeps of the whole picture, visits. */
  readonly doorman: number;
  /** Of that, Node's share: everything but ffmpeg. */
  readonly node: number;
  /** `ffmpeg -i … -f null -` */
  readonly plain: number;
}

const STREAM_RATE = 15;

export interface IdleOptions {
  /** Beside recognition, a prebuffer is kept and one viewer watches the copied stream, all from the one connection. */
  readonly shared?: boolean;
}

/** Somebody else decodes the same stream at the same time: whatever else the machine does befalls both. */
export async function idlePorch(seconds = 40, { shared = false }: IdleOptions = {}): Promise<IdlePorch> {
  const ffmpeg = await findFfmpeg({ logger: quiet });
  const size = { width: 1920, height: 1080 };
  const scene = new Scene([], { ...size, light: daylight });
  const clip = await encodeFrames(ffmpeg, pictures(scene), { ...size, framesPerSecond: STREAM_RATE });
  const server = await RtspServer.start({ clip });
  const child = Child.start<IdleInput, 'watching'>('./idle-process.ts');
  let plain: ReturnType<typeof spawn> | undefined;
  try {
    await child.ask({ url: server.url, shared });
    const connections = server.watchers;
    plain = spawn(
      ffmpeg.path,
      ['-v', 'error', '-nostdin', '-rtsp_transport', 'tcp', '-i', server.url, '-an', '-f', 'null', '-'],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    // Past connecting, the first key frame and the gate's learning.
    await pause(6000);
    const before = sample(child.pid, plain.pid!);
    await pause(seconds * 1000);
    const after = sample(child.pid, plain.pid!);
    const span = (after.at - before.at) / 1000;

    return {
      connections,
      seconds: span,
      streamFramesPerSecond: STREAM_RATE,
      ffmpegVersion: ffmpeg.version,
      doorman: (after.doorman - before.doorman) / span,
      node: (after.node - before.node) / span,
      plain: (after.plain - before.plain) / span,
    };
  } finally {
    if (plain?.exitCode === null) {
      const exited = once(plain, 'exit');
      plain.kill('SIGKILL');
      await exited;
    }
    await child.stop();
    await server.stop();
  }
}

/** What the measured process is told. */
export interface IdleInput extends IdleOptions {
  readonly url: string;
}

function sample(doorman: number, plain: number): { at: number; doorman: number; node: number; plain: number } {
  return {
    at: performance.now(),
    doorman: cpuSeconds(doorman),
    node: cpuSeconds(doorman, false),
    plain: cpuSeconds(plain),
  };
}

/** Four seconds, which the server repeats. */
async function* pictures(scene: Scene): AsyncGenerator<Uint8Array> {
  for await (const { rgb } of framesOf(scene, 4, STREAM_RATE)) {
    // The canvas is drawn over while the pipe still holds the picture.
    yield rgb.slice();
  }
}
