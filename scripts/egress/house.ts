import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/package-root.js';
import { findFfmpeg } from '../../src/video/ffmpeg.js';
import { CHARACTERISTIC, HapClient } from '../../test/support/hap-client.js';
import { startHomebridge } from '../../test/support/homebridge.js';
import { loadClip, RtspServer } from '../../test/support/rtsp-server.js';
import { film } from '../../test/visitors/film-plan.js';
import { portraitOf, stillOf } from '../../test/visitors/index.js';
import { CAMERA, HOUSE, type TwoNetworks } from './network.js';
import type { Known } from './packets.js';

const FPS = 10;
const size = { width: 640, height: 360 };
const quiet = { debug: () => undefined, info: () => undefined, warn: console.warn, error: console.error };

/** A household's day: this program is camera and phone, everything else runs in the house. */
export async function liveInTheHouse(networks: TwoNetworks, folder: string): Promise<Known> {
  const storage = join(folder, 'storage');
  await mkdir(storage, { recursive: true });
  const ffmpeg = await findFfmpeg({ logger: quiet });
  const draw = async (visitors: Parameters<typeof film>[0]['performers'], seconds: number) =>
    loadClip(
      ffmpeg,
      await film({ ...size, framesPerSecond: FPS, seconds, performers: visitors, ffmpegPath: ffmpeg.path }),
      FPS,
    );
  const porch = await draw([], 2);
  const anna = await draw([{ kind: 'visitor', who: 'Anna', behaviour: { size: 120, walk: 600 } }], 8);
  const camera = await RtspServer.start({ clip: porch, host: CAMERA });
  const platform = {
    platform: 'Doorman',
    name: 'Doorman',
    keyFile: join(folder, 'key'),
    liveness: 'announce',
    doorbells: [{ name: 'Front Door', url: camera.url, visitGapSeconds: 4 }],
  };
  await writeFile(join(storage, 'config.json'), JSON.stringify({ platforms: [platform] }));
  const doorman = (...args: string[]): Promise<string> =>
    networks.run([process.execPath, join(packageRoot, 'dist', 'cli', 'main.js'), '-U', storage, ...args]);
  const photo = join(folder, 'anna.jpg');
  await writeFile(photo, await (await stillOf(portraitOf('Anna'))).jpeg());
  await doorman('enroll', 'Anna', photo, '--consent', 'Anna');
  await doorman('train');

  const [program, args] = networks.inHouse(process.execPath);
  const homebridge = await startHomebridge({
    pluginPath: packageRoot,
    storage,
    nodePath: program,
    nodeArgs: args,
    config: { platforms: [platform] },
    startTimeout: 120_000,
  });
  try {
    const hap = [await homebridge.port(), await homebridge.port('Front Door')];
    const bridge = await HapClient.pair({ host: HOUSE, port: hap[0]!, pin: homebridge.pin });
    const door = await HapClient.pair({ host: HOUSE, port: hap[1]!, pin: homebridge.pin });
    await homebridge.logged(/camera is online/, 60_000);
    await bridge.subscribe();
    camera.play(anna);
    await bridge.event(
      ({ accessory, characteristic, value }) =>
        accessory === 'Anna' && characteristic === CHARACTERISTIC.occupancyDetected && value === 1,
      { timeoutMs: 60_000 },
    );
    await door.snapshot(640, 360);
    await askThePage(networks, storage);
    // Long enough for whatever calls home a little later.
    await sleep(30_000);
    await Promise.all([bridge.close(), door.close()]);
    return { camera: camera.port, hap };
  } finally {
    await homebridge.stop();
    await camera.stop();
  }
}

/** The settings page's own process, asked as Homebridge's settings would. */
async function askThePage(networks: TwoNetworks, storage: string): Promise<void> {
  const [program, args] = networks.inHouse(process.execPath);
  const page = fork(join(packageRoot, 'homebridge-ui', 'server.js'), {
    execPath: program,
    execArgv: args,
    env: { ...process.env, HOMEBRIDGE_STORAGE_PATH: storage },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    await once(page, 'message');
    for (const [requestId, type] of ['status', 'guests', 'visits', 'train', 'accuracy', 'privacy'].entries()) {
      const body = { request: requestId, type, body: {} };
      const answered = answerTo(page, requestId);
      page.send({ action: 'request', payload: {}, path: '/ask', requestId, body });
      await answered;
    }
  } finally {
    page.disconnect();
  }
}

/** Beside answers the page is pushed progress and changes. */
function answerTo(page: ChildProcess, requestId: number): Promise<void> {
  return new Promise((resolve) => {
    const hear = (message: unknown): void => {
      if ((message as { payload?: { requestId?: unknown } }).payload?.requestId === requestId) {
        page.off('message', hear);
        resolve();
      }
    };
    page.on('message', hear);
  });
}
