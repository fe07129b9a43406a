import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHARACTERISTIC, HapClient } from '../support/hap-client.js';
import { installHomebridge2 } from '../support/homebridge-2.js';
import type { Homebridge } from '../support/homebridge.js';
import { Household } from '../support/household.js';

/** The main job once more, in Homebridge 2 on a newer Node. */
describe('in Homebridge 2', () => {
  let home: Household;
  let homebridge: Homebridge;
  /** What was started, to be ended the other way round. */
  const endings: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const newer = await installHomebridge2();
    home = await Household.create();
    endings.push(() => home.remove());
    await home.writeConfig(home.platform());
    await home.enroll('Anna');
    homebridge = await home.startHomebridge(home.platform(), newer);
    endings.push(() => homebridge.stop());
  }, 240_000);

  afterAll(async () => {
    for (const end of endings.reverse()) {
      await end();
    }
  }, 60_000);

  it('names the guest and leaves nothing behind', async () => {
    expect(homebridge.log.join('\n')).toMatch(/Homebridge v2\./);
    const bridge = await HapClient.pair({ port: await homebridge.port(), pin: homebridge.pin });
    const door = await HapClient.pair({ port: await homebridge.port('Front Door'), pin: homebridge.pin });
    await homebridge.logged(/camera is online/, 60_000);
    await bridge.subscribe();
    await door.subscribe();
    home.camera.play(await home.annaAtTheDoor());
    const named = await bridge.event(
      ({ accessory, characteristic, value }) =>
        accessory === 'Anna' && characteristic === CHARACTERISTIC.occupancyDetected && value === 1,
      { timeoutMs: 30_000 },
    );
    expect(named.value).toBe(1);
    await door.event(({ characteristic }) => characteristic === CHARACTERISTIC.programmableSwitchEvent, {
      timeoutMs: 10_000,
    });
    expect((await door.snapshot(640, 360)).subarray(0, 2).toString('hex')).toBe('ffd8');
    await bridge.close();
    await door.close();
    const { left } = await homebridge.stop();
    expect(left).toEqual([]);
    expect(homebridge.problems).toEqual([]);
  }, 120_000);
});
