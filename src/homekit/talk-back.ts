import { spawn, type ChildProcess } from 'node:child_process';
import type { Logger } from '../types.js';
import { Backchannel, type BackchannelFormat } from '../video/backchannel.js';
import { nutFrameHeader, nutHeader } from '../video/nut-writer.js';
import { feedArguments } from '../video/reader-arguments.js';
import { codecHeader, type WantedAudio } from './audio-policy.js';
import type { Mouth } from './live-audio.js';

/** Where what the phone says goes. */
export type TalkBackTarget =
  /** The camera's own loudspeaker, over RTSP with ONVIF's backchannel. */
  | { readonly kind: 'backchannel'; readonly url: string }
  /** An address that ffmpeg sends G.711 (µ-law, 8 kHz) to as RTP, for example `rtp://192.168.1.30:5000`. */
  | { readonly kind: 'address'; readonly url: string }
  /** A program that gets PCM on its standard input: 16 bits, little-endian, mono, 16 kHz. */
  | { readonly kind: 'command'; readonly command: readonly string[] };

export interface TalkBackOptions {
  readonly ffmpegPath: string;
  readonly name: string;
  readonly logger: Logger;
  readonly target: TalkBackTarget;
}

/** G.711 in one packet: 20 ms at 8 kHz. */
const PACKET = 160;

/** One conversation: decodes what the phone says and passes it on. Everything ends with `stop`. */
export class TalkBack implements Mouth {
  private decoder: ChildProcess | undefined;
  private program: ChildProcess | undefined;
  private backchannel: Backchannel | undefined;
  private stopped = false;

  constructor(
    private readonly options: TalkBackOptions,
    private readonly wanted: WantedAudio,
  ) {
    this.open().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      options.logger.warn(`${options.name}: nobody can be spoken to: ${why}`);
    });
  }

  hear(encoded: Buffer, time: number): void {
    const stdin = this.decoder?.stdin;
    if (stdin?.writable === true && stdin.writableLength < 1 << 18) {
      stdin.write(nutFrameHeader(encoded.length, { stream: 0, time, isKey: true }));
      stdin.write(encoded);
    }
  }

  stop(): void {
    this.stopped = true;
    this.backchannel?.close();
    for (const child of [this.decoder, this.program]) {
      if (child !== undefined && child.exitCode === null) {
        child.stdin?.destroy();
        child.kill('SIGKILL');
      }
    }
  }

  private async open(): Promise<void> {
    const { target, name, logger } = this.options;
    logger.debug(`${name}: somebody speaks to the door`);
    switch (target.kind) {
      case 'backchannel': {
        const backchannel = await Backchannel.open(target.url);
        this.backchannel = backchannel;
        if (this.stopped) {
          backchannel.close();
          return;
        }
        const decoder = this.decode(g711(backchannel.format.codec, ['-f', formatOf(backchannel.format), 'pipe:1']));
        inPackets(decoder, (samples) => backchannel.send(samples));
        break;
      }
      case 'address':
        this.decode(g711('pcm_mulaw', ['-f', 'rtp', target.url]));
        break;
      case 'command': {
        const [file = '', ...args] = target.command;
        const program = spawn(file, args, { stdio: ['pipe', 'ignore', 'ignore'] });
        program.on('error', ({ message }) => logger.warn(`${name}: the talk-back command does not run: ${message}`));
        program.stdin.on('error', () => undefined);
        this.program = program;
        this.decode(['-ac', '1', '-ar', '16000', '-f', 's16le', 'pipe:1']).stdout?.pipe(program.stdin);
        break;
      }
    }
  }

  private decode(output: readonly string[]): ChildProcess {
    const { ffmpegPath, name, logger } = this.options;
    const { codec, sampleRate, channels } = this.wanted;
    const decoder = spawn(
      ffmpegPath,
      ['-hide_banner', '-nostdin', '-loglevel', 'error', ...['-fflags', '+nobuffer'], ...feedArguments(), ...output],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    decoder.stdin.on('error', () => undefined);
    decoder.on('error', ({ message }) => logger.warn(`${name}: talk-back failed: ${message}`));
    decoder.stderr.setEncoding('utf8').on('data', (text: string) => logger.debug(`${name}: ffmpeg: ${text.trim()}`));
    decoder.stdin.write(
      nutHeader(
        [
          {
            kind: 'audio',
            fourcc: codec === 'opus' ? 'Opus' : '\xff\0\0\0',
            sampleRate: codec === 'opus' ? 48_000 : sampleRate,
            channels,
            codecHeader: codecHeader(codec, sampleRate, channels),
          },
        ],
        0,
      ),
    );
    this.decoder = decoder;
    return decoder;
  }
}

const g711 = (codec: BackchannelFormat['codec'], output: readonly string[]): string[] => [
  ...['-codec:a', codec, '-ac', '1', '-ar', '8000', '-flush_packets', '1'],
  ...output,
];

const formatOf = ({ codec }: BackchannelFormat): string => (codec === 'pcm_mulaw' ? 'mulaw' : 'alaw');

function inPackets({ stdout }: ChildProcess, take: (samples: Buffer) => void): void {
  let pending = Buffer.alloc(0);
  stdout?.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (; pending.length >= PACKET; pending = pending.subarray(PACKET)) {
      take(Buffer.from(pending.subarray(0, PACKET)));
    }
  });
}
