import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ATTACK_KINDS, filmPhoto } from '../../src/cli/evaluate/liveness-attacks.js';
import { blinkRates, fixedThreshold, judgeBlinks, scoreBlinks } from '../../src/cli/evaluate/liveness-blinks.js';
import { checkLabels, readLabelledClips } from '../../src/cli/evaluate/liveness-labels.js';
import { drawReport } from '../../src/cli/evaluate/liveness-picture.js';
import { formatReport, type LivenessReport } from '../../src/cli/evaluate/liveness-report.js';
import { evaluateLiveness, type LivenessEvaluation } from '../../src/cli/evaluate/liveness-run.js';
import { nightMode, thinned, type ClipFrame } from '../../src/cli/evaluate/liveness-signals.js';
import { FilmWatcher } from '../../src/cli/evaluate/liveness-tracks.js';
import { judgeBlinkVisits, judgeStays } from '../../src/cli/evaluate/liveness-visits.js';
import { TrackCache } from '../../src/cli/evaluate/track-cache.js';
import { changed, judgeClip } from '../../src/cli/evaluate/liveness-verdicts.js';
import type { FaceObservation, Frame } from '../../src/types.js';
import type { FindOptions } from '../../src/vision/vision.js';
import { lidAt, sampleOf } from './synthetic-face.js';

const observation = (at: number, lid: number): FaceObservation => ({
  ...sampleOf('head', { at, eyes: [lid, lid] }),
  confidence: 1,
  quality: { score: 1, faults: [], size: 100, sharpness: 1, brightness: 128, contrast: 40 },
});

/** A film at 30 fps with blinks at 2 and 4 s. */
const film: ClipFrame[] = Array.from({ length: 180 }, (_, n) => {
  const at = (n * 1000) / 30;
  return { at, face: observation(at, Math.min(lidAt(at - 2000), lidAt(at - 4000))) };
});

/** A grey picture. */
const grey: Frame = { format: 'rgb24', width: 4, height: 4, data: new Uint8Array(48).fill(100), timestamp: 0 };

const asyncOf = <T>(items: readonly T[]): Readable & AsyncIterable<T> => Readable.from(items);

/** The film with its labels: a blink that is there, one that is not, and one that need not be found. */
const clip = {
  name: 'film',
  file: 'film.mp4',
  kind: 'genuine',
  frames: film,
  blinks: {
    full: [
      [61, 68],
      [100, 104],
    ],
    soft: [[121, 128]],
  },
} as const;

describe('scoreBlinks', () => {
  it('counts what was found and names the frames of what was missed', () => {
    expect(scoreBlinks(clip, judgeBlinks)).toMatchObject({ found: 1, missed: [[100, 104]], wrong: [] });
  });

  it('counts what nobody labelled as wrong', () => {
    const { wrong } = scoreBlinks({ ...clip, blinks: { full: [[61, 68]], soft: [] } }, judgeBlinks);
    expect(wrong).toHaveLength(1);
    expect(wrong[0]![0]).toBeGreaterThanOrEqual(119);
    expect(wrong[0]![1]).toBeLessThanOrEqual(131);
  });

  it('scores the fixed-threshold recipe likewise', () => {
    expect(scoreBlinks(clip, fixedThreshold(0.2, 2)).found).toBe(1);
    expect(scoreBlinks(clip, fixedThreshold(0.01, 2)).found).toBe(0);
  });

  it('gives rates over clips', () => {
    const rates = blinkRates([scoreBlinks(clip, judgeBlinks)]);
    expect(rates).toMatchObject({ recall: 0.5, precision: 1, falsePerMinute: 0 });
    expect(blinkRates([])).toEqual({});
  });
});

describe('thinned', () => {
  it.each([15, 10, 7.5])('keeps about %d frames a second of the same film', (fps) => {
    const kept = thinned(film, fps, 0.5);
    expect(kept.length).toBeGreaterThanOrEqual(6 * fps - 2);
    expect(kept.length).toBeLessThanOrEqual(6 * fps + 1);
    expect(film).toEqual(expect.arrayContaining(kept.slice(0, 3)));
  });

  it('keeps every frame when no rate is asked for', () => {
    expect(thinned(film, undefined)).toEqual(film);
  });
});

