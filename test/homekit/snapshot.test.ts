import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { annotate, bandHeight } from '../../src/homekit/label.js';
import {
  ageInWords,
  chooseSnapshot,
  EVENT_SHOWN_MS,
  type SnapshotSituation,
} from '../../src/homekit/snapshot-policy.js';
import { Snapshots } from '../../src/homekit/snapshot.js';
import { recordingLogger } from '../button/recording-logger.js';

const SIZE = { width: 640, height: 360 };

const picture = (shade: number): Promise<Buffer> =>
  sharp({ create: { width: 1280, height: 720, channels: 3, background: { r: shade, g: shade, b: shade } } })
    .jpeg()
    .toBuffer();

/** The grey in the picture's middle, and whether there are words in the band at its lower edge. */
async function look(jpeg: Buffer) {
  const { data, info } = await sharp(jpeg).greyscale().raw().toBuffer({ resolveWithObject: true });
  const rows = data.subarray(info.width * (info.height - bandHeight(info)));
  const middle = data[info.width * Math.round(info.height * 0.3) + info.width / 2]!;
  return {
    width: info.width,
    height: info.height,
    middle,
    labelled: Math.max(...rows) > 220 && Math.min(...rows) < 90,
  };
}

describe('which picture is shown', () => {
  const situation: SnapshotSituation = { now: 100_000, name: 'Door', newest: true, online: true };
  it.each<[string, Partial<SnapshotSituation>, object]>([
    ['the newest', {}, { kind: 'newest' }],
    ['the event’s before the newest', { eventUntil: 100_001 }, { kind: 'event' }],
    ['the newest when the event is over', { eventUntil: 100_000 }, { kind: 'newest' }],
    [
      'an older one',
      { newest: false, olderTakenAt: 40_000 },
      { kind: 'older', label: '1 minute ago (no new picture)' },
    ],
    [
      'an older one',
      { newest: false, olderTakenAt: 92_000, online: false },
      { kind: 'older', label: '8 seconds ago (camera offline)' },
    ],
    ['words', { newest: false }, { kind: 'words', text: 'Door: no picture yet' }],
    ['words', { newest: false, online: false }, { kind: 'words', text: 'Door: camera offline' }],
    [
      'words with the reason',
      { newest: false, online: false, reason: 'It is switched off.' },
      { kind: 'words', text: 'Door: camera offline', reason: 'It is switched off.' },
    ],
  ])('%s, given %j', (_words, given, expected) => {
    expect(chooseSnapshot({ ...situation, ...given })).toEqual(expected);
  });

  it.each([
    [-5, 'just now'],
    [999, 'just now'],
    [1000, '1 second ago'],
    [59_999, '59 seconds ago'],
    [60_000, '1 minute ago'],
    [7_300_000, '2 hours ago'],
    [90_000_000, '1 day ago'],
    [900_000_000, '10 days ago'],
  ])('%i ms is "%s"', (ms, words) => expect(ageInWords(ms)).toBe(words));
});

