import { CAMERA, HOUSE } from './network.js';

/** A kind of traffic, with how much of it there was. */
export interface Traffic {
  readonly what: string;
  packets: number;
  /** Nobody but the camera, the phones and the local network's own housekeeping may be spoken to. */
  readonly expected: boolean;
}

export interface Known {
  /** The camera's port. */
  readonly camera: number;
  /** Ports of the house that the phone connects to. */
  readonly hap: readonly number[];
}

const address = /\bIP6? (\S+) > (\S+?):/;

/** Sorts the packets of a capture by whom they go to and why. */
export function sort(lines: readonly string[], known: Known): Traffic[] {
  const all = new Map<string, Traffic>();
  for (const line of lines) {
    const [what, expected] = kindOf(line, known);
    const traffic = all.get(what) ?? { what, packets: 0, expected };
    traffic.packets++;
    all.set(what, traffic);
  }
  return [...all.values()].sort((a, b) => b.packets - a.packets);
}

function kindOf(line: string, known: Known): [what: string, expected: boolean] {
  if (/\bARP\b/.test(line)) {
    return ['who has which address in the local network (ARP)', true];
  }
  const match = address.exec(line);
  if (match === null) {
    return [`not understood: ${line}`, false];
  }
  const [from, to] = [endOf(match[1]!), endOf(match[2]!)];
  if (isLoopback(from.host) && isLoopback(to.host)) {
    return ['inside the house (loopback)', true];
  }
  if (to.port === 5353 && (to.host === '224.0.0.251' || to.host === 'ff02::fb')) {
    return ['announcements in the local network (mDNS)', true];
  }
  if (/^ff02::|^224\.0\.0\.22$/.test(to.host) || /ICMP6, (router|neighbor|multicast)/i.test(line)) {
    return ['joining groups and finding neighbours, by the kernel (IGMP, MLD, NDP)', true];
  }
  // The house's own address, spoken to from inside.
  if (from.host === HOUSE && to.host === HOUSE) {
    return ['inside the house (its own address)', true];
  }
  const pair = [from, to];
  const far = pair.find(({ host }) => host === CAMERA);
  const near = pair.find(({ host }) => host === HOUSE);
  if (far !== undefined && near !== undefined) {
    if (far.port === known.camera) {
      return ['the camera (RTSP)', true];
    }
    if (near.port !== undefined && known.hap.includes(near.port)) {
      return ['the phone (HAP)', true];
    }
    if (near.port === 5353 || far.port === 5353) {
      return ['announcements in the local network (mDNS)', true];
    }
    if (far.port === 53) {
      return [`a question to the name server: ${line.replace(/^.*?: /, '')}`, false];
    }
  }
  return [`${from.host} to ${to.host}${to.port === undefined ? '' : `, port ${to.port}`}`, false];
}

/** `10.0.0.1.53` or `fe80::1.53`: the port stands after the last dot. */
function endOf(text: string): { readonly host: string; readonly port: number | undefined } {
  const v4 = /^(\d+\.\d+\.\d+\.\d+)(?:\.(\d+))?$/.exec(text);
  const [, host = text, port] = v4 ?? /^([0-9a-f:]+)(?:\.(\d+))?$/i.exec(text) ?? [];
  return { host, port: port === undefined ? undefined : Number(port) };
}

const isLoopback = (host: string): boolean => host.startsWith('127.') || host === '::1';