describe('judgeClip', () => {
  it('says when the face was live and which policies it passed', () => {
    const verdict = judgeClip('film', film);
    expect(verdict).toMatchObject({ name: 'film', passedRequire: true, passedStrict: false });
    expect(verdict.liveAt).toBeGreaterThan(2290);
    expect(verdict.liveAt).toBeLessThan(3290);
    expect(changed([verdict], [verdict])).toEqual([]);
    expect(changed([verdict], [judgeClip('film', film.slice(0, 20))])).toEqual(['film']);
  });
});

describe('judgeClip of faces too poor for a visit', () => {
  it.each([
    ['blurred', { faults: ['blurred'] }],
    ['small', { size: 43 }],
  ] as const)('believes no %s one', (_, poor) => {
    const frames = film.map(({ at, face }) => ({ at, face: { ...face!, quality: { ...face!.quality, ...poor } } }));
    expect(judgeClip('film', frames)).toMatchObject({ final: { state: 'undecided', blinks: 0 }, passedRequire: false });
  });
});

describe('visits cut from a film', () => {
  it('are stays of one length, beginning every second', () => {
    expect(judgeStays([clip], 3, 15)).toMatchObject({ seconds: 3, fps: 15, visits: 3, clips: 1 });
    expect(judgeStays([clip], 3, 15).shares).toEqual({ live: 1, undecided: 0, spoof: 0 });
    expect(judgeStays([clip], 10, 15)).toMatchObject({ visits: 0, clips: 0 });
  });

  it('are visits with one labelled blink each, live or not soon after it', () => {
    const labels = {
      full: [
        [61, 68],
        // Nobody blinks here.
        [10, 14],
      ],
      soft: [],
    } as const;
    expect(judgeBlinkVisits([{ ...clip, blinks: labels }], 15)).toEqual({ fps: 15, visits: 2, live: 1 });
  });
});

describe('what was seen in a film', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'doorman-tracks-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const frames = Array.from({ length: 4 }, (_, n): Frame => ({ ...grey, timestamp: 100 * n }));

  /** Sees a face in every frame but the third, and counts how often it was asked. */
  const vision = () => {
    const asked = { frames: 0 };
    return {
      asked,
      engine: 'test',
      find: ({ timestamp, data }: Frame, options?: FindOptions) => {
        asked.frames += options?.previous === undefined ? 0 : 1;
        return Promise.resolve(timestamp === 200 ? [] : [observation(timestamp, data[0] === 100 ? 1 : 0.5)]);
      },
    };
  };

  it('is kept on disk, in daylight and in night mode, and need not be seen again', async () => {
    const watched = { name: 'film', identity: 'a', frames: () => asyncOf(frames) };
    const first = await new FilmWatcher(vision(), await TrackCache.open(folder)).watch(watched, 0.3);
    const blind = { engine: 'test', find: () => Promise.reject(new Error('seen already')) };
    const again = await new FilmWatcher(blind, await TrackCache.open(folder)).watch(watched, 0.3);
    expect(first.plain.map(({ at, face }) => [at, face !== undefined])).toEqual([
      [0, true],
      [100, true],
      [200, false],
      [300, true],
    ]);
    expect(first.plain[0]?.face?.eyes.left).not.toEqual(first.warm?.[0]?.face?.eyes.left);
    expect(again).toEqual(first);
  });

  it('is seen anew when the film, or what is kept of it, is another', async () => {
    const eyes = vision();
    const cache = await TrackCache.open(folder);
    await new FilmWatcher(eyes, cache).watch({ name: 'film', identity: 'b', frames: () => asyncOf(frames) });
    expect(eyes.asked.frames).toBe(2);
    for (const file of await readdir(folder)) await writeFile(join(folder, file), 'damaged');
    await new FilmWatcher(eyes, cache).watch({ name: 'film', identity: 'b', frames: () => asyncOf(frames) });
    expect(eyes.asked.frames).toBe(4);
  });
});

