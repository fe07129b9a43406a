import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Hold } from '../../src/homekit/hold.js';

describe('a hold', () => {
  let changes: boolean[];
  let hold: Hold;
  beforeEach(() => {
    jest.useFakeTimers();
    changes = [];
    hold = new Hold((on) => changes.push(on));
  });
  afterEach(() => {
    hold.stop();
    jest.useRealTimers();
  });

  it('goes on once and off after its time', () => {
    hold.keep(1000);
    jest.advanceTimersByTime(999);
    expect(changes).toEqual([true]);
    jest.advanceTimersByTime(1);
    expect(changes).toEqual([true, false]);
  });

  it('is prolonged without going off and on', () => {
    hold.keep(1000);
    jest.advanceTimersByTime(900);
    hold.keep(1000);
    jest.advanceTimersByTime(900);
    expect(changes).toEqual([true]);
    jest.advanceTimersByTime(100);
    expect(changes).toEqual([true, false]);
  });

  it('stays on for a visit without end, until told how long', () => {
    hold.keep(Infinity);
    jest.advanceTimersByTime(3_600_000);
    expect(changes).toEqual([true]);
    hold.keep(500);
    jest.advanceTimersByTime(500);
    expect(changes).toEqual([true, false]);
  });

  it('does not stay on for ever when nobody tells', () => {
    hold.keep(Infinity);
    jest.advanceTimersByTime(24 * 3_600_000);
    expect(hold.isOn).toBe(false);
  });

  it('lasts as long as the last of several holders', () => {
    hold.keep(Infinity, 'front');
    hold.keep(Infinity, 'back');
    hold.keep(100, 'front');
    jest.advanceTimersByTime(1000);
    expect(changes).toEqual([true]);
    hold.keep(100, 'back');
    jest.advanceTimersByTime(100);
    expect(changes).toEqual([true, false]);
  });

  it('says nothing after it was stopped', () => {
    hold.keep(100);
    hold.stop();
    jest.advanceTimersByTime(1000);
    expect(changes).toEqual([true]);
  });
});
