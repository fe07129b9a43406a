import { spawn } from 'node:child_process';
import { NutFeed } from './nut-feed.js';
import type { CameraStreams, MediaPacket, PacketSource } from './packets.js';
import { feedArguments } from './reader-arguments.js';

/**
 * The camera's newest key frame as JPEG, decoded by an ffmpeg of its own: a picture even where nothing else decodes.
 * Waits for a camera that is being connected; undefined when it is lost, when the picture cannot be decoded, or when
 * the signal says that it is too late.
 */
export async function keyframeJpeg(
  ffmpeg: { readonly path: string },
  camera: PacketSource,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const found = await newestKeyframe(camera, signal);
  return found === undefined || signal.aborted ? undefined : toJpeg(ffmpeg.path, found.streams, found.packet, signal);
}

interface Found {
  readonly streams: CameraStreams;
  readonly packet: MediaPacket;
}

async function newestKeyframe(camera: PacketSource, signal: AbortSignal): Promise<Found | undefined> {
  const state: { streams?: CameraStreams; leave?: () => void } = {};
  try {
    return await new Promise<Found | undefined>((resolve) => {
      const take = (packet: MediaPacket | undefined): void => {
        if (state.streams !== undefined && packet?.kind === 'video' && packet.isKey) {
          resolve({ streams: state.streams, packet });
        }
      };
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
      state.leave = camera.subscribe(
        {
          connected: (streams, backlog) => {
            state.streams = streams;
            take(backlog[0]);
          },
          packet: take,
          lost: () => resolve(undefined),
        },
        { hurry: true },
      );
    });
  } finally {
    state.leave?.();
  }
}

async function toJpeg(
  path: string,
  streams: CameraStreams,
  packet: MediaPacket,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const picture = ['-map', '0:v:0', '-frames:v', '1', '-c:v', 'mjpeg', '-q:v', '3', '-f', 'image2pipe', 'pipe:1'];
  const child = spawn(path, ['-v', 'quiet', '-nostdin', '-flags', 'low_delay', ...feedArguments(), ...picture], {
    stdio: ['pipe', 'pipe', 'ignore'],
    killSignal: 'SIGKILL',
    signal,
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.on('error', () => undefined); // It may end before it has read all.
  new NutFeed(child.stdin, streams, [packet]).end();
  await new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  return chunks.length === 0 || signal.aborted ? undefined : Buffer.concat(chunks);
}
