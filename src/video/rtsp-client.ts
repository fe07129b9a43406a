import { createHash, randomBytes } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { CameraUrl } from './camera-url.js';

export interface RtspResponse {
  readonly status: number;
  /** Names in lower case; of several with one name, one line each. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const ANSWER_MS = 8000;
/** No answer of a camera is longer. */
const LONGEST_ANSWER = 64 * 1024;

/**
 * Speaks RTSP (RFC 2326) to a camera, for the one thing that ffmpeg does not do: to send it sound. Interleaved packets
 * from the camera are left unread.
 */
export class RtspClient {
  private pending = Buffer.alloc(0);
  private sequence = 0;
  private challenge: string | undefined;
  private waiting:
    { readonly resolve: (response: RtspResponse) => void; readonly reject: (error: Error) => void } | undefined;
  private failure: Error | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly account: { readonly user: string; readonly password: string } | undefined,
    onClose: () => void,
  ) {
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => {
      this.fail(new Error('The camera hung up.'));
      onClose();
    });
  }

  /** @param onClose called once, whoever ends the connection */
  static async connect(url: CameraUrl, onClose: () => void): Promise<RtspClient> {
    const { host, port, scheme } = url;
    // ffmpeg does not check cameras' certificates either: they have none that anybody signed.
    const socket =
      scheme === 'rtsps' ? connectTls({ host, port, rejectUnauthorized: false }) : connectTcp({ host, port });
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('The camera does not answer.')));
    await new Promise<void>((resolve, reject) => {
      socket.once(scheme === 'rtsps' ? 'secureConnect' : 'connect', resolve);
      socket.once('error', reject);
    });
    socket.setTimeout(0);
    socket.setNoDelay(true);
    const { username, password } = new URL(url.href.replace(/^rtsps?:/, 'http:'));
    const account =
      username === '' ? undefined : { user: decodeURIComponent(username), password: decodeURIComponent(password) };
    return new RtspClient(socket, account, onClose);
  }

  /** Asks, and asks again with the password if the camera wants one. @throws in plain words when there is no answer */
  async request(method: string, url: string, headers: Readonly<Record<string, string>> = {}): Promise<RtspResponse> {
    const first = await this.ask(method, url, headers);
    const challenge = first.headers.get('www-authenticate');
    if (first.status !== 401 || challenge === undefined || this.account === undefined) {
      return first;
    }
    this.challenge = challenge.split('\n').find((line) => /^digest/i.test(line)) ?? challenge.split('\n')[0];
    return this.ask(method, url, headers);
  }

  /** Sends a packet on an interleaved channel. A camera that does not take them fast enough loses some. */
  interleave(channel: number, packet: Buffer): void {
    if (this.socket.writable && this.socket.writableLength < 65_536) {
      this.socket.write(Buffer.concat([Buffer.from([0x24, channel, packet.length >> 8, packet.length & 255]), packet]));
    }
  }

  close(): void {
    this.socket.destroy();
  }

  private async ask(method: string, url: string, headers: Readonly<Record<string, string>>): Promise<RtspResponse> {
    if (this.failure !== undefined) {
      throw this.failure;
    }
    const authorization = this.authorization(method, url);
    const lines = [
      `${method} ${url} RTSP/1.0`,
      `CSeq: ${++this.sequence}`,
      'User-Agent: homebridge-doorman',
      ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.fail(new Error('The camera does not answer.')), ANSWER_MS);
      const done = (): void => {
        clearTimeout(timer);
        this.waiting = undefined;
      };
      this.waiting = {
        resolve: (response) => {
          done();
          resolve(response);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      this.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    });
  }

  private authorization(method: string, url: string): string | undefined {
    const { challenge, account } = this;
    if (challenge === undefined || account === undefined) {
      return undefined;
    }
    const { user, password } = account;
    if (!/^digest/i.test(challenge)) {
      return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    }
    const field = (name: string): string => new RegExp(`\\b${name}="?([^",]*)"?`, 'i').exec(challenge)?.[1] ?? '';
    const [realm, nonce] = [field('realm'), field('nonce')];
    const secret = md5(`${user}:${realm}:${password}`);
    const asked = md5(`${method}:${url}`);
    const quality = field('qop')
      .split(/\s*,\s*/)
      .includes('auth')
      ? 'auth'
      : undefined;
    const cnonce = randomBytes(8).toString('hex');
    const middle = quality === undefined ? nonce : `${nonce}:00000001:${cnonce}:auth`;
    return [
      `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${url}"`,
      `response="${md5(`${secret}:${middle}:${asked}`)}"`,
      ...(quality === undefined ? [] : [`qop=auth, nc=00000001, cnonce="${cnonce}"`]),
      ...(field('opaque') === '' ? [] : [`opaque="${field('opaque')}"`]),
    ].join(', ');
  }

  private receive(chunk: Buffer): void {
    this.pending = Buffer.concat([this.pending, chunk]);
    for (let response = this.next(); response !== undefined; response = this.next()) {
      this.waiting?.resolve(response);
    }
    if (this.pending.length > LONGEST_ANSWER + 65_540) {
      this.socket.destroy(new Error('The camera does not speak RTSP.'));
    }
  }

  private next(): RtspResponse | undefined {
    while (this.pending[0] === 0x24) {
      const length = this.pending.length < 4 ? Infinity : this.pending.readUInt16BE(2) + 4;
      if (this.pending.length < length) {
        return undefined;
      }
      this.pending = this.pending.subarray(length);
    }
    const end = this.pending.indexOf('\r\n\r\n');
    if (end < 0) {
      return undefined;
    }
    const [first = '', ...lines] = this.pending.toString('latin1', 0, end).split('\r\n');
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon).trim().toLowerCase();
      const value = line.slice(colon + 1).trim();
      const before = headers.get(name);
      headers.set(name, before === undefined ? value : `${before}\n${value}`);
    }
    const length = Number(headers.get('content-length') ?? 0);
    if (this.pending.length < end + 4 + length) {
      return undefined;
    }
    const body = this.pending.toString('utf8', end + 4, end + 4 + length);
    this.pending = this.pending.subarray(end + 4 + length);
    return { status: Number(/^RTSP\/\d\.\d (\d+)/.exec(first)?.[1] ?? 0), headers, body };
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.waiting?.reject(error);
  }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
