/**
 * Camera addresses: what is accepted, what ffmpeg is given, and what may be shown to people.
 */

export interface CameraUrl {
  /** The address as ffmpeg takes it: user name and password percent-encoded. Secret. */
  readonly href: string;
  /** The address without its password, for logs and messages. */
  readonly masked: string;
  readonly scheme: 'rtsp' | 'rtsps';
  readonly host: string;
  readonly port: number;
  /** Every spelling of the user's credentials that must not appear in a log line. */
  readonly secrets: readonly string[];
}

/** The address cannot be used; the message says why and never holds the password. */
export class CameraUrlError extends Error {
  override readonly name = 'CameraUrlError';
}

const defaultPorts = { rtsp: 554, rtsps: 322 } as const;

/**
 * Reads an rtsp:// or rtsps:// address. User name and password may hold characters such as `@ : / #` as they are
 * or percent-encoded: the last `@` before the host ends them.
 *
 * @throws CameraUrlError in plain words.
 */
export function parseCameraUrl(text: string): CameraUrl {
  const trimmed = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    throw new CameraUrlError('The camera address must look like rtsp://user:password@192.168.1.20/stream1.');
  }
  if (scheme !== 'rtsp' && scheme !== 'rtsps') {
    throw new CameraUrlError(
      `${maskUrl(trimmed)} is ${scheme === 'http' ? 'an' : 'a'} ${scheme} address; ` +
        'Doorman reads rtsp:// and rtsps:// streams (look for "RTSP" or "ONVIF" in the camera\'s settings).',
    );
  }
  const { userInfo, host, port, path } = split(trimmed.slice(scheme.length + 3));
  if (host === undefined) {
    throw new CameraUrlError(
      `${maskUrl(trimmed)} names no camera; it must look like ${scheme}://192.168.1.20/stream1.`,
    );
  }
  const user = encodeCredential(userInfo?.user);
  const password = encodeCredential(userInfo?.password);
  const address = `${host}${port === undefined ? '' : `:${port}`}${path}`;
  const credentials = user === undefined ? '' : `${user}${password === undefined ? '' : `:${password}`}@`;
  return {
    href: `${scheme}://${credentials}${address}`,
    masked: maskQuery(
      `${scheme}://${user === undefined ? '' : `${user}${password === undefined ? '' : ':***'}@`}${address}`,
    ),
    scheme,
    host: host.replace(/^\[|\]$/g, ''),
    port: port ?? defaultPorts[scheme],
    secrets: [...secretsOf(userInfo?.password, password), ...queryPasswords(path)],
  };
}

/** An address fit to be shown: the password is replaced by `***`. Works on any text that is a URL. */
export function maskUrl(url: string): string {
  return maskQuery(url.replace(/^([a-z][a-z0-9+.-]*:\/\/[^:@/]*):.*@/i, '$1:***@'));
}

/** Some cameras want the password among the path's parameters. */
const queryPassword = /((?:password|passwd|pass|pwd|psw|token|auth|key)=)([^&/?#\s]+)/gi;

function maskQuery(url: string): string {
  return url.replace(queryPassword, '$1***');
}

function queryPasswords(path: string): string[] {
  return [...path.matchAll(queryPassword)].flatMap(([, , value = '']) => (value.length > 2 ? [value] : []));
}

/** Removes a camera's credentials from a text, such as what ffmpeg wrote. */
export function maskSecrets(text: string, url: CameraUrl): string {
  const withoutUserInfo = text.replace(/(rtsps?:\/\/)[^\s'"]*@/gi, '$1***@');
  return url.secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), withoutUserInfo);
}

interface Parts {
  readonly userInfo?: { readonly user: string; readonly password?: string };
  readonly host?: string;
  readonly port?: number;
  readonly path: string;
}

function split(rest: string): Parts {
  const plain = splitAt(rest, rest.slice(0, indexOrEnd(rest, /[/?#]/)).lastIndexOf('@'));
  const laterAt = plain.userInfo?.password !== undefined && /^[^?]*@/.test(plain.path);
  if (plain.host !== undefined && !laterAt) {
    return plain;
  }
  // A "/", "?" or "#" in the password ended the authority too early: then a later "@" has the host behind it.
  const afterAt = [...rest.matchAll(/@/g)].map(({ index }) => splitAt(rest, index));
  const found = laterAt ? afterAt.findLast(isHostBeforeQuery) : afterAt.find(({ host }) => host !== undefined);
  return found ?? plain;
}

/** An "@" in a query is not one that ends the credentials. */
function isHostBeforeQuery({ host, userInfo }: Parts): boolean {
  return host !== undefined && !(userInfo?.password?.includes('?') ?? false);
}

function splitAt(rest: string, at: number): Parts {
  const afterUser = rest.slice(at + 1);
  const end = indexOrEnd(afterUser, /[/?#]/);
  const authority = /^(\[[0-9a-f:.%]+\]|[^\s:@[\]]+)(?::(\d{1,5}))?$/i.exec(afterUser.slice(0, end));
  const path = afterUser.slice(end);
  const port = authority?.[2] === undefined ? undefined : Number(authority[2]);
  if (authority === null || (port !== undefined && (port < 1 || port > 65535))) {
    return { path };
  }
  const userText = at < 0 ? undefined : rest.slice(0, at);
  const colon = userText?.indexOf(':') ?? -1;
  return {
    userInfo:
      userText === undefined
        ? undefined
        : colon < 0
          ? { user: userText }
          : { user: userText.slice(0, colon), password: userText.slice(colon + 1) },
    host: authority[1],
    port,
    path,
  };
}

function indexOrEnd(text: string, pattern: RegExp): number {
  const index = text.search(pattern);
  return index < 0 ? text.length : index;
}

/** Percent-encodes what is not encoded yet. */
function encodeCredential(text: string | undefined): string | undefined {
  return text === undefined ? undefined : encodeURIComponent(decode(text));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A lone "%" that encodes nothing stands for itself.
  }
}

function secretsOf(raw: string | undefined, encoded: string | undefined): string[] {
  if (raw === undefined || encoded === undefined) {
    return [];
  }
  // Replacing one or two characters everywhere would make a log unreadable and hide nothing.
  return [...new Set([raw, encoded, decode(raw)])]
    .filter((secret) => secret.length > 2)
    .sort((a, b) => b.length - a.length);
}