describe('a folder of labelled clips', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'doorman-clips-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const label = (blinks: Record<string, readonly (readonly [number, number])[]>): string =>
    JSON.stringify({
      clips: Object.fromEntries(
        Object.entries(blinks).map(([name, full]) => [name, { set: 'natural', full, partial: [], ignore: [[0, 1]] }]),
      ),
    });
  const fill = async (labels: string, films: readonly string[]): Promise<void> => {
    await mkdir(join(folder, 'clips'));
    await writeFile(join(folder, 'blink-labels.json'), labels);
    for (const film of films) await writeFile(join(folder, 'clips', film), '');
  };

  it('is read with the labels of each clip; who is replayed tells the name', async () => {
    await fill(label({ anna: [[3, 5]] }), ['anna.mp4', 'bob_fake.mp4', 'notes.txt']);
    const clips = await readLabelledClips(folder);
    expect(clips.map(({ name, kind, blinks }) => [name, kind, blinks])).toEqual([
      ['anna', 'genuine', { full: [[3, 5]], soft: [[0, 1]] }],
      ['bob_fake', 'replay', undefined],
    ]);
  });

  it.each([
    ['labels of a clip that is not there', label({ anna: [], gone: [] }), ['anna.mp4'], /labels for gone, but/],
    ['a blink that ends before it begins', label({ anna: [[5, 3]] }), ['anna.mp4'], /not a file of blink labels/],
    ['labels that are no JSON', '{', ['anna.mp4'], /not a file of blink labels/],
    ['no films', label({}), ['notes.txt'], /holds no films/],
  ])('is refused for %s', async (_, labels, films, reason) => {
    await fill(labels, films);
    await expect(readLabelledClips(folder)).rejects.toThrow(reason);
  });

  it('is refused for labels beyond the end of a film', () => {
    const labels = { full: [[3, 5]], soft: [[78, 80]] } as const;
    expect(() => checkLabels('anna', labels, 79)).not.toThrow();
    expect(() => checkLabels('anna', labels, 78)).toThrow(/frames 78–80 of anna, which has only 78 frames/);
  });
});

describe('nightMode', () => {
  it('takes blue and adds red, on a copy', () => {
    const warm = nightMode(0.5)(grey);
    expect([...warm.data.subarray(0, 3)]).toEqual([130, 100, 50]);
    expect(grey.data[0]).toBe(100);
  });

  it('does the same to I420', () => {
    const data = new Uint8Array(16 + 8).fill(128);
    // Grey 100 in studio range.
    data.fill(102, 0, 16);
    const warm = nightMode(0.5)({ format: 'i420', width: 4, height: 4, data, timestamp: 0 });
    const [y, u, v] = [warm.data[0]!, warm.data[16]!, warm.data[20]!];
    const light = 1.164 * (y - 16);
    expect(Math.abs(light + 1.596 * (v - 128) - 130)).toBeLessThan(4);
    expect(Math.abs(light + 2.017 * (u - 128) - 50)).toBeLessThan(4);
  });
});

describe('filmPhoto', () => {
  // A chequered sheet: any motion changes the picture.
  const still = {
    width: 40,
    height: 40,
    data: Uint8Array.from({ length: 4800 }, (_, i) =>
      (((Math.floor(i / 3) % 40) >> 3) + Math.floor(i / 960)) & 1 ? 230 : 20,
    ),
  };
  const clip = { seed: 7, seconds: 1, fps: 4, width: 96, height: 72 } as const;

  it.each(ATTACK_KINDS)('makes the same film of "%s" for the same seed, and another for another', (kind) => {
    const [first] = filmPhoto(still, { ...clip, kind });
    const [again] = filmPhoto(still, { ...clip, kind });
    const [other] = filmPhoto(still, { ...clip, kind, seed: 8 });
    expect(first).toMatchObject({ format: 'rgb24', width: 96, height: 72, timestamp: 0 });
    expect(Buffer.compare(first!.data, again!.data)).toBe(0);
    expect(Buffer.compare(first!.data, other!.data)).not.toBe(0);
  });

  it('shows the sheet in the middle and the wall around it', () => {
    const [frame] = filmPhoto(still, { ...clip, kind: 'flicker' });
    const levels = (x: number, y: number): number => frame!.data[3 * (y * 96 + x)]!;
    const corner = levels(1, 1);
    expect(corner).toBeGreaterThan(45);
    expect(corner).toBeLessThan(195);
    const row = Array.from({ length: 30 }, (_, i) => levels(33 + i, 36));
    expect(Math.max(...row) - Math.min(...row)).toBeGreaterThan(100);
  });
});

