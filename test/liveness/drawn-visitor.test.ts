import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openVision, quiet } from '../../bench/pipeline/household.js';
import { FaceFollower } from '../../src/cli/evaluate/liveness-tracks.js';
import { LivenessJudge } from '../../src/liveness/judge.js';
import { findFfmpeg } from '../../src/video/ffmpeg.js';
import { readVideoFile } from '../../src/video/media-file.js';
import type { Vision } from '../../src/vision/vision.js';
import { film } from '../visitors/film-plan.js';
import { portraitOf, Visitor, type Behaviour } from '../visitors/index.js';

/** A drawn visitor's blinks are known to the millisecond: the networks and the judge must find these and no others. */
describe('a drawn visitor', () => {
  let vision: Vision;

  beforeAll(async () => {
    vision = await openVision();
  }, 60_000);

  afterAll(() => vision.dispose());

  it('blinks when it is drawn so, and turns as far', async () => {
    const behaviour: Behaviour = {
      size: 110,
      y: 0.42,
      walk: 0,
      blinks: [1200, 2900, 4700],
      looks: [
        { at: 0, yaw: 0 },
        { at: 5500, yaw: 0 },
        { at: 6200, yaw: 0.5 },
        { at: 7000, yaw: 0.5 },
      ],
    };
    const truth = new Visitor('Anna', portraitOf('Anna'), behaviour).blinks;
    const ffmpeg = await findFfmpeg({ logger: quiet });
    const performers = [{ kind: 'visitor', who: 'Anna', behaviour }] as const;
    const plan = { width: 480, height: 300, framesPerSecond: 15, performers, seconds: 7, ffmpegPath: ffmpeg.path };
    const judge = new LivenessJudge();
    const follower = new FaceFollower(vision);
    const found: number[] = [];
    for await (const frame of readVideoFile(ffmpeg, await film(plan))) {
      const { face } = await follower.see(frame);
      const blink = face && judge.observe(face);
      if (blink !== undefined) found.push((blink.start + blink.end) / 2);
      if (frame.timestamp < 5500) expect(judge.verdict(frame.timestamp).signs.parallax).toBe(false);
    }
    expect(found).toHaveLength(truth.length);
    // A frame lasts 67 ms.
    truth.forEach(([start, end], i) => {
      expect(found[i]).toBeGreaterThan(start - 67);
      expect(found[i]).toBeLessThan(end + 67);
    });
    expect(judge.verdict(7000)).toMatchObject({ state: 'live', blinks: 3, signs: { blink: true, parallax: true } });
  }, 300_000);
});
