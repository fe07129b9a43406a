import { afterEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg } from '../../src/video/ffmpeg.js';
import { recordingLogger } from '../support/recording-logger.js';
import { until } from '../support/wait.js';
import {
  filmScene,
  heldInHand,
  ObedientVisitor,
  Photo,
  portraitOf,
  Scene,
  SyntheticCamera,
  Visitor,
} from '../visitors/index.js';

const run = promisify(execFile);
const size = { width: 640, height: 360 };
const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0)) {
    await end();
  }
});

describe('a visitor', () => {
  const visitor = new Visitor('Anna', portraitOf('Anna'), {
    arrives: 1000,
    leaves: 9000,
    blinks: [3000, 5000],
    size: 90,
  });

  it('is there from arriving to leaving, and comes nearer', async () => {
    const scene = new Scene([visitor], size);
    const widths = new Map<number, number | undefined>();
    for (const time of [0, 1100, 4000, 8900, 9100]) {
      widths.set(time, (await scene.render(time)).present[0]?.box.width);
    }
    expect(widths.get(0)).toBeUndefined();
    expect(widths.get(9100)).toBeUndefined();
    expect(widths.get(1100)).toBeLessThan(widths.get(4000)! / 2);
    expect(widths.get(8900)).toBeLessThan(widths.get(4000)! / 2);
  });

  it('blinks exactly when told', () => {
    expect(visitor.blinks).toEqual([
      [3000, 3280],
      [5000, 5280],
    ]);
    expect(visitor.expressionAt(2990).leftEye).toBe(0);
    expect(visitor.expressionAt(3100).leftEye).toBe(1);
    expect(visitor.expressionAt(3290).leftEye).toBe(0);
  });

  it('blinks by nature when not told', () => {
    const { blinks } = new Visitor('Ben', portraitOf('Ben'), { leaves: 30_000 });
    expect(blinks.length).toBeGreaterThanOrEqual(6);
    expect(blinks.every(([start, end]) => end > start)).toBe(true);
  });

  it('leaves the empty porch as it was', async () => {
    const [empty, gone] = [await new Scene([], size).frame(0), await new Scene([visitor], size).frame(9500)];
    expect(Buffer.compare(empty.frame.data, gone.frame.data)).toBe(0);
  });
});

describe('a visitor who is guided', () => {
  it('turns to their own left when asked, and comes closer', async () => {
    const visitor = new ObedientVisitor('Clara', portraitOf('Clara'), { size: 60 });
    const scene = new Scene([visitor], size);
    const at = async (from: number, ms: number): Promise<{ yaw: number; width: number }> => {
      for (let time = from; time < from + ms; time += 200) {
        await scene.render(time);
      }
      const { pose, box } = (await scene.render(from + ms)).present[0]!;
      return { yaw: pose.yaw, width: box.width };
    };
    const before = await at(0, 200);
    visitor.follow('turn-left');
    expect((await at(400, 1200)).yaw).toBeGreaterThan(0.35);
    visitor.follow('look-straight');
    visitor.follow('come-closer');
    const after = await at(1800, 1200);
    expect(Math.abs(after.yaw)).toBeLessThan(0.08);
    expect(after.width / before.width).toBeGreaterThan(1.3);
  });
});

describe('a photo held up', () => {
  it('is there, moves, and never blinks', async () => {
    const motion = heldInHand({ x: 320, y: 150, size: 90, from: 500 });
    const scene = new Scene([await Photo.of('a photo', portraitOf('Anna'), motion)], size);
    expect((await scene.render(0)).present).toEqual([]);
    const boxes = [];
    for (let time = 500; time < 4000; time += 500) {
      const { kind, closure, box } = (await scene.render(time)).present[0]!;
      expect({ kind, closure }).toEqual({ kind: 'photo', closure: { left: 0, right: 0 } });
      boxes.push(Math.round(box.x));
    }
    expect(new Set(boxes).size).toBeGreaterThan(3);
  });
});

describe('a film', () => {
  it('has the frames and the truth it says', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'doorman-film-'));
    endings.push(() => rm(folder, { recursive: true }));
    const { path: ffmpegPath } = await findFfmpeg({ logger: recordingLogger() });
    const file = join(folder, 'film.mp4');
    const visitor = new Visitor('Ben', portraitOf('Ben'), { walk: 0, size: 80, blinks: [400, 5000] });
    const shares: number[] = [];
    const truth = await filmScene(new Scene([visitor], size), {
      ...{ ffmpegPath, file, seconds: 1.2, framesPerSecond: 10 },
      onProgress: (share) => shares.push(share),
    });
    expect(truth.frames.map(({ time }) => time)).toEqual(Array.from({ length: 12 }, (_, i) => 100 * i));
    expect(truth.frames[5]!.present[0]!.closure.left).toBe(1);
    expect(truth.blinks).toEqual([{ name: 'Ben', spans: [[400, 680]] }]);
    expect(shares.at(-1)).toBeCloseTo(1);
    const { stdout } = await run(ffmpegPath, ['-v', 'error', '-i', file, '-f', 'framemd5', '-'], { encoding: 'utf8' });
    const frames = stdout.split('\n').filter((line) => /^\d/.test(line));
    expect(frames).toHaveLength(12);
  });

  it('says what went wrong when it cannot be written', async () => {
    const { path: ffmpegPath } = await findFfmpeg({ logger: recordingLogger() });
    const film = filmScene(new Scene([], size), {
      ffmpegPath,
      file: '/nowhere/film.mp4',
      seconds: 0.2,
      framesPerSecond: 10,
    });
    await expect(film).rejects.toThrow(/could not write \/nowhere\/film\.mp4/);
  });
});

describe('the synthetic camera', () => {
  it('shows over RTSP who stands before it, from one moment to the next', async () => {
    const { path: ffmpegPath } = await findFfmpeg({ logger: recordingLogger() });
    const camera = await SyntheticCamera.start({ ffmpegPath, ...size });
    endings.push(() => camera.stop());
    const picture = async (): Promise<Buffer> => {
      const input = ['-v', 'error', '-rtsp_transport', 'tcp', '-i', camera.url];
      const output = ['-frames:v', '1', '-vf', 'scale=64:36', '-f', 'rawvideo', '-pix_fmt', 'gray', '-'];
      return (await run(ffmpegPath, [...input, ...output], { encoding: 'buffer' })).stdout;
    };
    const empty = await picture();
    expect(camera.present).toEqual([]);
    camera.show(new Visitor('Anna', portraitOf('Anna'), { walk: 0, size: 120 }));
    await until('Anna is drawn', () => camera.present[0]?.name === 'Anna');
    // A key frame a second: what a newcomer sees first is at most that old.
    const someone = await picture();
    expect(empty.length).toBe(64 * 36);
    expect(difference(empty, someone)).toBeGreaterThan(8);
    camera.show();
    await until('nobody is drawn', () => camera.present.length === 0);
  });
});

const difference = (a: Buffer, b: Buffer): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