describe('evaluateLiveness', () => {
  /** Six seconds of somebody who never blinks. */
  const still = film.map(({ at }): ClipFrame => ({ at, face: observation(at, 1) }));
  const evaluation = (changes: Partial<LivenessEvaluation> = {}): LivenessEvaluation => ({
    clips: [clip],
    attacks: [{ name: 'shake-0', kind: 'shake', identity: '', frames: () => asyncOf([]) }],
    night: true,
    open: ({ name }) => Promise.resolve({ name, identity: '', frames: () => asyncOf([]) }),
    watch: ({ name }) =>
      Promise.resolve(name === 'film' ? { plain: film, warm: still } : { plain: still, warm: still }),
    progress: { begin: () => undefined, step: () => undefined },
    ...changes,
  });

  it('judges at full rate and at those of doorbells, and names what night mode changed', async () => {
    const report = await evaluateLiveness(evaluation());
    const ours = report.blinks.filter(({ detector }) => detector === 'doorman');
    expect(ours.map(({ fps }) => fps)).toEqual([undefined, 15, 10, 7.5]);
    expect(ours[0]?.rates).toMatchObject({ recall: 0.5, precision: 1 });
    expect(report.blinkFaults).toEqual({ film: { missed: [[100, 104]], wrong: [] } });
    expect(report.genuine).toMatchObject({ bpcer: 0, undecided: 0 });
    expect(report.attacks.filter(({ kind }) => kind === 'shake').map(({ apcerRequire }) => apcerRequire)).toEqual([
      0, 0, 0,
    ]);
    expect(report.nightMode).toEqual({ changed: ['film'], clips: 2 });
  });

  it('judges everything at the one rate asked for', async () => {
    const report = await evaluateLiveness(evaluation({ fps: 5 }));
    // Too slow to see a blink.
    expect(report.genuine).toMatchObject({ undecided: 1, blinkVisits: [{ fps: 5, visits: 2, live: 0 }] });
    expect(report.blinkFaults['film']?.missed).toHaveLength(2);
    expect([...report.blinks, ...report.attacks, ...report.genuine.stays].every(({ fps }) => fps === 5)).toBe(true);
    expect(formatReport(report)).toContain('Living visitors, judged at 5 fps');
  });

  it('is refused for labels that belong to another cut of a film', async () => {
    const longer = { ...clip, blinks: { full: [[400, 404]], soft: [] } } as const;
    await expect(evaluateLiveness(evaluation({ clips: [longer] }))).rejects.toThrow('which has only 180 frames');
  });
});

describe('the report', () => {
  const report: LivenessReport = {
    blinks: [{ detector: 'doorman', rates: { recall: 0.95, precision: 1, falsePerMinute: 0 } }],
    blinkFaults: { film: { missed: [[100, 104]], wrong: [] } },
    genuine: {
      clips: [judgeClip('film', film)],
      bpcer: 0,
      undecided: 0.25,
      stays: [judgeStays([clip], 3, 15)],
      blinkVisits: [judgeBlinkVisits([clip], 15)],
    },
    attacks: [{ kind: 'shake', fps: 15, clips: 24, apcerRequire: 0, apcerStrict: 0, judgedSpoof: 0.5 }],
    nightMode: { changed: [], clips: 25 },
  };

  it('tells all figures in words', () => {
    const text = formatReport(report);
    for (const part of ['doorman', '0.95', '100–104', 'blinked 2 times', '25.0 %', 'shake', 'none']) {
      expect(text).toContain(part);
    }
  });

  it('draws them as well-formed SVG', () => {
    const svg = drawReport(report);
    expect(svg.startsWith('<svg')).toBe(true);
    expect(svg).toContain('0.0 % of 24');
    expect(svg).not.toMatch(/NaN|undefined/);
  });
});
