import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { installHomebridge2 } from '../support/homebridge-2.js';
import { HomebridgeService, type HomebridgeServiceOptions } from '../support/homebridge-service.js';
import { installed } from '../support/installed.js';
import { launchBrowser, SettingsPage } from '../support/settings-page.js';
import { portraitOf, stillOf } from '../visitors/index.js';
import { fill, keyFile, openHouseholdBook } from './household.js';
import { shareModels } from './world.js';

type Versions = Pick<HomebridgeServiceOptions, 'configUiPath' | 'homebridgePath' | 'nodePath'>;

/** Beside the one that the other tests of the page run in. */
const homes: Readonly<Record<string, () => Promise<Versions>>> = {
  'version 4 of Homebridge’s user interface': async () => ({
    configUiPath: join(await installed('config-ui-4'), 'homebridge-config-ui-x'),
  }),
  'the newest version, with Homebridge 2 on a newer Node': installHomebridge2,
};

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
}, 60_000);

afterAll(() => browser.close());

describe.each(Object.keys(homes))('in %s', (which) => {
  let storage: string;
  let service: HomebridgeService;
  let page: SettingsPage;

  beforeAll(async () => {
    storage = await mkdtemp(join(tmpdir(), 'doorman-ui-'));
    const book = await openHouseholdBook(storage);
    await fill(book, { guests: 2, visits: 12 });
    await book.close();
    await shareModels(storage);
    const doorman = { keyFile: keyFile(storage), retention: { inbox: true } };
    service = await HomebridgeService.start({ storage, doorman, ...(await homes[which]!()) });
    page = await SettingsPage.open(browser, service.url);
  }, 300_000);

  afterAll(async () => {
    await service.stop();
    await rm(storage, { recursive: true, force: true });
  }, 60_000);

  it('a visitor is named', async () => {
    await page.go('Visitors');
    const stranger = page.frame.locator('article', { hasText: '2 visits' });
    await stranger.getByLabel('This is …').selectOption({ label: 'Anna Berger' });
    await stranger.getByRole('button', { name: 'That is right' }).click();
    await page.text(/faces were added to Anna Berger/).waitFor();
  });

  it('a guest is enrolled from photos', async () => {
    await page.go('Enrol');
    await page.field('Name').fill('Clara');
    await page.field(/has agreed to be recognised/).check();
    await page.frame.getByRole('radio', { name: /From photos/ }).check();
    await page.button('Continue').click();
    const photos = await Promise.all(
      [0, 0.25].map(async (yaw) => ({
        name: `clara ${yaw}.jpg`,
        mimeType: 'image/jpeg',
        buffer: await (await stillOf(portraitOf('Clara'), { pose: { yaw, pitch: 0, roll: 0 } })).jpeg(),
      })),
    );
    await page.frame.locator('input[type=file]').setInputFiles(photos);
    await page.text('2 of 2 looks can be enrolled.').waitFor({ timeout: 120_000 });
    await page.button('Enrol Clara').click();
    await page.text('Clara is enrolled with 2 faces.').waitFor({ timeout: 90_000 });
    await page.text('Clara will be recognised from now on').waitFor();
  }, 240_000);

  it('a guest is forgotten', async () => {
    await page.go('Guests');
    await page.button('Details of Ben Okafor').click();
    await page.button('Forget Ben Okafor').click();
    await page.button('Forget Ben Okafor').click();
    await page.frame.getByRole('heading', { name: 'Clara' }).waitFor();
    expect(await page.frame.getByRole('heading', { name: 'Ben Okafor' }).count()).toBe(0);
    expect(page.errors).toEqual([]);
  });
});
