import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HapClient } from '../support/hap-client.js';
import type { Homebridge } from '../support/homebridge.js';
import { Household } from '../support/household.js';

/** The whole plugin in a real Homebridge, a real command and a real HomeKit client; nobody starts anything again. */
describe('guests come and go while Homebridge runs', () => {
  let home: Household;
  let homebridge: Homebridge;
  let bridge: HapClient;
  const shared = ['Someone we know', 'Unknown visitor'];

  beforeAll(async () => {
    home = await Household.create();
    const platform = home.platform({ doorbells: [] });
    await home.writeConfig(platform);
    homebridge = await home.startHomebridge(platform);
    bridge = await HapClient.pair({ port: await homebridge.port(), pin: homebridge.pin });
  }, 120_000);

  afterAll(async () => {
    await bridge.close();
    await homebridge.stop();
    await home.remove();
    expect(homebridge.problems).toEqual([]);
  }, 60_000);

  /** Who has a sensor in Home now. */
  const inHome = async (): Promise<string[]> => {
    await bridge.refresh();
    return bridge.accessories.slice(1).sort();
  };

  /** Waits until Home shows these beside the sensors that belong to nobody. */
  const appear = async (...guests: string[]): Promise<void> => {
    const wanted = [...guests, ...shared].sort();
    for (let tries = 0; tries < 50 && (await inHome()).join() !== wanted.join(); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(await inHome()).toEqual(wanted);
  };

  it('appear when they are enrolled, are renamed, and vanish when they are forgotten', async () => {
    await appear();
    await home.enroll('Ben');
    await appear('Ben');
    await home.doorman('guests', 'rename', 'Ben', 'Benjamin');
    await appear('Benjamin');
    await home.doorman('forget', 'Benjamin', '--yes');
    await appear();
  }, 150_000);
});
