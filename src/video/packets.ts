import type { CameraFault } from './camera-fault.js';
import type { NutAudioStream, NutVideoStream } from './nut-format.js';

/** What a camera sends, as one connection describes it. */
export interface CameraStreams {
  readonly video: NutVideoStream;
  readonly audio?: NutAudioStream;
  /** As the camera says; it may not. */
  readonly framesPerSecond?: number;
}

/** One compressed picture, or some milliseconds of compressed sound. Shared by all who listen: never write into it. */
export interface MediaPacket {
  readonly kind: 'video' | 'audio';
  /** The stream's own time in seconds; begins anew with each connection. */
  readonly time: number;
  /** Sound always is one. */
  readonly isKey: boolean;
  readonly data: Uint8Array;
}

/** Somebody who wants a camera's compressed packets. */
export interface PacketListener {
  /**
   * There is a connection: these are its streams. `backlog` is what came before, beginning with a key frame; empty on a
   * new connection, whose first video packet is a key frame.
   */
  connected(streams: CameraStreams, backlog: readonly MediaPacket[]): void;
  packet(packet: MediaPacket): void;
  /** The connection is lost or could not be made; it is tried again for as long as anybody listens. */
  lost(fault: CameraFault): void;
}

export interface SubscribeOptions {
  /** How much of the past to begin with, ms; the newest key frame at least that old is the first packet. */
  readonly prebufferMs?: number;
  /** Somebody is waiting: a camera that is away is tried at once instead of when it is due. */
  readonly hurry?: boolean;
}

/** Where a camera's packets come from: the one connection itself, or its other end in a worker thread. */
export interface PacketSource {
  /** Listens until the function returned is called. `connected` may be called before this returns. */
  subscribe(listener: PacketListener, options?: SubscribeOptions): () => void;
}

/** ffmpeg's name for the codec behind NUT's four characters. */
export function codecName(fourcc: string): string {
  const name = fourcc.replace(/\0/g, '').toLowerCase();
  const others: Record<string, string> = { avc1: 'h264', hevc: 'hevc', h265: 'hevc', hvc1: 'hevc', mp4v: 'mpeg4' };
  return others[name] ?? name;
}
