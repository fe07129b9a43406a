import { maskSecrets, type CameraUrl } from './camera-url.js';

/** Why a camera gives no pictures. */
export type CameraFaultKind =
  | 'refused'
  | 'unknown-host'
  | 'unreachable'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'refused-request'
  | 'transport'
  | 'no-video'
  | 'not-rtsp'
  | 'timeout'
  | 'stalled'
  | 'ended'
  | 'decoder'
  | 'address'
  | 'failed';

export interface CameraFault {
  readonly kind: CameraFaultKind;
  /** One sentence for people: what, where, what to do. Never holds a password. */
  readonly message: string;
}

/** A camera could not be read. */
export class CameraError extends Error {
  override readonly name = 'CameraError';

  constructor(readonly fault: CameraFault) {
    super(fault.message);
  }
}

interface Rule {
  readonly pattern: RegExp;
  readonly kind: CameraFaultKind;
  readonly say: (camera: string, match: RegExpExecArray) => string;
}

/** In order: what a server said outweighs what followed from it. */
const rules: readonly Rule[] = [
  {
    pattern: /401 Unauthorized|authorization failed/i,
    kind: 'unauthorized',
    say: (camera) => `The camera at ${camera} refused the user name or password.`,
  },
  {
    pattern: /403 Forbidden|access denied/i,
    kind: 'forbidden',
    say: (camera) => `The camera at ${camera} does not allow this user to watch the stream.`,
  },
  {
    pattern: /404 (?:Stream )?Not Found/i,
    kind: 'not-found',
    say: (camera) => `The camera at ${camera} has no stream of this path; check what follows the host in the address.`,
  },
  {
    pattern: /461 |Unsupported Transport|Nonmatching transport/i,
    kind: 'transport',
    say: (camera) => `The camera at ${camera} does not offer this transport; set "transport" to tcp, udp or auto.`,
  },
  {
    pattern: /method \w+ failed: (\d{3}[^\r\n]*)/,
    kind: 'refused-request',
    say: (camera, match) => `The camera at ${camera} answered "${match[1]?.trim() ?? ''}".`,
  },
  {
    pattern: /Failed to resolve hostname|Name or service not known|Temporary failure in name resolution/i,
    kind: 'unknown-host',
    say: (camera) => `No device of the name ${camera} is known in this network.`,
  },
  {
    pattern: /Connection refused/i,
    kind: 'refused',
    say: (camera) => `Nothing answers at ${camera}; is the camera running, with RTSP switched on and on this port?`,
  },
  {
    pattern: /No route to host|(?:Network|Host) is unreachable|Cannot assign requested address/i,
    kind: 'unreachable',
    say: (camera) => `The camera at ${camera} cannot be reached; is it switched on and in this network?`,
  },
  {
    pattern:
      /matches no streams|does not contain any stream|Could not find codec parameters for stream \d+ \(Audio|Number of streams: 0/i,
    kind: 'no-video',
    say: (camera) => `The stream of the camera at ${camera} holds no video.`,
  },
  {
    pattern: anyOf(
      /Impossible to convert between/,
      /Device creation failed/,
      /Error (?:while )?(?:creating|opening|initializing) (?:a |the )?(?:\w+ )?(?:decoder|hwaccel|device)/,
      /Unknown decoder/,
      /No device available for decoder/,
      /Cannot load lib/,
      /hwaccel initiali[sz]ation/,
      /Could not find a valid device/,
      /Failed to (?:get|set) (?:HW|hw)/,
      /Decoder \(codec [^)]*\) not found/,
    ),
    kind: 'decoder',
    say: (camera) => `The video of the camera at ${camera} cannot be decoded by the chosen decoder.`,
  },
  {
    pattern: /Connection timed out|Operation timed out|Immediate exit requested/i,
    kind: 'timeout',
    say: (camera) => `The camera at ${camera} does not answer.`,
  },
  {
    pattern: /Connection to \S+ failed: ([^\r\n]+)/,
    kind: 'unreachable',
    say: (camera, match) => `The camera at ${camera} cannot be reached (${match[1] ?? ''}).`,
  },
  {
    pattern: /Protocol not found/i,
    kind: 'failed',
    say: () => 'This ffmpeg cannot read rtsps:// addresses; install one with TLS or use rtsp://.',
  },
  {
    pattern: /Invalid data found when processing input|Server returned 4XX|Protocol error|Bad Request/i,
    kind: 'not-rtsp',
    say: (camera) => `What answers at ${camera} does not speak RTSP; is the port right?`,
  },
];

/** Turns the log of an ffmpeg that ended without a picture into one sentence. */
export function faultFromLog(log: string, url: CameraUrl): CameraFault {
  const camera = placeOf(url);
  for (const { pattern, kind, say } of rules) {
    const match = pattern.exec(log);
    if (match !== null) {
      return { kind, message: say(camera, match) };
    }
  }
  const last = maskSecrets(lastWords(log), url);
  return { kind: 'failed', message: `The camera at ${camera} could not be read${last === '' ? '.' : `: ${last}.`}` };
}

/** No picture came in time: nothing at all after connecting, or none after others. */
export function faultFromSilence(url: CameraUrl, silentMs: number, hadPictures: boolean): CameraFault {
  const seconds = Math.round(silentMs / 1000);
  return hadPictures
    ? { kind: 'stalled', message: `The camera at ${placeOf(url)} has sent no picture for ${seconds} s.` }
    : { kind: 'timeout', message: `The camera at ${placeOf(url)} sent no picture within ${seconds} s.` };
}

/** The connection ended after pictures had come. */
export function faultFromEnd(url: CameraUrl): CameraFault {
  return { kind: 'ended', message: `The camera at ${placeOf(url)} closed the connection.` };
}

/** The packets come, but no picture can be made of them. Pass the decoder's log, which holds no address. */
export function faultFromDecoder(log: string): CameraFault {
  const last = lastWords(log);
  return { kind: 'decoder', message: `The camera's video cannot be decoded${last === '' ? '.' : `: ${last}.`}` };
}

function placeOf({ host, port }: CameraUrl): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function lastWords(log: string): string {
  const lines = log.split('\n').map((line) => line.replace(/^\[[^\]]*\]\s*/, '').trim());
  return (lines.filter((line) => line !== '').at(-1) ?? '').replace(/\.$/, '');
}

function anyOf(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join('|'), 'i');
}
