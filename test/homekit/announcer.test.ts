import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Announcer } from '../../src/homekit/announcer.js';
import type { Logger } from '../../src/types.js';
import { ANNA, decided as decidedEvent, decision, visit } from './decisions.js';

const decided = decidedEvent(decision('guest', ANNA));

let announcer: Announcer | undefined;
afterEach(() => announcer?.stop());

/** The announcer between a doorbell and accessories that write down what they are told. */
function door(more: { picture?: () => Promise<void>; present?: () => void; settleMs?: number } = {}) {
  const told: string[] = [];
  const logged: string[] = [];
  const log = (...words: unknown[]) => void logged.push(words.map(String).join(' '));
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  announcer = new Announcer({
    name: 'Front Door',
    logger,
    doorbell: {
      showEvent: async (text) => {
        await more.picture?.();
        told.push(`picture ${text}`);
      },
      setMotion: (on) => void told.push(`motion ${on}`),
      ring: () => void told.push('ring'),
    },
    guests: {
      settleMs: more.settleMs ?? 0,
      present: (id, _ms, holder) => {
        more.present?.();
        told.push(`${id} by ${String(holder)}`);
      },
      unknown: () => void told.push('unknown'),
      someone: () => void told.push('someone'),
      verified: (id) => void told.push(`verified ${id}`),
      possiblyPhoto: () => void told.push('photo'),
      press: (id) => void told.push(`press ${id}`),
    },
    rules: { guests: true, strangers: true, button: true, holdMs: 20 },
  });
  return { announcer, told, logged };
}

describe('the announcer', () => {
  it('tells Home in order: picture, guest, motion, ring', async () => {
    const { announcer, told } = door({ picture: () => sleep(50) });
    await announcer.announce(decided);
    expect(told).toEqual(['picture Anna', 'anna by Front Door', 'someone', 'press anna', 'motion true', 'ring']);
  });

  it('keeps the order when events come while it is busy', async () => {
    const { announcer, told } = door({ picture: () => sleep(50) });
    await Promise.all([
      announcer.announce({ type: 'pressed', at: 0 }),
      announcer.announce({ type: 'started', visit: visit('v') }),
      announcer.announce(decided),
    ]);
    expect(told.filter((word) => word === 'ring')).toHaveLength(1);
    expect(told.filter((word) => /picture|ring/.test(word))).toEqual(['picture Visitor', 'ring', 'picture Anna']);
  });

  it('does not hold the ring for a picture that does not come', async () => {
    const { announcer, told } = door({ picture: () => new Promise(() => undefined) });
    await announcer.announce(decided);
    expect(told).toContain('ring');
  });

  it('rings though the picture or a sensor fails, and says what failed', async () => {
    const { announcer, told, logged } = door({
      picture: () => Promise.reject(new Error('no frame')),
      present: () => {
        throw new Error('no accessory');
      },
    });
    await announcer.announce(decided);
    expect(told).toEqual(['someone', 'press anna', 'motion true', 'ring']);
    expect(logged).toEqual([
      'Front Door: could not tell Home (picture): no frame',
      'Front Door: could not tell Home (sensor): no accessory',
    ]);
  });

  it('lets the guest sensor’s event go out before the ring', async () => {
    const { announcer, told } = door({ settleMs: 200 });
    const done = announcer.announce(decided);
    await sleep(60);
    expect(told).toContain('someone');
    expect(told).not.toContain('ring');
    await done;
    expect(told.at(-1)).toBe('ring');
  });

  it('ends motion when the last visitor has been away for the hold time', async () => {
    const { announcer, told } = door();
    await announcer.announce(decided);
    await sleep(60);
    expect(told).not.toContain('motion false');
    await announcer.announce({ type: 'ended', visit: visit('v') });
    await sleep(80);
    expect(told.at(-1)).toBe('motion false');
  });

  it('says nothing more after it was stopped', async () => {
    const { announcer, told } = door();
    announcer.stop();
    await announcer.announce(decided);
    expect(told).toEqual([]);
  });
});
