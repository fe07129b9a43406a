import { setTimeout as pause } from 'node:timers/promises';
import sharp from 'sharp';
import { CHARACTERISTIC, HapClient } from '../../test/support/hap-client.js';
import type { Homebridge } from '../../test/support/homebridge.js';
import { Household } from '../../test/support/household.js';

/** Time from asking to the first complete picture, ms. */
export interface Starts {
  readonly count: number;
  readonly median: number;
  readonly percentile95: number;
}

export interface LiveFigures {
  readonly sessions: number;
  /** Of them ended by going away without a word. */
  readonly vanished: number;
  /** Sessions whose packets were sealed rightly and decoded to the size that was to come. */
  readonly decodable: number;
  readonly copied: Starts;
  readonly encoded: Starts;
  /** What was there after them that was not there before. */
  readonly left: { readonly processes: number; readonly descriptors: number; readonly busy: number };
  /** RTSP connections opened at the camera from beginning to end. */
  readonly connections: number;
  readonly snapshots: Starts & { readonly longest: number };
  readonly visits: number;
  /** With the camera switched off. */
  readonly dead: Starts & { readonly longest: number; readonly pictures: number };
}

const COPIED = { width: 1280, height: 720, fps: 30, bitrate: 20_000 };
const ENCODED = { width: 640, height: 360, fps: 30, bitrate: 400 };
const SIZES = [
  [1280, 720],
  [640, 360],
  [320, 240],
] as const;
/** Streaming Status as TLV: one byte, 0. */
const AVAILABLE = 'AQEA';
const MORE_PACKETS = 20;
const VANISH_EVERY = 10;
/** A phone that reported every half second is given up after eight seconds, one that never did after thirty. */
const GIVEN_UP_MS = 40_000;

/**
 * The plugin in a real Homebridge with recognition at work (somebody comes again and again), two phones that start and
 * end live views without a pause, and a third one that asks for snapshots meanwhile.
 */
export async function liveFigures(sessions: number, snapshots: number): Promise<LiveFigures> {
  const endings: (() => Promise<unknown>)[] = [];
  try {
    const home = await Household.create();
    endings.push(() => home.remove());
    home.camera.play(await home.annaAtTheDoor());
    const homebridge = await home.startHomebridge(home.platform());
    endings.push(() => homebridge.stop());
    const port = await homebridge.port('Front Door');
    const first = await HapClient.pair({ port, pin: homebridge.pin });
    const phones = [first, ...(await Promise.all([1, 2].map(() => HapClient.connect(first.pairing, { port }))))];
    phones.forEach((phone) => endings.push(() => phone.close()));
    await homebridge.logged(/camera is online/, 120_000);
    await pause(3000);
    const before = await inventory(homebridge, first);
    const views: View[] = [];
    const lanes = [0, 1].map((lane) => watchAgain(lane, phones[lane]!, home, views, () => views.length < sessions));
    const running = { lanes: true };
    const pictures = askAgain(phones[2]!, snapshots, () => running.lanes);
    const [answers] = await Promise.all([pictures, Promise.all(lanes).finally(() => (running.lanes = false))]);
    const after = await settled(before, () => inventory(homebridge, first));
    const { plays } = home.camera.counts;
    const visits = homebridge.log.filter((line) => line.includes('somebody is at the door')).length;
    await home.camera.down();
    await homebridge.logged(/camera is offline/, 60_000);
    const dead = await askAgain(phones[2]!, Math.ceil(snapshots / 10), () => false);
    return {
      sessions: views.length,
      vanished: views.filter(({ vanished }) => vanished).length,
      decodable: views.filter(({ decodable }) => decodable).length,
      copied: starts(views.filter(({ copied }) => copied).map(({ ms }) => ms)),
      encoded: starts(views.filter(({ copied }) => !copied).map(({ ms }) => ms)),
      left: {
        processes: after.processes - before.processes,
        descriptors: after.descriptors - before.descriptors,
        busy: after.busy,
      },
      connections: plays,
      visits,
      snapshots: { ...starts(answers), longest: Math.max(...answers) },
      dead: { ...starts(dead), longest: Math.max(...dead), pictures: dead.length },
    };
  } finally {
    for (const end of endings.reverse()) {
      await end().catch(() => undefined);
    }
  }
}

