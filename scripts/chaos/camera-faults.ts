import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { offline, type Door, type House } from '../endurance/house.js';
import type { Clip, RtspFault } from '../../test/support/rtsp-server.js';
import type { Fault } from './fault.js';

/** How long the log may take to say that a camera is gone: the watchdog's 8 s, and a slow machine. */
const SAID_WITHIN_MS = 45_000;

/** Waits until the log says that the camera is gone. */
async function untilSaid(house: House, door: Door, from: number): Promise<void> {
  await house.homebridge.logged(offline(door.name), SAID_WITHIN_MS, from);
}

/** The camera answers every connection wrongly; those that are open are cut, or go silent. */
const answering = (kind: string, fault: RtspFault, cut: boolean): Fault => ({
  kind,
  scope: 'door',
  proof: 'picture',
  told: true,
  strike: async (house, door) => {
    const from = house.homebridge.log.length;
    door.camera.fault = fault;
    if (cut) {
      door.camera.drop();
    }
    try {
      await untilSaid(house, door, from);
    } finally {
      door.camera.fault = undefined;
    }
  },
});

/** Off and on again, showing something else than before. */
const reboot = (kind: string, clip: (house: House) => Clip | undefined): Fault => ({
  kind,
  scope: 'door',
  proof: 'picture',
  told: true,
  needs: (house) => clip(house) !== undefined,
  strike: async (house, door) => {
    const from = house.homebridge.log.length;
    await door.camera.down();
    door.camera.play(clip(house)!);
    await untilSaid(house, door, from);
    await door.camera.up();
  },
});

export const cameraFaults: readonly Fault[] = [
  {
    kind: 'camera: connection cut',
    scope: 'door',
    proof: 'picture',
    told: true,
    strike: async (_house, door) => {
      door.camera.drop();
      await sleep(0);
    },
  },
  {
    kind: 'camera: off and on',
    scope: 'door',
    proof: 'picture',
    told: true,
    strike: async (house, door, chance) => {
      const from = house.homebridge.log.length;
      await door.camera.down();
      await untilSaid(house, door, from);
      await sleep(chance.between(0, 3000));
      await door.camera.up();
    },
  },
  answering('camera: stalls', 'stall', false),
  answering('camera: sends garbage', 'garbage', false),
  answering('camera: 401 in the middle', { status: '401 Unauthorized' }, true),
  answering('camera: 404 in the middle', { status: '404 Not Found' }, true),
  answering('camera: 503 in the middle', { status: '503 Service Unavailable' }, true),
  answering('camera: takes connections, never answers', 'hang', true),
  answering('camera: something else answers', 'http', true),
  {
    kind: 'camera: bytes in the middle of the stream',
    scope: 'door',
    proof: 'picture',
    told: false,
    strike: async (_house, door, chance) => {
      for (let at = 0; at < 5; at++) {
        door.camera.blurt(randomBytes(Math.round(chance.between(1, 5000))));
        await sleep(50);
      }
    },
  },
  {
    kind: 'camera: another picture size, live',
    scope: 'door',
    proof: 'picture',
    told: false,
    strike: async (house, door) => {
      door.camera.play(house.clips.otherSize);
      await sleep(2000);
    },
  },
  reboot('camera: reboots into another size', (house) => house.clips.otherSize),
  reboot('camera: reboots into H.265', (house) => house.clips.otherCodec),
  {
    kind: 'camera: its name is not known (DNS)',
    scope: 'house',
    proof: 'picture',
    told: true,
    needs: ({ mounts }) => mounts !== undefined,
    strike: async (house, door) => {
      const from = house.homebridge.log.length;
      house.mounts!.setNameKnown(false);
      door.camera.drop();
      try {
        await untilSaid(house, door, from);
        await sleep(2000);
      } finally {
        house.mounts!.setNameKnown(true);
      }
    },
  },
];
