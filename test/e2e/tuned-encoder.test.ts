import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { unpackCrop } from '../../src/enrolment/crop-file.js';
import { GuestBook } from '../../src/guestbook/book.js';
import { packageRoot } from '../../src/package-root.js';
import { parsePopulation, serialisePopulation } from '../../src/recognition/population-file.js';
import type { EncoderId } from '../../src/types.js';
import { bookFolder } from '../../src/ui-link/socket-place.js';
import { KeptFaces } from '../../src/vision/tuning/kept-faces.js';
import { TunableNetwork } from '../../src/vision/tuning/network.js';
import { packTunedEncoder, tagOf, type TunedEncoder } from '../../src/vision/tuning/tuned-file.js';
import { createVision } from '../../src/vision/vision.js';
import type { Homebridge } from '../support/homebridge.js';
import { Household } from '../support/household.js';
import { recordingLogger } from '../support/recording-logger.js';
import type { Clip } from '../support/rtsp-server.js';
import { shareModels } from '../ui/world.js';

const options = { cacheFolder: join(packageRoot, '.cache', 'test-models'), logger: recordingLogger(), threads: 1 };
const former: EncoderId = { id: 'fusion', version: '1-1' };

/** The packaged encoder with its last layer changed a little, as tuning leaves it, and with statistics under its name. */
async function tunedEncoder(): Promise<{ tuned: TunedEncoder; id: EncoderId }> {
  const values = Float32Array.from({ length: 256 * 128 }, (_, i) => 0.003 * Math.sin(i * i));
  const differences = new Map([['fc', { shape: [256, 128], dtype: 'float32' as const, values }]]);
  const tag = tagOf(differences);
  const id = { id: 'fusion', version: `1-1+tuned.${tag}` };
  const kept = await KeptFaces.open('dlib', options);
  const network = await TunableNetwork.open('dlib');
  network.become(differences);
  const [reference] = network.embed([await kept.selfTest()]);
  network.dispose();
  await kept.dispose();
  const shipped: unknown = JSON.parse(await readFile(join(packageRoot, 'models', 'fusion.population.json'), 'utf8'));
  const population = serialisePopulation({ ...parsePopulation(shipped), encoder: id, tunedFrom: former });
  return { id, tuned: { tag, base: former, network: 'dlib', differences, reference: [...reference!], population } };
}

/** What the plugin does when a tuning was better. */
async function promote(home: Household): Promise<EncoderId> {
  const { tuned, id } = await tunedEncoder();
  const book = await GuestBook.open({
    folder: bookFolder(home.storage),
    key: { kind: 'file', path: join(home.folder, 'key') },
    logger: options.logger,
    holder: 'the test',
  });
  const vision = await createVision({ ...options, tuned });
  expect(vision.encoder.version).toBe(id.version);
  const embeddings = new Map<string, { templateId: string; embedding: Float32Array }[]>();
  for (const guest of book.guests()) {
    const fresh: { templateId: string; embedding: Float32Array }[] = [];
    for (const face of book.faces(guest.id)) {
      const embedding = await vision.encodeCrop(await unpackCrop((await book.crop(face.id))!));
      fresh.push({ templateId: face.id, embedding });
    }
    embeddings.set(guest.id, fresh);
  }
  await vision.dispose();
  await book.promoteEncoder({ file: packTunedEncoder(tuned), id, former, embeddings });
  await book.close();
  return id;
}

describe('an encoder tuned on site', () => {
  let home: Household;
  let homebridge: Homebridge;
  let anna: Clip;
  let tuned: EncoderId;

  beforeAll(async () => {
    home = await Household.create();
    await shareModels(home.storage);
    anna = await home.annaAtTheDoor();
    await home.writeConfig(home.platform());
    await home.enroll('Anna');
    tuned = await promote(home);
    homebridge = await home.startHomebridge(home.platform({ liveness: 'off' }));
    await homebridge.logged(/camera is online/, 60_000);
  }, 240_000);

  afterAll(async () => {
    await homebridge.stop();
    await home.remove();
  }, 60_000);

  /** Anna comes and goes. @returns the encoder that her visit was decided with, as the receipt has it */
  async function encoderOfVisit(): Promise<string | undefined> {
    const from = homebridge.log.length;
    home.camera.play(anna);
    await homebridge.logged(/Front Door: Anna /, 90_000, from);
    home.showEmptyPorch();
    await homebridge.logged(/has left\./, 60_000, from);
    const [visit] = /\S+(?= .*Front Door)/.exec(await home.doorman('explain'))!;
    return /^encoder +(.+)$/m.exec(await home.doorman('explain', visit))?.[1];
  }

  it('recognises at the door, and one step back the original does again', async () => {
    expect(await encoderOfVisit()).toBe(`${tuned.id} ${tuned.version}`);
    const from = homebridge.log.length;
    expect(await home.doorman('tune', '--back')).toContain('as it was before tuning');
    await homebridge.logged(/camera is online/, 60_000, from);
    expect(await encoderOfVisit()).toBe(`${former.id} ${former.version}`);
    // Nobody is told that guests cannot be recognised while the encoders change places.
    expect(homebridge.problems).toEqual([]);
  }, 240_000);
});
