import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Heartbeat } from '../../src/worker/heartbeat.js';
import { until } from '../support/wait.js';

describe('the heartbeat of a worker', () => {
  it('tells once when nothing is heard any more', async () => {
    let silences = 0;
    const heartbeat = new Heartbeat(30, () => silences++);
    heartbeat.beat();
    await until('the silence is noticed', () => silences > 0);
    await sleep(100);
    expect(silences).toBe(1);
  });

  it('does not begin before the first beat, and ends when it is stopped', async () => {
    let silences = 0;
    const heartbeat = new Heartbeat(20, () => silences++);
    await sleep(60);
    heartbeat.beat();
    heartbeat.stop();
    await sleep(60);
    expect(silences).toBe(0);
  });
});