describe('snapshots', () => {
  const logger = recordingLogger();
  let now = 1_000_000;
  const snapshots = (newest: () => Promise<Buffer | undefined>, frameWait = 2000) =>
    new Snapshots({ name: 'Door', source: { newest }, logger, clock: () => now, frameWait });

  it('are the newest frame, in the asked-for size, without words', async () => {
    const made = snapshots(() => picture(90));
    expect(await look(await made.request({ width: 320, height: 240 }))).toMatchObject({ width: 320, height: 240 });
    expect(await look(await made.request(SIZE))).toMatchObject({ middle: 90, labelled: false });
  });

  it('are the event’s labelled picture for some seconds, then the newest again', async () => {
    let shade = 60;
    const made = snapshots(() => picture(shade));
    await made.showEvent('Anna');
    shade = 180;
    const atEvent = await made.request(SIZE);
    expect(await look(atEvent)).toMatchObject({ middle: 60, labelled: true });
    expect(await made.request({ width: 320, height: 180 }).then(look)).toMatchObject({ middle: 60, labelled: true });
    now += EVENT_SHOWN_MS;
    expect(await look(await made.request(SIZE))).toMatchObject({ middle: 180, labelled: false });
    expect(atEvent.equals(await annotate(await picture(60), 'Anna'))).toBe(false);
  });

  it('take the event’s own picture when it has one', async () => {
    const made = snapshots(() => picture(60));
    await made.showEvent('Anna', await picture(200));
    expect(await look(await made.request(SIZE))).toMatchObject({ middle: 200, labelled: true });
  });

  it('carry the later words of one event', async () => {
    const made = snapshots(() => picture(60));
    await made.showEvent('Visitor');
    const before = await made.request(SIZE);
    await made.showEvent('Anna');
    expect(before.equals(await made.request(SIZE))).toBe(false);
  });

  it('share what is under way', async () => {
    let asked = 0;
    const made = snapshots(async () => {
      asked++;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return picture(100);
    });
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => made.request(SIZE)),
      ...Array.from({ length: 10 }, () => made.request({ width: 320, height: 180 })),
    ]);
    expect(asked).toBe(1);
    expect(new Set(answers).size).toBe(2);
  });

  it.each<[string, () => Promise<Buffer | undefined>]>([
    ['never answers', () => new Promise(() => undefined)],
    ['has nothing', () => Promise.resolve(undefined)],
    ['fails', () => Promise.reject(new Error('gone'))],
    ['answers with rubbish', () => Promise.resolve(Buffer.from('rubbish'))],
  ])('are a picture in any case: a source that %s', async (_words, newest) => {
    let fail = true;
    const made = snapshots(() => (fail ? newest() : picture(77)));
    expect(await look(await made.request(SIZE))).toMatchObject({ ...SIZE, labelled: false });
    fail = false;
    expect(await look(await made.request(SIZE))).toMatchObject({ middle: 77, labelled: false });
    fail = true;
    await made.showEvent('Anna').catch(() => undefined);
  });

  it.each<[string, () => Promise<Buffer | undefined>]>([
    ['has nothing', () => Promise.resolve(undefined)],
    ['fails', () => Promise.reject(new Error('gone'))],
    ['does not answer soon', () => new Promise(() => undefined)],
  ])('are the stream’s key frame when the decoder %s', async (_words, newest) => {
    const source = { newest, keyframe: () => picture(140) };
    const made = new Snapshots({ name: 'Door', source, logger, clock: () => now });
    expect(await look(await made.request(SIZE))).toMatchObject({ middle: 140, labelled: false });
    made.setOnline(false, 'recognition is being restarted');
    expect(await look(await made.request(SIZE))).toMatchObject({ middle: 140, labelled: false });
  });

  it('give a key frame up that comes too late', async () => {
    const given: AbortSignal[] = [];
    const source = {
      newest: () => Promise.resolve(undefined),
      keyframe: (signal: AbortSignal): Promise<undefined> => {
        given.push(signal);
        return new Promise(() => undefined);
      },
    };
    const made = new Snapshots({ name: 'Door', source, logger, clock: () => now, frameWait: 50 });
    expect(await look(await made.request(SIZE))).toMatchObject({ ...SIZE, labelled: false });
    expect(given.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('say why there is nothing, in letters that fit', async () => {
    const made = snapshots(() => Promise.resolve(undefined));
    const words = async (reason?: string): Promise<number> => {
      made.setOnline(false, reason);
      const { data } = await sharp(await made.request(SIZE))
        .greyscale()
        .raw()
        .toBuffer({ resolveWithObject: true });
      return data.filter((value) => value > 150).length;
    };
    const bare = await words();
    const long = 'Nothing answers at 192.168.1.20:554; is the camera running, with RTSP switched on and on this port?';
    expect(bare).toBeGreaterThan(100);
    expect(await words(long)).toBeGreaterThan(bare + 500);
  });

  it('are the last picture with its age when the camera has gone, and ask it for nothing', async () => {
    let asked = 0;
    const made = snapshots(() => {
      asked++;
      return picture(77);
    });
    await made.request(SIZE);
    made.setOnline(false);
    now += 60_000;
    expect(await look(await made.request(SIZE))).toMatchObject({ middle: 77, labelled: true });
    expect(asked).toBe(1);
    made.setOnline(true);
    expect(await look(await made.request(SIZE))).toMatchObject({ middle: 77, labelled: false });
  });
});
