import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { findFfmpeg } from '../../src/video/ffmpeg.js';
import { recordingLogger } from '../support/recording-logger.js';
import type { SettingsPage } from '../support/settings-page.js';
import { ObedientVisitor, portraitOf, stillOf, SyntheticCamera, type Guidance } from '../visitors/index.js';
import { figure, shareModels, World } from './world.js';

/** What the page's words ask of somebody who understands them. */
const meaning: Readonly<Record<string, Guidance>> = {
  'Come closer': 'come-closer',
  'Look straight at the camera': 'look-straight',
  'Turn a little to the left': 'turn-left',
  'Turn a little to the right': 'turn-right',
  'Look up': 'look-up',
  'Look down': 'look-down',
  Blink: 'blink',
  'Hold still': 'hold-still',
};

/** A photo that is small as a file and enormous as a picture. */
const HUGE = { width: 9000, height: 6700 };
/** More than the plugin takes of a film, bytes. */
const TOO_LONG = 300 * 1024 * 1024;

let camera: SyntheticCamera;
let world: World;
let page: SettingsPage;

beforeAll(async () => {
  const { path } = await findFfmpeg({ logger: recordingLogger() });
  camera = await SyntheticCamera.start({ ffmpegPath: path, width: 480, height: 360, framesPerSecond: 8 });
  const doorbell = { name: 'Front Door', url: camera.url, framesPerSecond: 8, liveness: 'off' };
  world = await World.start({ doorbells: [doorbell] }, shareModels);
  page = await world.open({ width: 1280, height: 1000 });
}, 180_000);

afterAll(async () => {
  await world.stop();
  await camera.stop();
}, 60_000);

/** Says who is enrolled, with consent, and by which way. */
async function begin(name: string, way: RegExp): Promise<void> {
  await page.go('Enrol');
  await page.field('Name').fill(name);
  await page.field(/has agreed to be recognised/).check();
  await page.frame.getByRole('radio', { name: way }).check();
  await page.button('Continue').click();
}

describe('from photos', () => {
  it('nobody is enrolled without a name and a consent', async () => {
    await page.go('Enrol');
    await page.frame.getByRole('radio', { name: /From photos/ }).check();
    await page.button('Continue').click();
    await page.text('A name is needed.').waitFor();
    await page.field('Name').fill('Ben');
    await page.button('Continue').click();
    await page.text('Without consent nobody is enrolled').waitFor();
    await page.frame.waitForFunction("document.activeElement.type === 'checkbox'");
    expect(await page.faultsEverywhere()).toEqual([]);
    await figure(page, 'enrol');
  });

  it('a guest is enrolled, and what cannot be used is explained', async () => {
    await begin('Ben', /From photos/);
    const looks = [0, 0.25, -0.25].map((yaw) => ({ yaw, pitch: 0, roll: 0 }));
    const files = await Promise.all(
      looks.map(async (pose, at) => ({
        name: at === 0 ? '<img src=x onerror=alert(1)>.jpg' : `ben-${at}.jpg`,
        mimeType: 'image/jpeg',
        buffer: await (await stillOf(portraitOf('Ben'), { pose })).jpeg(),
      })),
    );
    const text = { name: 'letter.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('Dear Ben, this is no picture.') };
    const input = page.frame.locator('input[type=file]');
    await input.setInputFiles([...files, text]);
    await page.text('3 of 4 looks can be enrolled.').waitFor({ timeout: 90_000 });
    await page.text('is not a picture this browser can read').waitFor();
    await page.text('<img src=x onerror=alert(1)>.jpg').waitFor();
    await figure(page, 'enrol-photos');

    await input.setInputFiles([await hugePhoto(), await longFilm()]);
    await page.text('3 of 6 looks can be enrolled.').waitFor({ timeout: 60_000 });
    await page.text('no face was found').waitFor();
    await page.text('256 MB at most').waitFor();

    expect(await page.faultsEverywhere()).toEqual([]);

    await page.button('Enrol Ben').click();
    await page.text('Ben is enrolled with 3 faces.').waitFor({ timeout: 60_000 });
    await page.text('Ben will be recognised from now on').waitFor();
    expect(await page.faultsEverywhere()).toEqual([]);
    await figure(page, 'enrol-done');
  }, 180_000);

  it('the keyboard is enough', async () => {
    const { keyboard } = page.host;
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) {
        await keyboard.press(key);
      }
    };
    await page.frame.locator('nav.doorman-pages').getByRole('button', { name: 'Enrol' }).focus();
    await press('Enter');
    await page.field('Name').waitFor();
    await press('Tab', 'Tab');
    await keyboard.type('Clara');
    await press('Tab', 'Tab', 'Space');
    // The parent's consent, then the ways: the arrows choose among them.
    await press('Tab', 'Tab', 'ArrowDown');
    expect(await page.frame.getByRole('radio', { name: /From photos/ }).isChecked()).toBe(true);
    await press('Tab', 'Enter');
    await page.focusOn('Pictures of Clara');
    await press('Tab');
    // From here the browser's own dialog would be opened with the space bar.
    const photo = await stillOf(portraitOf('Clara'), {});
    await page.frame
      .locator('input[type=file]:focus')
      .setInputFiles({ name: 'clara.jpg', mimeType: 'image/jpeg', buffer: await photo.jpeg() });
    await page.text('1 of 1 looks can be enrolled.').waitFor({ timeout: 60_000 });
    await press('Tab', 'Enter');
    await page.text('Clara is enrolled with 1 face.').waitFor({ timeout: 60_000 });
    await page.focusOn('Clara is enrolled with 1 face.');
  }, 120_000);
});

