import { afterEach, describe, expect, it } from '@jest/globals';
import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LiveSession } from '../../src/homekit/live-session.js';
import { recordingLogger } from '../button/recording-logger.js';

let session: LiveSession | undefined;
afterEach(() => session?.stop());

/** A session whose ffmpeg is Node, which lets a test say how it behaves. */
async function open(ffmpegPath = process.execPath) {
  const reasons: string[] = [];
  const logger = recordingLogger();
  session = await LiveSession.open(
    {
      ffmpegPath,
      name: 'Door',
      logger,
      redact: (text) => text.replaceAll('secret', '***'),
      onEnd: (why) => reasons.push(why),
    },
    false,
  );
  return { session, reasons, logger };
}

const STAYS = ['-e', 'console.error(process.pid); setInterval(() => 0, 1000)'];
const IGNORES_SIGTERM = [
  '-e',
  `process.on('SIGTERM', () => 0); console.error(process.pid); setInterval(() => 0, 1000)`,
];

async function until(condition: () => boolean, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) {
      throw new Error('it did not come to pass');
    }
    await sleep(20);
  }
}

/** The process's number, from what it wrote. */
async function pidOf(logger: ReturnType<typeof recordingLogger>): Promise<number> {
  await until(() => logger.lines.length > 0);
  return Number(/\d+$/.exec(logger.lines[0]![1])![0]);
}

const runs = (pid: number) => existsSync(`/proc/${pid}`);

describe('a live session', () => {
  it('ends with its ffmpeg when the phone’s reports stop', async () => {
    const { session, reasons, logger } = await open();
    await session.play(STAYS, 300);
    const pid = await pidOf(logger);
    const phone = createSocket('udp4');
    for (let report = 0; report < 4; report++) {
      phone.send('report', session.port, '127.0.0.1');
      await sleep(150);
    }
    expect(reasons).toEqual([]);
    expect(runs(pid)).toBe(true);
    phone.close();
    await until(() => reasons.length > 0);
    expect(reasons).toEqual(['the viewer has gone']);
    await until(() => !runs(pid));
  });

  it.each([
    ['obeys', STAYS],
    ['does not listen', IGNORES_SIGTERM],
  ])('leaves no process when it is stopped and ffmpeg %s', async (_words, args) => {
    const { session, reasons, logger } = await open();
    await session.play(args, 1000);
    const pid = await pidOf(logger);
    session.stop();
    session.stop();
    await until(() => !runs(pid));
    expect(reasons).toEqual([]);
  });

  it('tells why ffmpeg gave up, without its secrets', async () => {
    const { session, reasons } = await open();
    await session.play(['-e', 'console.error("rtsp://secret: 401 Unauthorized"); process.exitCode = 1'], 1000);
    await until(() => reasons.length > 0);
    expect(reasons).toEqual(['ffmpeg ended (code 1) rtsp://***: 401 Unauthorized']);
  });

  it('rejects when there is no ffmpeg', async () => {
    const { session } = await open('/nowhere/ffmpeg');
    await expect(session.play([], 1000)).rejects.toThrow(/ENOENT/);
  });

  it('does not begin twice, nor after its end', async () => {
    const { session } = await open();
    await session.play(STAYS, 1000);
    await expect(session.play(STAYS, 1000)).rejects.toThrow(/running already/);
    session.stop();
    await expect(session.play(STAYS, 1000)).rejects.toThrow(/has ended/);
  });
});
