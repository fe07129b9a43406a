import { createHash, randomBytes } from 'node:crypto';

export interface Credentials {
  readonly scheme: 'basic' | 'digest';
  readonly user: string;
  readonly password: string;
}

const REALM = 'camera';

/** Checks RTSP requests as RFC 2617 says (Digest without qop, as cameras do it). */
export class RtspGuard {
  private readonly nonce = randomBytes(8).toString('hex');

  constructor(private readonly credentials: Credentials) {}

  /** The value of `WWW-Authenticate`. */
  get challenge(): string {
    return this.credentials.scheme === 'basic'
      ? `Basic realm="${REALM}"`
      : `Digest realm="${REALM}", nonce="${this.nonce}"`;
  }

  admits(method: string, authorization = ''): boolean {
    const { scheme, user, password } = this.credentials;
    if (scheme === 'basic') {
      return authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    }
    const field = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(authorization)?.[1] ?? '';
    const secret = md5(`${field('username')}:${REALM}:${password}`);
    const expected = md5(`${secret}:${this.nonce}:${md5(`${method}:${field('uri')}`)}`);
    return authorization.startsWith('Digest') && field('username') === user && field('response') === expected;
  }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
