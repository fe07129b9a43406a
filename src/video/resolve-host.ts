import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { CameraFault } from './camera-fault.js';
import type { CameraUrl } from './camera-url.js';

/**
 * Puts the camera's IP address in the place of its name. ffmpeg is not left to do it: statically linked builds, such as
 * the packaged one, crash when they look a name up, and do not know the names of the local network (`camera.local`).
 */
export async function resolveHost(url: CameraUrl): Promise<{ url: CameraUrl } | { fault: CameraFault }> {
  if (isIP(url.host.replace(/%.*$/, '')) !== 0) {
    return { url };
  }
  try {
    const { address, family } = await lookup(url.host, { verbatim: false });
    const host = family === 6 ? `[${address}]` : address;
    // Credentials are percent-encoded, so the first "@", if any, stands before the host unless it belongs to the path.
    const authority = url.scheme.length + '://'.length;
    const userInfo = /^[^/?#]*@/.exec(url.href.slice(authority))?.[0].length ?? 0;
    const place = authority + userInfo;
    const href = url.href.slice(0, place) + host + url.href.slice(place + url.host.length);
    return { url: { ...url, href } };
  } catch {
    return {
      fault: {
        kind: 'unknown-host',
        message: `No device of the name ${url.host} is known in this network; use the camera's IP address.`,
      },
    };
  }
}
