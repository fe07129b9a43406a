import { describe, expect, it } from '@jest/globals';
import { ATTACK_KINDS, filmPhoto } from '../../src/cli/evaluate/liveness-attacks.js';
import { blinkRates, fixedThreshold, judgeBlinks, scoreBlinks } from '../../src/cli/evaluate/liveness-blinks.js';
import { drawReport } from '../../src/cli/evaluate/liveness-picture.js';
import { formatReport, type LivenessReport } from '../../src/cli/evaluate/liveness-report.js';
import { nightMode, thinned, type ClipFrame } from '../../src/cli/evaluate/liveness-signals.js';
import { changed, judgeClip } from '../../src/cli/evaluate/liveness-verdicts.js';
import type { FaceObservation, Frame } from '../../src/types.js';
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

describe('scoreBlinks', () => {
  const clip = {
    frames: film,
    blinks: {
      full: [
        [61, 68],
        [100, 104],
      ],
      soft: [[121, 128]],
    } as const,
  };

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

describe('nightMode', () => {
  const grey: Frame = { format: 'rgb24', width: 4, height: 4, data: new Uint8Array(48).fill(100), timestamp: 0 };

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

describe('the report', () => {
  const report: LivenessReport = {
    blinks: [{ detector: 'doorman', rates: { recall: 0.95, precision: 1, falsePerMinute: 0 } }],
    blinkFaults: { film: { missed: [[100, 104]], wrong: [] } },
    genuine: { clips: [judgeClip('film', film)], bpcer: 0, undecided: 0.25, liveAfterBlink: 1 },
    attacks: [{ kind: 'shake', clips: 24, apcerRequire: 0, apcerStrict: 0, judgedSpoof: 0.5 }],
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
