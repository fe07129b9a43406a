import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { HttpButton, type HttpButtonOptions } from '../../src/button/http-button.js';
import { recordingLogger } from './recording-logger.js';
import { keepSecret } from '../support/secrets.js';
import { until } from '../support/wait.js';

const TOKEN = 'sixteen-or-more-letters';
keepSecret(TOKEN);

let button: HttpButton | undefined;
afterEach(() => button?.stop());

async function started(options: Partial<HttpButtonOptions> = {}) {
  const pressed: string[] = [];
  const logger = recordingLogger();
  const made = new HttpButton({
    port: 0,
    token: TOKEN,
    doorbells: ['Front Door', 'Garten Tür'],
    press: (doorbell) => pressed.push(doorbell),
    logger,
    ...options,
  });
  button = made;
  await made.start();
  const call = async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://127.0.0.1:${String(made.port)}${path}`, init);
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  return { call, pressed, logger, made };
}

describe('the webhook', () => {
  it.each<[string, RequestInit]>([
    [`/ring?token=${TOKEN}`, {}],
    [`/ring?token=${TOKEN}`, { method: 'POST', body: '{"any":"thing"}' }],
    ['/ring', { headers: { Authorization: `Bearer ${TOKEN}` } }],
    ['/ring', { method: 'POST', headers: { 'X-Doorman-Token': TOKEN } }],
    [`/ring/front-door?token=${TOKEN}`, {}],
    [`/ring/Front%20Door?token=${TOKEN}`, {}],
  ])('presses the front door for %s', async (path, init) => {
    const { call, pressed } = await started();
    expect((await call(path, init)).status).toBe(200);
    expect(pressed).toEqual(['Front Door']);
  });

  it('presses the doorbell that is named', async () => {
    const { call, pressed } = await started();
    await call(`/ring/garten-t%C3%BCr?token=${TOKEN}`);
    expect(pressed).toEqual(['Garten Tür']);
  });

  it.each<[string, RequestInit, number]>([
    ['/ring', {}, 401],
    ['/ring?token=', {}, 401],
    [`/ring?token=${TOKEN}x`, {}, 401],
    ['/ring', { headers: { Authorization: 'Bearer wrong' } }, 401],
    ['/secret', {}, 401],
    [`/other?token=${TOKEN}`, {}, 404],
    [`/ring/back-door?token=${TOKEN}`, {}, 404],
    [`/ring/%E0%A4%A?token=${TOKEN}`, {}, 404],
    [`/ring?token=${TOKEN}`, { method: 'DELETE' }, 405],
  ])('answers %s %j with %i and presses nothing', async (path, init, status) => {
    const { call, pressed, logger } = await started();
    expect((await call(path, init)).status).toBe(status);
    expect(pressed).toEqual([]);
    expect(JSON.stringify(logger.lines)).not.toContain(TOKEN);
  });

  it('lets no more than a handful of presses through, and says when to come again', async () => {
    let now = 0;
    const { call, pressed } = await started({ clock: () => now });
    const answers = [];
    for (let press = 0; press < 8; press++) {
      answers.push((await call(`/ring?token=${TOKEN}`)).status);
    }
    expect(answers).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    const refused = await call(`/ring?token=${TOKEN}`);
    expect(refused.headers.get('Retry-After')).toBe('2');
    now = 2000;
    expect((await call(`/ring?token=${TOKEN}`)).status).toBe(200);
    expect(pressed).toHaveLength(6);
  });

  it('slows down guessing without locking out who knows the token', async () => {
    const { call, logger } = await started({ clock: () => 0 });
    const answers = [];
    for (let guess = 0; guess < 7; guess++) {
      answers.push((await call(`/ring?token=guess-number-${guess}`)).status);
    }
    expect(answers).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect(logger.lines.filter(([level]) => level === 'warn')).toHaveLength(5);
    expect((await call(`/ring?token=${TOKEN}`)).status).toBe(200);
  });

  it('says so when the press fails, and goes on', async () => {
    let fail = true;
    const { call, logger } = await started({
      press: () => {
        if (fail) {
          throw new Error('no doorbell');
        }
      },
    });
    expect((await call(`/ring?token=${TOKEN}`)).status).toBe(500);
    expect(logger.lines).toContainEqual(['error', 'Front Door: the press failed: no doorbell']);
    fail = false;
    expect((await call(`/ring?token=${TOKEN}`)).status).toBe(200);
  });

  it('tells of a taken port in one line, and takes it when it is free', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { made, logger } = await started({ port, retryMs: 50 });
    expect(made.port).toBeUndefined();
    expect(logger.lines).toEqual([
      [
        'error',
        `The button's webhook cannot listen on 127.0.0.1:${port}: the port is taken by another program. The doorbell goes on without it and tries again.`,
      ],
    ]);
    other.close();
    await until('the port is taken', () => made.port === port);
    expect(logger.lines.slice(1)).toEqual([['info', `The button's webhook listens on http://127.0.0.1:${port}/ring`]]);
  });

  it('stops with connections open', async () => {
    const { call, made } = await started();
    await call(`/ring?token=${TOKEN}`);
    await made.stop();
    await expect(call(`/ring?token=${TOKEN}`)).rejects.toThrow();
  });
});
