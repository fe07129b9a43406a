import { describe, expect, it } from '@jest/globals';
import { EnrolmentGuide, type GuideStep } from '../../src/enrolment/guide.js';
import { describeFaults } from '../../src/enrolment/words.js';
import type { FaceObservation, QualityFault } from '../../src/types.js';

interface Seen {
  readonly yaw?: number;
  readonly pitch?: number;
  readonly size?: number;
  readonly eyes?: number;
  readonly faults?: readonly QualityFault[];
}

const face = ({ yaw = 0, pitch = 0, size = 120, eyes = 0.3, faults = [] }: Seen = {}): FaceObservation => ({
  timestamp: 0,
  box: { x: 0, y: 0, width: size, height: size },
  confidence: 1,
  meshConfidence: 1,
  mesh: new Float32Array(0),
  pose: { yaw, pitch, roll: 0 },
  eyes: { left: eyes, right: eyes },
  quality: { score: 0.8, faults, size, sharpness: 0.1, brightness: 120, contrast: 40 },
});

/** Shows the guide a face every 100 ms and takes whatever it offers. */
class Session {
  readonly guide = new EnrolmentGuide();
  at = 1_700_000_000_000;

  show(seen: Seen | readonly Seen[], milliseconds = 100, blinked = false): GuideStep {
    const faces = (Array.isArray(seen) ? (seen as readonly Seen[]) : [seen as Seen]).map(face);
    let step: GuideStep = { guidance: '' };
    for (const end = this.at + milliseconds; this.at < end; this.at += 100) {
      step = this.guide.observe(this.at, faces, blinked, describeFaults);
      if (step.offer !== undefined) {
        this.guide.take(step.offer.face, step.offer.look);
      }
    }
    return step;
  }

  get covered(): string[] {
    return this.guide.coverage.filter(({ covered }) => covered).map(({ pose }) => pose);
  }
}

describe('the guide of a live enrolment', () => {
  it('asks for one look after the other, and ends when all are covered', () => {
    const session = new Session();
    expect(session.show([]).guidance).toBe('Step before the camera');
    session.show({}, 2000);
    expect(session.covered).toEqual(['straight']);
    const poses: [string, Seen][] = [
      ['Turn a little to the left', { yaw: 0.35 }],
      ['Turn a little to the right', { yaw: -0.35 }],
      ['Look up', { pitch: 0.25 }],
      ['Look down', { pitch: -0.25 }],
    ];
    for (const [words, seen] of poses) {
      expect(session.show({}).guidance).toBe(words);
      session.show(seen, 1500);
    }
    expect(session.show({}).guidance).toBe('Blink');
    expect(session.guide.isOver).toBe(false);
    session.show({}, 100, true);
    expect(session.covered).toEqual(['straight', 'left', 'right', 'up', 'down', 'blink']);
    expect(session.guide.isOver).toBe(true);
  });

  it('takes a look that was not asked for yet, but not more of what is covered', () => {
    const session = new Session();
    session.show({}, 2000);
    session.show({ yaw: -0.4 }, 1500);
    expect(session.covered).toEqual(['straight', 'right']);
    expect(session.show({ yaw: -0.4 }, 1500).offer).toBeUndefined();
  });

  it('knows up and down from how this person looks into this camera', () => {
    const session = new Session();
    session.show({ pitch: 0.22 }, 2000);
    expect(session.covered).toEqual(['straight']);
    session.show({ pitch: 0 }, 1000);
    expect(session.covered).toEqual(['straight', 'down']);
  });

  it.each<[QualityFault, string]>([
    ['too-small', 'Come closer'],
    ['blurred', 'Hold still'],
    ['too-dark', 'It is too dark: turn on a light'],
    ['turned-away', 'Turn back a little towards the camera'],
    ['cut-off', 'Step into the middle of the picture'],
  ])('says what helps when a face is %s', (fault, words) => {
    const session = new Session();
    const { guidance, refused } = session.show({ faults: [fault] });
    expect(guidance).toBe(words);
    expect(refused).toMatch(/^the face is /);
    // The same reason is not told with every frame.
    expect(session.show({ faults: [fault] }).refused).toBeUndefined();
  });

  it('wants one person alone, with open eyes', () => {
    const session = new Session();
    expect(session.show([{}, { size: 100 }]).guidance).toBe('One person at a time, please');
    expect(session.show([{}, { size: 40 }]).offer).toBeDefined();
    expect(new Session().show({ eyes: 0.05 }).offer).toBeUndefined();
  });

  it('asks small faces to come closer, and after a while takes what the camera can do', () => {
    const session = new Session();
    expect(session.show({ size: 50 }, 5000).guidance).toBe('Come closer');
    expect(session.covered).toEqual([]);
    session.show({ size: 50 }, 10_000);
    expect(session.covered).toEqual(['straight']);
  });

  it('does without a blink after a while, and gives up after two minutes without progress', () => {
    const session = new Session();
    for (const seen of [{}, { yaw: 0.4 }, { yaw: -0.4 }, { pitch: 0.3 }, { pitch: -0.3 }]) {
      session.show(seen, 2500);
    }
    session.show({}, 15_000);
    expect(session.guide.isOver).toBe(false);
    session.show({}, 10_000);
    expect(session.guide.isOver).toBe(true);

    const nobody = new Session();
    nobody.show([], 119_000);
    expect(nobody.guide.isOver).toBe(false);
    nobody.show([], 3000);
    expect(nobody.guide.isOver).toBe(true);
  });
});