describe('live at the door', () => {
  it('the camera’s picture shows the face and its size', async () => {
    camera.show(new ObedientVisitor('Anna', portraitOf('Anna'), { size: 110, y: 0.5 }));
    await page.go('Doorbells');
    await page.text('online').waitFor({ timeout: 60_000 });
    await page.button('Show the live picture').click();
    await page.text(/One face in the picture, \d+ px wide/).waitFor({ timeout: 60_000 });
    expect(await page.faultsEverywhere()).toEqual([]);
    await figure(page, 'doorbells');
    await page.button('Hide the live picture').click();
  }, 120_000);

  it('a region to ignore is drawn on the picture', async () => {
    await page.button('Regions to ignore').click();
    const scene = await page.frame.locator('.doorman-scene img').elementHandle({ timeout: 30_000 });
    await scene.scrollIntoViewIfNeeded();
    const { x = 0, y = 0, width = 0, height = 0 } = (await scene.boundingBox()) ?? {};
    const { mouse } = page.host;
    await mouse.move(x + width * 0.5, y + height * 0.1);
    await mouse.down();
    await mouse.move(x + width * 0.7, y + height * 0.2, { steps: 3 });
    await mouse.move(x + width * 0.9, y + height * 0.4, { steps: 3 });
    await mouse.up();
    await page.text('Region 1').waitFor();
    await page.field('Top').fill('20');
    await page.button('Save the regions').click();
    await page.text('Restart Homebridge to start with it.').waitFor();
    const { doorbells } = await world.blockWhere(({ doorbells: [door] = [] }) => door?.ignoreRegions !== undefined);
    const [region] = doorbells?.[0]?.ignoreRegions ?? [];
    expect(region?.x).toBeCloseTo(0.5, 1);
    expect(region?.y).toBeCloseTo(0.2, 2);
    expect(region?.width).toBeCloseTo(0.4, 1);
    expect(region?.height).toBeCloseTo(0.3, 1);
    await page.button('Regions to ignore').click();
  }, 60_000);

  it('a guest who does what is said is enrolled', async () => {
    const visitor = new ObedientVisitor('Anna', portraitOf('Anna'), { size: 110, y: 0.5 });
    camera.show(visitor);
    await begin('Anna', /Live at the door/);
    await page.button('Start').click();
    const done = page.text(/Anna is enrolled with \d+ faces/);
    const guidance = page.frame.locator('.doorman-guidance');
    let asked = '';
    let pictured = false;
    const faults: string[] = [];
    for (const deadline = Date.now() + 150_000; Date.now() < deadline && !(await done.isVisible());) {
      const words = (await guidance.textContent({ timeout: 500 }).catch(() => null)) ?? '';
      const wish = meaning[words];
      if (words !== asked && wish !== undefined) {
        visitor.follow(wish);
        asked = words;
      }
      if (!pictured && words.startsWith('Turn')) {
        pictured = true;
        await figure(page, 'enrol-live');
        faults.push(...(await page.faultsEverywhere()));
      }
      await page.host.waitForTimeout(100);
    }
    await done.waitFor({ timeout: 30_000 });
    expect(pictured).toBe(true);
    expect(faults).toEqual([]);
    await page.go('Guests');
    const card = page.frame.locator('article', { hasText: 'Anna' });
    await card.getByRole('img', { name: 'All poses are covered.' }).waitFor();
  }, 240_000);

  it('a camera that has gone is told of, and nobody waits for ever', async () => {
    await camera.server.stop();
    await page.go('Doorbells');
    await page.text('offline').waitFor({ timeout: 60_000 });
    await page.go('Enrol');
    await page.field('1. Who is it?').selectOption({ label: 'Anna' });
    await page.text('no doorbell is online now').waitFor();
    await page.frame.getByRole('radio', { name: /Live at the door/ }).check();
    await page.button('Continue').click();
    await page.text('No doorbell is online.').waitFor({ timeout: 30_000 });
  }, 120_000);
});

