import { randomBytes } from 'node:crypto';
import { maskSecrets, parseCameraUrl, type CameraUrl } from './camera-url.js';
import { RtspClient, type RtspResponse } from './rtsp-client.js';

/** What a camera with a loudspeaker asks for (ONVIF streaming specification, section 5.3). */
const BACKCHANNEL = 'www.onvif.org/ver20/backchannel';
const KEEP_ALIVE_MS = 20_000;

/** The sound that a camera takes: G.711 at 8 kHz, one byte a sample. */
export interface BackchannelFormat {
  readonly codec: 'pcm_mulaw' | 'pcm_alaw';
  readonly payloadType: number;
}

/** A camera's track for sound that is sent to it. */
export interface BackchannelTrack extends BackchannelFormat {
  readonly control: string;
}

/** The first track of a session description (RFC 4566) that takes G.711; undefined when there is none. */
export function backchannelTrack(sdp: string): BackchannelTrack | undefined {
  for (const section of sdp.split(/^(?=m=)/m)) {
    const lines = section.split(/\r?\n/);
    const payloads = /^m=audio \d+ \S+ ([\d ]+)/
      .exec(lines[0] ?? '')?.[1]
      ?.trim()
      .split(/\s+/)
      .map(Number);
    if (payloads === undefined || !lines.includes('a=sendonly')) {
      continue;
    }
    const control = lines.find((line) => line.startsWith('a=control:'))?.slice('a=control:'.length) ?? '';
    const codecOf = (payload: number): string =>
      new RegExp(`^a=rtpmap:${payload} (PCM[UA])/8000`, 'im').exec(section)?.[1]?.toUpperCase() ??
      ({ 0: 'PCMU', 8: 'PCMA' } as Record<number, string>)[payload] ??
      '';
    for (const payloadType of payloads) {
      const codec = ({ PCMU: 'pcm_mulaw', PCMA: 'pcm_alaw' } as const)[codecOf(payloadType)];
      if (codec !== undefined) {
        return { codec, payloadType, control };
      }
    }
  }
  return undefined;
}

/** A connection on which a camera is spoken to: RTSP's backchannel. It is open only while somebody talks. */
export class Backchannel {
  private readonly ssrc = randomBytes(4).readUInt32BE();
  private sequence = 0;
  private timestamp = 0;
  private readonly keepAlive: NodeJS.Timeout;

  private constructor(
    private readonly client: RtspClient,
    readonly format: BackchannelFormat,
    private readonly channel: number,
    private readonly url: string,
    private readonly session: string,
  ) {
    this.keepAlive = setInterval(() => {
      client.request('OPTIONS', url, { Session: session }).catch(() => this.close());
    }, KEEP_ALIVE_MS);
  }

  /** @throws in plain words, without the password, when the camera cannot be spoken to */
  static async open(address: string, onClose: () => void = () => undefined): Promise<Backchannel> {
    const url = parseCameraUrl(address);
    let client: RtspClient | undefined;
    try {
      client = await RtspClient.connect(url, onClose);
      return await Backchannel.negotiate(client, url);
    } catch (error) {
      client?.close();
      throw new Error(maskSecrets(error instanceof Error ? error.message : String(error), url), { cause: error });
    }
  }

  private static async negotiate(client: RtspClient, { href }: CameraUrl): Promise<Backchannel> {
    const plain = href.replace(/^(rtsps?:\/\/)[^@/]*@/, '$1');
    const described = await client.request('DESCRIBE', plain, { Accept: 'application/sdp', Require: BACKCHANNEL });
    expectOk(described, 'does not offer talk-back over RTSP');
    const track = backchannelTrack(described.body);
    if (track === undefined) {
      throw new Error('The camera has no loudspeaker that takes G.711 over RTSP.');
    }
    const base = described.headers.get('content-base') ?? plain;
    const control = /^rtsps?:/i.test(track.control)
      ? track.control
      : `${base.replace(/\/?$/, '/')}${track.control.replace(/^\//, '')}`;
    const transport = { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' };
    const setUp = await client.request('SETUP', control, { ...transport, Require: BACKCHANNEL });
    expectOk(setUp, 'refuses talk-back');
    const session = (setUp.headers.get('session') ?? '').split(';')[0]!;
    const channel = Number(/interleaved=(\d+)/.exec(setUp.headers.get('transport') ?? '')?.[1] ?? 0);
    expectOk(await client.request('PLAY', base, { Session: session, Require: BACKCHANNEL }), 'refuses talk-back');
    return new Backchannel(client, track, channel, plain, session);
  }

  /** Sends some samples, one byte each; 160 are 20 ms. */
  send(samples: Buffer): void {
    const head = Buffer.alloc(12);
    head[0] = 0x80;
    head[1] = this.format.payloadType | (this.sequence === 0 ? 0x80 : 0);
    head.writeUInt16BE(this.sequence++ & 0xffff, 2);
    head.writeUInt32BE(this.timestamp >>> 0, 4);
    head.writeUInt32BE(this.ssrc, 8);
    this.timestamp += samples.length;
    this.client.interleave(this.channel, Buffer.concat([head, samples]));
  }

  close(): void {
    clearInterval(this.keepAlive);
    const end = (): void => this.client.close();
    this.client.request('TEARDOWN', this.url, { Session: this.session }).then(end, end);
  }
}

function expectOk({ status }: RtspResponse, what: string): void {
  if (status === 401 || status === 403) {
    throw new Error('The camera refuses the user name or password.');
  }
  if (status < 200 || status >= 300) {
    throw new Error(`The camera ${what} (${status}).`);
  }
}
