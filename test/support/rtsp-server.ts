import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { Clip } from './clip.js';
import { isParameterSet, RtpPacketizer, typeOf, type AccessUnit } from './h264.js';
import { hevcParameterSets } from './hevc.js';
import { RtspGuard, type Credentials } from './rtsp-auth.js';
import { RtspConnection, type RtspRequest } from './rtsp-connection.js';
import { keepSecret } from './secrets.js';
import { aLawTone } from './tone.js';

export type { Clip } from './clip.js';
export { encodeFrames, loadClip, makeClip } from './clip.js';

export interface RtspServerOptions {
  /** What is shown first. Without it nothing is sent until `play` or `push`. */
  readonly clip: Clip;
  readonly credentials?: Credentials;
  /** 0 (the default) takes a free one. */
  readonly port?: number;
  /** Where it listens; by default for this machine alone. */
  readonly host?: string;
  /** The only path that exists, for example `/stream`; by default every path does. */
  readonly path?: string;
  readonly udp?: boolean;
  /** A track in G.711 (A-law) beside the video, or nothing but that. */
  readonly audio?: 'none' | 'beside' | 'only';
  /** A loudspeaker: ONVIF's backchannel, in G.711 µ-law. Clients that do not ask for it do not see it. */
  readonly backchannel?: boolean;
  /** What is heard, Hz; silence by default. */
  readonly tone?: number;
}

/** What may go wrong with a camera. */
export type RtspFault =
  /** Every request is answered with this status line, for example `503 Service Unavailable`. */
  | { readonly status: string }
  /** Requests are never answered. */
  | 'hang'
  /** Connections stay open but carry no more pictures. */
  | 'stall'
  /** The packets arrive, but what is in them is no video. */
  | 'garbage'
  /** Something that is not RTSP answers. */
  | 'http';

const VIDEO = 0;
const AUDIO = 1;
const BACKCHANNEL = 2;
const BACKCHANNEL_SDP = ['m=audio 0 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', `a=control:track${BACKCHANNEL}`, 'a=sendonly'];
const videoClock = 90_000;
const audioPacketMs = 20;
const audioSamples = 160;

/**
 * A camera for tests: a real RTSP server (RFC 2326) that plays H.264 clips over TCP or UDP, with a picture that can
 * be switched while clients watch, and with faults on demand.
 */
export class RtspServer {
  /** How often clients came, began to watch, and had the wrong password. */
  readonly counts = { connections: 0, plays: 0, unauthorized: 0 };
  /** What was said to the camera: RTP packets. */
  readonly heard: Buffer[] = [];
  fault: RtspFault | undefined;
  private readonly clients = new Set<RtspConnection>();
  private readonly guard: RtspGuard | undefined;
  private readonly video = new RtpPacketizer(96, 0x1234);
  private readonly audio = new RtpPacketizer(8, 0x5678);
  private readonly startedAt = Date.now();
  private server: Server | undefined;
  private clip: Clip;
  private position = 0;
  private soundSent = 0;
  private nextAt = 0;
  private timers: NodeJS.Timeout[] = [];
  private boundPort = 0;

  private constructor(private readonly options: RtspServerOptions) {
    this.clip = options.clip;
    this.guard = options.credentials === undefined ? undefined : new RtspGuard(options.credentials);
    if (options.credentials !== undefined) {
      keepSecret(options.credentials.password);
    }
  }

  static async start(options: RtspServerOptions): Promise<RtspServer> {
    const server = new RtspServer(options);
    await server.listen(options.port ?? 0);
    server.nextAt = Date.now();
    server.sendPictures();
    if (options.audio === 'beside' || options.audio === 'only') {
      server.timers.push(setInterval(() => server.sendSound(), audioPacketMs));
    }
    return server;
  }

  get port(): number {
    return this.boundPort;
  }

  /** The address, with the credentials the server asks for. */
  get url(): string {
    const { credentials, path = '/stream' } = this.options;
    const user =
      credentials === undefined
        ? ''
        : `${encodeURIComponent(credentials.user)}:${encodeURIComponent(credentials.password)}@`;
    return `rtsp://${user}${this.options.host ?? '127.0.0.1'}:${this.boundPort}${path}`;
  }

