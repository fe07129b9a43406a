import { faultFromEnd, faultFromLog, faultFromSilence, type CameraFault } from './camera-fault.js';
import type { CameraUrl } from './camera-url.js';
import { NutError, type NutAudioStream, type NutStream, type NutVideoStream } from './nut-format.js';
import { startNutProcess } from './nut-process.js';
import type { CameraStreams, MediaPacket } from './packets.js';
import { copyArguments, inputArguments, type CameraFfmpeg, type Transport } from './reader-arguments.js';
import { resolveHost } from './resolve-host.js';
import { StreamLog } from './stream-log.js';

export interface ConnectionOptions {
  readonly ffmpeg: CameraFfmpeg;
  readonly url: CameraUrl;
  readonly transport: Transport;
  /** Whether the camera is asked for its sound, too. */
  readonly audio: boolean;
  /** How long the first key frame, and how long each further picture may take, in ms. */
  readonly firstPacketMs: number;
  readonly stallMs: number;
  readonly onStreams: (streams: CameraStreams) => void;
  readonly onPacket: (packet: MediaPacket) => void;
  readonly signal: AbortSignal;
}

/** How one connection to a camera ended. */
export type ConnectionEnd =
  | { readonly reason: 'stopped' }
  | { readonly reason: 'fault'; readonly fault: CameraFault; readonly log: string; readonly hadPackets: boolean };

/** Reads a camera's compressed packets over one connection until it ends. Never rejects; leaves no process behind. */
export async function runConnection(options: ConnectionOptions): Promise<ConnectionEnd> {
  const { ffmpeg, signal, onStreams, onPacket, firstPacketMs, stallMs } = options;
  const stopped = (): boolean => signal.aborted;
  const resolved = await resolveHost(options.url);
  if (stopped()) {
    return { reason: 'stopped' };
  }
  if ('fault' in resolved) {
    return { reason: 'fault', fault: resolved.fault, log: '', hadPackets: false };
  }
  const { url } = resolved;
  const silence = new AbortController();
  const log = new StreamLog();
  const seen: { packets: boolean } = { packets: false };
  let timer = setTimeout(() => silence.abort(), firstPacketMs);
  const { ended } = startNutProcess({
    ffmpeg,
    args: [
      ...inputArguments(ffmpeg, url, options.transport, options.audio ? 'video+audio' : 'video'),
      ...copyArguments(options.audio),
    ],
    signal: AbortSignal.any([signal, silence.signal]),
    log,
    consumer: new PacketReader(log, onStreams, (packet) => {
      if (signal.aborted || silence.signal.aborted) {
        return;
      }
      if (packet.kind === 'video') {
        if (seen.packets) {
          timer.refresh();
        } else {
          seen.packets = true;
          clearTimeout(timer);
          timer = setTimeout(() => silence.abort(), stallMs);
        }
      }
      onPacket(packet);
    }),
  });
  const { error } = await ended;
  clearTimeout(timer);
  if (stopped()) {
    return { reason: 'stopped' };
  }
  const fault = silence.signal.aborted
    ? faultFromSilence(url, seen.packets ? stallMs : firstPacketMs, seen.packets)
    : error !== undefined
      ? { kind: 'failed' as const, message: error.message }
      : seen.packets
        ? faultFromEnd(url)
        : faultFromLog(log.tail, url);
  return { reason: 'fault', fault, log: log.tail, hadPackets: seen.packets };
}

/** Puts NUT's streams and packets in the camera's terms; begins with the first key frame. */
class PacketReader {
  private readonly streams: NutStream[] = [];
  private begun = false;

  constructor(
    private readonly log: StreamLog,
    private readonly onStreams: (streams: CameraStreams) => void,
    private readonly onPacket: (packet: MediaPacket) => void,
  ) {}

  stream(description: NutStream): void {
    this.streams.push(description);
  }

  /** A buffer of its own for each packet, since it is kept and handed to a thread. */
  buffer(size: number): Uint8Array {
    return Buffer.allocUnsafeSlow(size);
  }

  packet(data: Uint8Array, { stream, time, isKey }: { stream: number; time: number; isKey: boolean }): void {
    const kind = this.streams[stream]?.kind ?? 'audio';
    if (!this.begun) {
      if (kind !== 'video' || !isKey) {
        return;
      }
      this.begun = true;
      this.onStreams(this.describe());
    }
    this.onPacket({ kind, time, isKey: isKey || kind === 'audio', data });
  }

  private describe(): CameraStreams {
    const video = this.streams.find((stream): stream is NutVideoStream => stream.kind === 'video');
    const audio = this.streams.find((stream): stream is NutAudioStream => stream.kind === 'audio');
    if (video === undefined) {
      throw new NutError('ffmpeg sent no video.');
    }
    const framesPerSecond = this.log.input.video?.framesPerSecond;
    return { video, ...(audio && { audio }), ...(framesPerSecond !== undefined && { framesPerSecond }) };
  }
}
