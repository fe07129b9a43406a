import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { Household } from '../support/household.js';
import { python } from '../support/python.js';
import { portraitOf, stillOf } from '../visitors/index.js';

/** The whole way with a network that is far too small to be any good: what is tested is that every part fits. */
describe('an encoder trained from scratch', () => {
  let home: Household;
  let out: string;
  let told: string;
  let encoder: { model: string; description: string; population: string };

  beforeAll(async () => {
    home = await Household.create();
    out = join(home.folder, 'encoder');
    const faces = join(home.folder, 'faces');
    await python('-c', `from faces_for_tests import *; draw_people(Path(${JSON.stringify(faces)}), 40, 4)`);
    const recipe = '--size 48 --width 0.25 --embedding 32 --batch 16 --epochs 3 --hold-out 0.6 --workers 0 --threads 1';
    told = await home.doorman('train-encoder', faces, '--out', out, '--id', 'tiny', ...recipe.split(' '));
    encoder = {
      model: join(out, 'encoder.onnx'),
      description: join(out, 'encoder.json'),
      population: join(out, 'population.json'),
    };
  }, 300_000);
  afterAll(() => home.remove());

  it('says how it goes and how to use it', () => {
    expect(told).toMatch(/64 pictures of 16 people/);
    expect(told).toMatch(/epoch 3\/3: loss .* % of \d+ pairs of people not trained on are told right/);
    expect(told).toContain(JSON.stringify(encoder));
  });

  it('comes with statistics of people it was not trained on and with a model card', async () => {
    const population = JSON.parse(await readFile(encoder.population, 'utf8')) as Record<string, unknown>;
    const description = JSON.parse(await readFile(encoder.description, 'utf8')) as { version: string };
    expect(population).toMatchObject({
      encoder: { id: 'tiny', version: description.version },
      source: { people: 24, images: 96 },
    });
    expect(await readFile(join(out, 'MODEL-CARD.md'), 'utf8')).toMatch(
      /24 people who were not trained on, 96 pictures/,
    );
  });

  it('is in force for the command and at the door', async () => {
    const platform = home.platform({ encoder, liveness: 'off' });
    await home.writeConfig(platform);
    expect(await home.enroll('Anna')).toContain('Anna: 5 of 5 looks were taken.');
    expect(await home.doorman('identify', join(home.folder, 'Anna-0.jpg'))).toMatch(
      /^Anna-0\.jpg +(Anna|unknown) +\d+\.\d{3} +-?\d+\.\d{3}/m,
    );
    const homebridge = await home.startHomebridge(platform);
    try {
      await homebridge.logged(/camera is online/, 60_000);
      home.camera.play(await home.clip([{ kind: 'visitor', who: 'Anna' }], 6));
      await homebridge.logged(/somebody is at the door/, 60_000);
      // Whom such an encoder takes her for says nothing; that it judged her does.
      await homebridge.logged(/Front Door: (Anna|Unknown visitor|Undecided) \(confidence/, 60_000);
      expect(homebridge.problems).toEqual([]);
    } finally {
      await homebridge.stop();
    }
  }, 300_000);
});

/** Faces are cut out as the encoder will see them: the points end where the template has them. */
describe('doorman align', () => {
  let home: Household;
  beforeAll(async () => {
    home = await Household.create();
  }, 60_000);
  afterAll(() => home.remove());

  it('cuts out faces, keeps what is there, and says what it could not use', async () => {
    const photos = join(home.folder, 'photos');
    const aligned = join(home.folder, 'aligned');
    await python('-c', `import os; os.makedirs(${JSON.stringify(join(photos, 'Anna'))})`);
    const still = await stillOf(portraitOf('Anna'), { pose: { yaw: 0, pitch: 0, roll: 0.2 } });
    await writeFile(join(photos, 'Anna', 'a.jpg'), await still.jpeg());
    await writeFile(join(photos, 'Anna', 'b.jpg'), 'no picture');
    const grey = { width: 200, height: 200, channels: 3, background: '#888' } as const;
    await sharp({ create: grey })
      .jpeg()
      .toFile(join(photos, 'Anna', 'c.jpg'));
    expect(await home.doorman('align', photos, aligned)).toMatch(/1 aligned, 1 no face, 1 unreadable/);
    const picture = join(aligned, 'Anna', 'a.jpg');
    expect(await sharp(picture).metadata()).toMatchObject({ width: 112, height: 112 });
    expect(await home.doorman('align', photos, aligned)).toMatch(/1 there already/);
    await expect(home.doorman('align', photos, aligned, '--size', '96')).rejects.toThrow(/holds faces of 112 pixels/);
    await expect(home.doorman('train-encoder', aligned, '--out', home.folder, '--python', 'none')).rejects.toThrow(
      /none lacks what training needs/,
    );
  }, 120_000);
});