  get watchers(): number {
    return [...this.clients].filter(({ playing }) => playing).length;
  }

  get showing(): Clip {
    return this.clip;
  }

  /** Switches the picture, from the clip's first frame on; it is repeated until the next switch. */
  play(clip: Clip): void {
    this.clip = clip;
    this.position = 0;
  }

  /** Cuts every connection, as when the camera loses power; new ones are taken. */
  drop(): void {
    this.clients.forEach((client) => client.drop());
  }

  /** Sends bytes that belong to nothing into every connection. */
  blurt(bytes: Buffer): void {
    this.clients.forEach((client) => client.blurt(bytes));
  }

  /** Power off: no connection, nothing answers at the port. */
  async down(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    this.drop();
    await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  }

  /** Power on again, at the same port. */
  async up(): Promise<void> {
    await this.listen(this.boundPort);
  }

  async stop(): Promise<void> {
    this.timers.forEach((timer) => clearTimeout(timer));
    this.timers = [];
    await this.down();
  }

  private async listen(port: number): Promise<void> {
    const server = createServer((socket) => {
      this.counts.connections++;
      const client: RtspConnection = new RtspConnection(
        socket,
        (request) => void this.answer(client, request),
        () => this.clients.delete(client),
        (channel, packet) => {
          if (channel === client.backchannel) {
            this.heard.push(packet);
          }
        },
      );
      this.clients.add(client);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, this.options.host ?? '127.0.0.1', resolve);
    });
    this.boundPort = (server.address() as AddressInfo).port;
    this.server = server;
  }

  private async answer(client: RtspConnection, request: RtspRequest): Promise<void> {
    const { fault, guard } = this;
    if (fault === 'hang') {
      return;
    }
    if (fault === 'http') {
      client.raw('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    if (typeof fault === 'object') {
      client.reply(request, fault.status);
      return;
    }
    const session = { Session: '1;timeout=60' };
    if (request.method === 'OPTIONS') {
      client.reply(request, '200 OK', { Public: 'OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER' });
    } else if (guard !== undefined && !guard.admits(request.method, request.headers['authorization'])) {
      this.counts.unauthorized++;
      client.reply(request, '401 Unauthorized', { 'WWW-Authenticate': guard.challenge });
    } else if (request.method === 'DESCRIBE') {
      this.describe(client, request);
    } else if (request.method === 'SETUP') {
      await this.setUp(client, request);
    } else if (request.method === 'PLAY') {
      this.counts.plays++;
      client.reply(request, '200 OK', { ...session, Range: 'npt=0.000-' });
      client.playing = true;
    } else {
      client.reply(request, '200 OK', session);
      if (request.method === 'TEARDOWN') {
        client.end();
      }
    }
  }

  private describe(client: RtspConnection, request: RtspRequest): void {
    const { path } = this.options;
    if (path !== undefined && new URL(request.url).pathname.replace(/\/$/, '') !== path) {
      client.reply(request, '404 Not Found');
      return;
    }
    const base = request.url.replace(/\/?$/, '/');
    const talks = request.headers['require'] === 'www.onvif.org/ver20/backchannel' && this.options.backchannel === true;
    const sdp = this.sdp() + (talks ? `${BACKCHANNEL_SDP.join('\r\n')}\r\n` : '');
    client.reply(request, '200 OK', { 'Content-Type': 'application/sdp', 'Content-Base': base }, sdp);
  }

  private sdp(): string {
    const { audio = 'none' } = this.options;
    const hevc = [
      ...['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H265/90000'],
      `a=fmtp:96 ${hevcParameterSets(this.clip.accessUnits[0]?.nalUnits ?? [])}`,
      `a=control:track${VIDEO}`,
    ];
    const sets = this.clip.accessUnits[0]?.nalUnits.filter(isParameterSet) ?? [];
    const profile = sets.find((unit) => typeOf(unit) === 7)?.toString('hex', 1, 4) ?? '42e01f';
    const sprop = sets.map((unit) => unit.toString('base64')).join(',');
    const h264 = [
      'm=video 0 RTP/AVP 96',
      'a=rtpmap:96 H264/90000',
      `a=fmtp:96 packetization-mode=1;profile-level-id=${profile};sprop-parameter-sets=${sprop}`,
      `a=framerate:${this.clip.framesPerSecond}`,
      `a=control:track${VIDEO}`,
    ];
    const video = this.clip.codec === 'hevc' ? hevc : h264;
    const sound = ['m=audio 0 RTP/AVP 8', 'a=rtpmap:8 PCMA/8000', `a=control:track${AUDIO}`];
    const lines = [
      ...['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=camera', 'c=IN IP4 0.0.0.0', 't=0 0'],
      ...(audio === 'only' ? [] : video),
      ...(audio === 'none' ? [] : sound),
    ];
    return `${lines.join('\r\n')}\r\n`;
  }

  private async setUp(client: RtspConnection, request: RtspRequest): Promise<void> {
    const track = Number(/track(\d+)/.exec(request.url)?.[1] ?? 0);
    const transport = request.headers['transport'] ?? '';
    const session = { Session: '1;timeout=60' };
    const channels = /interleaved=(\d+)-(\d+)/.exec(transport);
    const ports = /client_port=(\d+)-(\d+)/.exec(transport);
    if (channels !== null && track === BACKCHANNEL) {
      client.backchannel = Number(channels[1]);
      client.reply(request, '200 OK', { ...session, Transport: `RTP/AVP/TCP;unicast;${channels[0]}` });
    } else if (channels !== null) {
      client.sendOverTcp(track, Number(channels[1]));
      client.reply(request, '200 OK', { ...session, Transport: `RTP/AVP/TCP;unicast;${channels[0]}` });
    } else if (ports !== null && this.options.udp !== false) {
      const port = await client.sendOverUdp(track, Number(ports[1]));
      const transportReply = `RTP/AVP;unicast;${ports[0]};server_port=${port}-${port + 1}`;
      client.reply(request, '200 OK', { ...session, Transport: transportReply });
    } else {
      client.reply(request, '461 Unsupported Transport');
    }
  }

  /** Sends the picture that is due and plans the next; a late timer is made up for. */
  private sendPictures(): void {
    const { accessUnits, framesPerSecond } = this.clip;
    const unit = accessUnits[this.position++ % accessUnits.length];
    if (unit !== undefined && this.options.audio !== 'only') {
      this.push(unit, this.nextAt);
    }
    this.nextAt = Math.max(this.nextAt + 1000 / framesPerSecond, Date.now() - 500);
    this.timers[0] = setTimeout(() => this.sendPictures(), this.nextAt - Date.now());
  }

  /** Sends one picture to everybody who watches, taken at `time` (ms since the epoch). */
  push(unit: AccessUnit, time: number): void {
    if (this.fault === 'stall') {
      return;
    }
    const timestamp = Math.round(((time - this.startedAt) * videoClock) / 1000) + videoClock;
    const whole = this.video.picture(unit, timestamp, this.clip.codec);
    const packets = this.fault === 'garbage' ? whole.map(scrambled) : whole;
    for (const client of this.clients) {
      client.sawKey ||= client.playing && unit.isKey;
      if (client.sawKey) {
        packets.forEach((packet) => client.send(VIDEO, packet));
      }
    }
  }

  /** Sends what is due; a late timer is made up for. */
  private sendSound(): void {
    const { tone = 0 } = this.options;
    const due = Math.floor((Date.now() - this.startedAt) / audioPacketMs);
    for (; this.soundSent < due; this.soundSent++) {
      if (this.fault !== 'stall') {
        const samples = this.soundSent * audioSamples;
        const packet = this.audio.packet(aLawTone(tone, samples, audioSamples), samples, false);
        this.clients.forEach((client) => client.send(AUDIO, packet));
      }
    }
  }
}

/** An RTP packet whose payload is noise. */
function scrambled(packet: Buffer): Buffer {
  const header = 12;
  return Buffer.concat([packet.subarray(0, header), randomBytes(packet.length - header)]);
}
