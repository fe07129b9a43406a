import { afterEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { judgeDelivery } from '../../src/notify/delivery-policy.js';
import { createNotifier } from '../../src/notify/create.js';
import type { Notice } from '../../src/notify/notice-policy.js';
import { recordingLogger } from '../button/recording-logger.js';
import { ANNA, BEN, decided, decision } from '../homekit/decisions.js';
import { HttpReceiver, type Delivery } from '../support/http-receiver.js';
import { until } from '../support/wait.js';
import { keepSecret } from '../support/secrets.js';

const SECRET = 'a secret of the household';
keepSecret(SECRET);
const DOOR = 'Front Door';

describe('webhooks', () => {
  const endings: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) {
      await end();
    }
  });

  const start = async ({ pictures = false, account = 'me:p%40ss' } = {}) => {
    const receiver = new HttpReceiver();
    await receiver.start();
    const logger = recordingLogger();
    const url = `http://${account}@127.0.0.1:${receiver.port}/door?key=hidden`;
    const { notifier } = createNotifier({
      settings: { webhooks: [{ url, secret: SECRET, pictures }] },
      doorbells: [DOOR],
      logger,
      haste: 0.02,
    });
    endings.push(
      () => receiver.stop(),
      () => notifier.stop(),
    );
    notifier.setGuests([ANNA, BEN]);
    const visitOf = (id: string, what = decision('guest', ANNA)): void => notifier.tellVisit(decided(what, id), DOOR);
    return { receiver, notifier, logger, visitOf };
  };

  it('are signed so that the receiver can tell them from others', async () => {
    const { receiver, visitOf } = await start();
    visitOf('v');
    await until('the delivery', () => receiver.deliveries.length === 1);
    const [{ headers, body }] = receiver.deliveries as [Delivery];
    const timestamp = String(headers['x-doorman-timestamp']);
    const expected = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
    expect(headers['x-doorman-signature']).toBe(`sha256=${expected}`);
    expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(60);
    expect(headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    const notice = JSON.parse(body) as Notice;
    expect(headers['x-doorman-delivery']).toBe(notice.id);
    expect(notice).toMatchObject({
      event_type: 'decided',
      doorbell: DOOR,
      name: 'Anna',
      confidence: 0.9,
      liveness: 'live',
    });
    expect(notice).not.toHaveProperty('picture');
  });

  it('take a password with a lone % as it is written', async () => {
    const { receiver, visitOf } = await start({ account: 'me:100%' });
    visitOf('v');
    await until('the delivery', () => receiver.deliveries.length === 1);
    expect(receiver.deliveries[0]!.headers.authorization).toBe(`Basic ${Buffer.from('me:100%').toString('base64')}`);
  });

  it('reach a receiver that was away, in order and once each, with one line in the log each way', async () => {
    const { receiver, visitOf, logger } = await start();
    await receiver.stop();
    ['a', 'b', 'c'].forEach((id) => visitOf(id));
    await until('the receiver is missed', () => logger.lines.length > 0);
    receiver.status = 503;
    await receiver.start();
    await until('some refused attempts', () => receiver.deliveries.length >= 2);
    expect(new Set(noticesOf(receiver).map(({ visit }) => visit))).toEqual(new Set(['a']));
    receiver.deliveries.length = 0;
    receiver.status = 200;
    await until('all three', () => receiver.deliveries.length === 3);
    await until('the log says so', () => logger.lines.length === 2);
    expect(noticesOf(receiver).map(({ visit }) => visit)).toEqual(['a', 'b', 'c']);
    expect(logger.lines.map(([level]) => level)).toEqual(['warn', 'info']);
    expect(JSON.stringify(logger.lines)).not.toMatch(/p@ss|p%40ss|hidden|secret/);
  });

  it('keep the newest 200 while the receiver is away', async () => {
    const { receiver, visitOf, logger } = await start();
    await receiver.stop();
    visitOf('first');
    await until('the receiver is missed', () => logger.lines.length > 0);
    for (let index = 0; index < 250; index++) {
      visitOf(`visit ${index}`);
    }
    await receiver.start();
    await until('the newest is there', () => noticesOf(receiver).at(-1)?.visit === 'visit 249');
    expect(receiver.deliveries).toHaveLength(200);
    await until('the log says so', () => logger.lines.length === 2);
    expect(logger.lines[1]![1]).toContain('51 messages were too many');
  });

  it('name nobody who was forgotten while they waited, and show no picture', async () => {
    const { receiver, notifier, visitOf, logger } = await start({ pictures: true });
    await receiver.stop();
    visitOf('a');
    visitOf('b', decision('guest', BEN));
    await until('the receiver is missed', () => logger.lines.length > 0);
    notifier.setGuests([{ ...BEN, name: 'Benjamin' }]);
    await receiver.start();
    await until('both', () => receiver.deliveries.length === 2);
    expect(noticesOf(receiver)[0]).not.toHaveProperty('name');
    expect(receiver.deliveries[0]!.body).not.toMatch(/anna/i);
    expect(noticesOf(receiver)[1]).toMatchObject({ name: 'Benjamin' });
  });

  it('are not sent again to a receiver that refuses them, nor to where it points', async () => {
    const { receiver, visitOf, logger } = await start();
    receiver.status = 307;
    visitOf('a');
    await until('the refusal', () => logger.lines.length === 1);
    receiver.status = 200;
    visitOf('b');
    await until('the next one', () => receiver.deliveries.length === 2);
    expect(logger.lines[0]).toEqual(['warn', expect.stringContaining('points elsewhere (307)')]);
  });
});

describe('what becomes of a delivery', () => {
  it.each([
    [200, 1, { kind: 'delivered' }],
    [204, 9, { kind: 'delivered' }],
    [302, 1, { kind: 'refused' }],
    [400, 1, { kind: 'refused' }],
    [404, 1, { kind: 'refused' }],
    [408, 1, { kind: 'again', afterMs: 1000 }],
    [429, 2, { kind: 'again', afterMs: 2000 }],
    [500, 3, { kind: 'again', afterMs: 4000 }],
    [undefined, 4, { kind: 'again', afterMs: 8000 }],
    [undefined, 100, { kind: 'again', afterMs: 60_000 }],
  ] as const)('status %s at attempt %i: %j', (status, attempts, verdict) => {
    expect(judgeDelivery(status, attempts)).toMatchObject(verdict);
  });

  it('waits as long as the receiver asks for, up to a minute', () => {
    expect(judgeDelivery(429, 1, { retryAfter: '7' })).toMatchObject({ afterMs: 7000 });
    expect(judgeDelivery(503, 1, { retryAfter: '3600' })).toMatchObject({ afterMs: 60_000 });
    expect(judgeDelivery(503, 1, { retryAfter: 'tomorrow' })).toMatchObject({ afterMs: 1000 });
  });
});

const noticesOf = ({ deliveries }: HttpReceiver): Notice[] => deliveries.map(({ body }) => JSON.parse(body) as Notice);
