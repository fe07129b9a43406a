import { describe, expect, it } from '@jest/globals';
import { Backlog, PresentationClock } from '../../src/video/presentation-clock.js';

const start = 1_700_000_000_000;

describe('the presentation clock', () => {
  it('keeps the camera’s spacing whatever the jitter of arrival', () => {
    const clock = new PresentationClock();
    const jitter = [0, 30, 5, 80, 12, 47, 3, 66];
    const times = jitter.map((late, index) => clock.toWallClock(index * 100, start + index * 100 + late));
    const steps = times.slice(1).map((time, index) => time - times[index]!);
    steps.forEach((step) => expect(Math.abs(step - 100)).toBeLessThan(0.1));
  });

  it('never goes back when a picture shows that earlier ones were late', () => {
    const clock = new PresentationClock();
    const first = clock.toWallClock(0, start + 500);
    const second = clock.toWallClock(100, start + 510);
    expect(second).toBeGreaterThan(first);
    expect(second).toBe(start + 510);
  });

  it('follows a slow drift of the camera’s clock', () => {
    const clock = new PresentationClock();
    let error = 0;
    for (let ms = 0; ms < 3_600_000; ms += 100) {
      // The camera's clock runs 50 ppm slow: its pictures seem to arrive ever later.
      error = start + ms - clock.toWallClock(ms * (1 - 50e-6), start + ms);
    }
    expect(Math.abs(error)).toBeLessThan(2);
  });

  it('starts anew when the stream’s time jumps', () => {
    const clock = new PresentationClock();
    clock.toWallClock(0, start);
    expect(clock.toWallClock(3_600_000, start + 100)).toBe(start + 100);
    expect(clock.toWallClock(0, start + 200)).toBe(start + 200);
  });
});

describe('the backlog after connecting', () => {
  it('is the pictures that come faster than they were taken', () => {
    const backlog = new Backlog();
    const arrivals: [number, number][] = [
      [0, 1000],
      [100, 1001],
      [200, 1002],
      [300, 1090],
      [400, 1190],
    ];
    const skipped = arrivals.map(([presentation, arrival]) => backlog.isBacklog(presentation, arrival));
    expect(skipped).toEqual([false, true, true, false, false]);
  });

  it('is not looked for later, when a busy moment lets pictures pile up', () => {
    const backlog = new Backlog();
    backlog.isBacklog(0, 1000);
    backlog.isBacklog(9900, 10_900);
    expect(backlog.isBacklog(10_000, 10_901)).toBe(false);
  });
});