describe('the accuracy page', () => {
  it('counts who was taken for whom, and draws the distances with τ', async () => {
    await page.go('Accuracy');
    await page.frame.getByRole('table').waitFor({ timeout: 90_000 });
    await page.frame.getByRole('columnheader', { name: 'Anna' }).waitFor();
    await page.frame.getByRole('rowheader', { name: 'Ben' }).waitFor();
    await page.frame
      .getByRole('img', { name: /Anna: \d+ own faces and \d+ strangers; threshold 0\.\d?[1-9]/ })
      .waitFor();
    expect(await page.faultsEverywhere()).toEqual([]);
    await figure(page, 'accuracy');
    await page.frame.locator('.doorman-legend').scrollIntoViewIfNeeded();
    await figure(page, 'distances', '.doorman-distances');
  }, 120_000);

  it('shows what another rate would change, and applies it only when told to', async () => {
    const slider = page.frame.getByRole('slider');
    await slider.focus();
    for (let step = 0; step < 4; step++) {
      await page.host.keyboard.press('ArrowRight');
    }
    await page.text('What would change').waitFor();
    await page.frame
      .getByRole('button', { name: 'Apply' })
      .and(page.frame.locator(':enabled'))
      .waitFor({ timeout: 60_000 });
    expect(await page.faultsEverywhere()).toEqual([]);
    await figure(page, 'accuracy-preview');
    await page.button('Apply').click();
    await page.text('Applied: the doorbells use it from now on.').waitFor();
  }, 120_000);

  it('trains again when asked', async () => {
    await page.button('Train again').click();
    await page.text(/^Trained/).waitFor({ timeout: 60_000 });
    expect(page.errors).toEqual([]);
  }, 90_000);
});

async function hugePhoto(): Promise<string> {
  const path = join(world.storage, 'huge.jpg');
  const { width, height } = HUGE;
  await sharp({ create: { width, height, channels: 3, background: '#8fa' } })
    .jpeg()
    .toFile(path);
  return path;
}

/** Takes no room on the disk. */
async function longFilm(): Promise<string> {
  const path = join(world.storage, 'long.mp4');
  await writeFile(path, '');
  const file = await open(path, 'r+');
  await file.truncate(TOO_LONG);
  await file.close();
  return path;
}
