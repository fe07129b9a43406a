import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config.js';

const door = { name: 'Front Door', url: 'rtsp://admin:secret@192.168.1.20/stream' };

const faultsOf = (block: unknown): string[] =>
  parseConfig(block).faults.map(({ path, message }) => `${path}: ${message}`);

describe('the configuration', () => {
  it('asks for no more than a name and an address', () => {
    const { faults, doorbells } = parseConfig({ platform: 'Doorman', doorbells: [door] }) as Extract<
      ReturnType<typeof parseConfig>,
      { config: object }
    >;
    expect(faults).toEqual([]);
    expect(doorbells[0]).toMatchObject({
      transport: 'tcp',
      framesPerSecond: 10,
      liveness: 'require',
      rings: { guests: true, strangers: true },
    });
  });

  it('is content with no doorbell yet', () => {
    expect(faultsOf({ platform: 'Doorman' })).toEqual([]);
  });

  it('lets a doorbell have its own liveness policy', () => {
    const parsed = parseConfig({ liveness: 'strict', doorbells: [door, { ...door, name: 'Gate', liveness: 'off' }] });
    expect(parsed.config && parsed.doorbells.map(({ liveness }) => liveness)).toEqual(['strict', 'off']);
  });

  it('reports every fault at once, by path, in plain words', () => {
    const faults = faultsOf({
      platform: 'Doorman',
      colour: 'red',
      engine: 'quantum',
      guests: { sensor: 'smell' },
      button: { http: { port: 0, token: 'short' } },
      doorbells: [
        { name: 'Front Door', url: 'http://camera/stream', framesPerSecond: 'many' },
        { url: 3 },
        { name: 'front door', url: 'rtsp://camera/1', ignoreRegions: [{ x: 0.9, y: 0, width: 0.4, height: 1 }] },
      ],
    });
    expect(faults).toHaveLength(11);
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^doorbells\[0\]\.url: cannot be used: http:\/\/camera\/stream is an http address/),
        'doorbells[0].framesPerSecond: must be a number',
        'doorbells[1].name: is missing',
        'doorbells[1].url: must be a text',
        'engine: must be one of auto, onnx, tensorflow-gpu, tensorflow, wasm',
        'guests.sensor: must be one of occupancy, motion, contact',
        'button.http.port: must be at least 1',
        'button.http.token: must have at least 16 characters; anyone who knows it can ring',
        'colour: is not a setting of Doorman',
        'doorbells[2].name: "front door" is already the name of doorbells[0]; each doorbell needs a name of its own',
        'doorbells[2].ignoreRegions[0]: reaches beyond the picture',
      ]),
    );
  });

  it.each([null, undefined, 3, 'text', [], { doorbells: {} }, { doorbells: [null] }])('never throws on %j', (block) => {
    expect(parseConfig(block).faults.length).toBeGreaterThan(0);
  });

  it('tells nobody outside HomeKit unless it is asked to', () => {
    expect(parseConfig({}).config!.notify).toEqual({ webhooks: [] });
    expect(parseConfig({ notify: { mqtt: { url: 'mqtt://broker' } } }).config!.notify.mqtt).toMatchObject({
      topic: 'doorman',
      discovery: true,
      pictures: false,
    });
  });

  it.each([
    [{ notify: { mqtt: { url: 'http://broker' } } }, /^notify\.mqtt\.url: must be an address such as mqtt:/],
    [{ notify: { mqtt: { url: 'mqtt://broker', topic: 'a/#' } } }, /^notify\.mqtt\.topic: must be a topic without/],
    [
      { notify: { webhooks: [{ url: 'ftp://host/', secret: 'x'.repeat(16) }] } },
      /^notify\.webhooks\[0\]\.url: must be/,
    ],
    [{ notify: { webhooks: [{ url: 'http://host/', secret: 'short' }] } }, /^notify\.webhooks\[0\]\.secret: must have/],
    [
      { button: { mqtt: { topic: 'bell' } } },
      /^button\.mqtt\.url: is missing; name a broker here or under notify\.mqtt/,
    ],
    [
      { button: { mqtt: { topic: 'doorman/bell' } }, notify: { mqtt: { url: 'mqtt://broker' } } },
      /^button\.mqtt\.topic: lies within "doorman", where Doorman writes its own messages/,
    ],
    [{ button: { mqtt: { url: 'mqtt://broker', topic: 'bell/#' } } }, /^button\.mqtt\.topic: must be a topic without/],
  ])('says what is wrong with %j', (block, words) => {
    expect(faultsOf(block)).toEqual([expect.stringMatching(words)]);
  });

  it('lets the button use the broker of the notices', () => {
    expect(faultsOf({ button: { mqtt: { topic: 'bell' } }, notify: { mqtt: { url: 'mqtt://broker' } } })).toEqual([]);
  });

  it('lets the button have any topic of a broker of its own', () => {
    const button = { mqtt: { url: 'mqtt://other', topic: 'doorman' } };
    expect(faultsOf({ button, notify: { mqtt: { url: 'mqtt://broker' } } })).toEqual([]);
  });

  it('takes a password with any character in it', () => {
    expect(faultsOf({ doorbells: [{ name: 'x', url: 'rtsp://admin:p@ss/w#rd@camera/1' }] })).toEqual([]);
  });

  it('never repeats a password in a fault', () => {
    expect(JSON.stringify(faultsOf({ doorbells: [{ name: 'x', url: 'ftp://admin:secret@camera/1' }] }))).not.toContain(
      'secret',
    );
  });
});

describe('the settings form', () => {
  const schema = JSON.parse(readFileSync(new URL('../../config.schema.json', import.meta.url), 'utf8')) as {
    schema: {
      properties: Record<string, { default?: unknown; items?: { properties: Record<string, { default?: unknown }> } }>;
    };
  };
  const defaultsOf = (properties: Record<string, { default?: unknown }>): [string, unknown][] =>
    Object.entries(properties).flatMap(([key, { default: value }]) => (value === undefined ? [] : [[key, value]]));

  it('offers only settings the plugin knows, with defaults it accepts', () => {
    const { doorbells, ...rest } = schema.schema.properties;
    const block = {
      platform: 'Doorman',
      ...Object.fromEntries(defaultsOf(rest)),
      doorbells: [{ ...Object.fromEntries(defaultsOf(doorbells!.items!.properties)), ...door }],
    };
    expect(faultsOf(block)).toEqual([]);
    const everyKey = Object.fromEntries(Object.keys(doorbells!.items!.properties).map((key) => [key, {}]));
    const unknown = faultsOf({
      doorbells: [everyKey],
      ...Object.fromEntries(Object.keys(rest).map((key) => [key, {}])),
    });
    expect(unknown.filter((line) => line.includes('not a setting'))).toEqual([]);
  });

  it('has the same defaults as the plugin', () => {
    const parsed = parseConfig({ doorbells: [door] });
    const { doorbells, ...rest } = schema.schema.properties;
    expect(parsed.config).toMatchObject(Object.fromEntries(defaultsOf(rest)));
    expect(parsed.config!.doorbells[0]).toMatchObject(
      Object.fromEntries(defaultsOf(doorbells!.items!.properties).filter(([key]) => key !== 'liveness')),
    );
  });
});
