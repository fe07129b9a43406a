import { Command, InvalidArgumentError } from 'commander';

/** Somebody to enrol from the person's own pictures. */
export interface OwnGuest {
  readonly name: string;
  readonly files: readonly string[];
}

export interface DemoOptions {
  /** Where the picture comes from; a simulated camera with drawn visitors by default. */
  readonly source: { readonly kind: 'drawn' } | { readonly kind: 'rtsp' | 'video'; readonly place: string };
  readonly guests: readonly OwnGuest[];
  /** Ends after the first named visit. */
  readonly once: boolean;
  /** With `once`: give up after so many seconds. */
  readonly limit: number;
}

interface Flags {
  readonly rtsp?: string;
  readonly video?: string;
  readonly guest: readonly OwnGuest[];
  readonly once?: boolean;
  readonly limit: number;
}

function ownGuest(text: string, before: readonly OwnGuest[]): OwnGuest[] {
  const [name = '', files = ''] = text.split(/=(.*)/s);
  if (name.trim() === '' || files === '') {
    throw new InvalidArgumentError('It is written NAME=FILE,FILE,…');
  }
  return [...before, { name: name.trim(), files: files.split(',') }];
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) {
    throw new InvalidArgumentError('It is a number of seconds.');
  }
  return value;
}

/** Reads the command line; ends the process with a clear sentence when it cannot be understood. */
export function readOptions(argv: readonly string[]): DemoOptions {
  const command = new Command('npm run demo --')
    .description('Starts a real Homebridge with Doorman and tells who is at the door.')
    .option('--rtsp <url>', 'your own camera instead of the simulated one')
    .option('--video <file>', 'your own film, played as a camera over and over')
    .option('--guest <name=files>', 'enrol somebody who agreed, from photos: --guest Ann=a.jpg,b.jpg', ownGuest, [])
    .option('--once', 'end with code 0 after the first named visit')
    .option('--limit <seconds>', 'with --once: give up after this time', seconds, 300)
    .parse(argv, { from: 'user' });
  const { rtsp, video, guest, once = false, limit } = command.opts<Flags>();
  if (rtsp !== undefined && video !== undefined) {
    command.error('Either --rtsp or --video, not both.');
  }
  const source: DemoOptions['source'] =
    rtsp !== undefined
      ? { kind: 'rtsp', place: rtsp }
      : video !== undefined
        ? { kind: 'video', place: video }
        : { kind: 'drawn' };
  return { source, guests: guest, once, limit };
}
