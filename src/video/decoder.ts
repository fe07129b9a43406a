import { spawn } from 'node:child_process';
import type { Ffmpeg } from './ffmpeg.js';

/** How pictures are decoded; `auto` is the first hardware decoder that proves itself, or software. */
export type DecoderChoice = 'auto' | 'software' | 'vaapi' | 'qsv' | 'v4l2m2m' | 'cuda' | 'nvmpi' | 'nvv4l2dec';

export type Decoder = Exclude<DecoderChoice, 'auto'>;

export interface DecoderArguments {
  /** Options before `-i`. */
  readonly input: readonly string[];
  /** Filters that bring pictures from the device's memory; they come after frames were dropped. */
  readonly filters: readonly string[];
}

/** In the order of preference: what costs the processor least comes first. */
const hardware: readonly Decoder[] = ['cuda', 'nvv4l2dec', 'nvmpi', 'vaapi', 'qsv', 'v4l2m2m'];

const PROBE_MS = 6000;

/** Options of ffmpeg for a decoder, or undefined when this ffmpeg does not have it for `codec`. */
export function decoderArguments(decoder: Decoder, codec: string, ffmpeg: Ffmpeg): DecoderArguments | undefined {
  const download = ['hwdownload', 'format=nv12|p010le'];
  const byName = (name: string): DecoderArguments | undefined =>
    ffmpeg.decoders.has(name) ? { input: ['-c:v', name], filters: [] } : undefined;
  switch (decoder) {
    case 'software':
      return { input: [], filters: [] };
    case 'vaapi':
    case 'cuda':
      return ffmpeg.hwaccels.has(decoder)
        ? { input: ['-hwaccel', decoder, '-hwaccel_output_format', decoder], filters: download }
        : undefined;
    case 'qsv':
      return ffmpeg.hwaccels.has('qsv') && ffmpeg.decoders.has(`${codec}_qsv`)
        ? { input: ['-hwaccel', 'qsv', '-hwaccel_output_format', 'qsv', '-c:v', `${codec}_qsv`], filters: download }
        : undefined;
    case 'v4l2m2m':
    case 'nvmpi':
    case 'nvv4l2dec':
      return byName(`${codec}_${decoder}`);
  }
}

/** The decoders that this ffmpeg offers and that decode a test picture on this machine, best first; software last. */
export async function workingDecoders(ffmpeg: Ffmpeg, signal?: AbortSignal): Promise<Decoder[]> {
  const working: Decoder[] = [];
  for (const decoder of hardware) {
    if (await decoderWorks(ffmpeg, decoder, signal)) {
      working.push(decoder);
    }
  }
  return [...working, 'software'];
}

/** Decodes one small H.264 picture; true when exactly that worked, within seconds. */
export async function decoderWorks(ffmpeg: Ffmpeg, decoder: Decoder, signal?: AbortSignal): Promise<boolean> {
  const options = decoderArguments(decoder, 'h264', ffmpeg);
  if (options === undefined) {
    return false;
  }
  const filters = [...options.filters, 'format=yuv420p'].join(',');
  const child = spawn(
    ffmpeg.path,
    // prettier-ignore
    ['-v', 'error', '-xerror', ...options.input, '-f', 'h264', '-i', 'pipe:0', '-vf', filters,
     '-frames:v', '1', '-f', 'rawvideo', 'pipe:1'],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
      killSignal: 'SIGKILL',
      signal: AbortSignal.any([AbortSignal.timeout(PROBE_MS), ...(signal === undefined ? [] : [signal])]),
    },
  );
  let received = 0;
  child.stdout.on('data', (chunk: Buffer) => (received += chunk.length));
  child.stdin.on('error', () => undefined); // It may end without reading; its result tells.
  child.stdin.end(Buffer.from(testPicture.h264, 'base64'));
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  return code === 0 && received === (testPicture.width * testPicture.height * 3) / 2;
}

/** A white square on grey, three H.264 key frames (main profile) made with libx264. */
const testPicture = {
  width: 320,
  height: 240,
  h264:
    'AAAAAWdNQA3cFB+wEQAAAwABAAADADIPFCuAAAAAAWjuDyyAAAABZYiEBL/+963fgTaBWu6Vzi0y6uUND1R9pSmeLZIAGQFi9RBFUhvHPKgScAAAqrv' +
    '/7A8D+IATQuvq0Dgo+1pKfi3ZZmd70LZTaDQSSYjSZEkFXatrNWEIogQaMQAAAAFnTUAN3BQfsBEAAAMAAQAAAwAyDxQrgAAAAAFo7g8sgAAAAWWIgg' +
    'Ef/veIHzKI2rXchHnrS6tH1DuRnFepL3+IAIR8jaNfrPQfN06BHQAADn4//uDwP4gBM9fcXgsrOxGu/GGSiCD3W+pVb4CNx3wQFAYPgiZ48yCzDVCpC' +
    'YgAAAABZ01ADdwUH7ARAAADAAEAAAMAMg8UK4AAAAABaO4PLIAAAAFliIQEf/73iB8yiNq13IR560urR9Q7kZxXqS9/iACEfI2jX6z0HzdOgR0AAA5+' +
    'P/7g8D+IATPX3F4LKzsRrvxhkogg91vqVW+Ajcd8EBQGD4ImePMgsw1QqQmJ',
} as const;