interface View {
  readonly copied: boolean;
  readonly vanished: boolean;
  decodable: boolean;
  ms: number;
}

/** Live views one after the other; a service whose phone vanished rests until the next one does. */
async function watchAgain(
  lane: number,
  phone: HapClient,
  home: Household,
  views: View[],
  more: () => boolean,
): Promise<void> {
  let service = lane;
  while (more()) {
    const number = views.length;
    // Whether it is copied must not go with which ones vanish.
    const copied = (number + Math.floor(number / VANISH_EVERY)) % 2 === 0;
    const view = { copied, vanished: number % VANISH_EVERY === VANISH_EVERY - 1, decodable: false, ms: Infinity };
    views.push(view);
    const wish = copied ? COPIED : ENCODED;
    await free(phone, service);
    const asked = performance.now();
    const live = await phone.liveStream(wish, service);
    await live.pictured(30_000);
    await live.received(live.packets.length + MORE_PACKETS, 30_000);
    if (view.vanished) {
      // After its first report: a phone that never reports is given much longer.
      await pause(700);
      live.vanish();
      service = (service + 2) % 4;
    } else {
      await live.stop();
    }
    view.ms = (live.firstPictureAt ?? Infinity) - asked;
    const frames = await live.frames(home.ffmpeg.path).catch(() => []);
    view.decodable = live.forged === 0 && frames[0]?.width === wish.width && frames[0].height === wish.height;
  }
}

/** Waits until nobody watches on this service any more. */
async function free(phone: HapClient, service: number): Promise<void> {
  const status = phone.find(CHARACTERISTIC.streamingStatus)[service]!;
  for (let tries = 0; tries < 60 && (await phone.read(status)) !== AVAILABLE; tries++) {
    await pause(500);
  }
}

/** Snapshots, one every now and then: so many, and on for as long as `more` says. Answers with their times in ms. */
async function askAgain(phone: HapClient, count: number, more: () => boolean): Promise<number[]> {
  const answers: number[] = [];
  while (answers.length < count || more()) {
    const [width, height] = SIZES[answers.length % SIZES.length]!;
    const asked = performance.now();
    const jpeg = await phone.snapshot(width, height);
    answers.push(performance.now() - asked);
    const found = await sharp(jpeg).metadata();
    if (found.width !== width || found.height !== height) {
      throw new Error(`a snapshot of ${found.width}x${found.height} came for ${width}x${height}`);
    }
    await pause(200);
  }
  return answers;
}

interface Inventory {
  readonly processes: number;
  readonly descriptors: number;
  readonly busy: number;
}

/** What there is once the phones that vanished have been given up. */
async function settled(before: Inventory, look: () => Promise<Inventory>): Promise<Inventory> {
  const until = performance.now() + GIVEN_UP_MS;
  for (;;) {
    const now = await look();
    const isAsBefore = now.busy === 0 && now.processes <= before.processes && now.descriptors <= before.descriptors;
    if (isAsBefore || performance.now() > until) {
      return now;
    }
    await pause(1000);
  }
}

async function inventory(homebridge: Homebridge, phone: HapClient): Promise<Inventory> {
  const states = await Promise.all(phone.find(CHARACTERISTIC.streamingStatus).map((found) => phone.read(found)));
  return {
    processes: (await homebridge.children('ffmpeg')).length,
    descriptors: await homebridge.descriptors(),
    busy: states.filter((state) => state !== AVAILABLE).length,
  };
}

function starts(values: readonly number[]): Starts {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return { count: values.length, median: at(0.5), percentile95: at(0.95) };
}
