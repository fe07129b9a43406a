import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { packageRoot } from '../package-root.js';
import { missingAbilities } from '../video/ffmpeg.js';
import { readImage } from '../video/media-file.js';
import { probeCamera } from '../video/probe-camera.js';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';
import { defaultSetup, openFfmpeg, openVision, readSetup, type Setup } from './setup.js';

/** `doorman doctor`: one line per part that must work, with the remedy where it does not. */
export function registerDoctor(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('check ffmpeg, cameras, the recognition engine and the guest book')
    .action(async () => {
      const storage = context.storage();
      let failures = 0;
      const check = async (what: string, work: () => Promise<string>): Promise<void> => {
        try {
          console.log(`ok    ${what}: ${await work()}`);
        } catch (error) {
          failures++;
          console.log(`FAIL  ${what}: ${error instanceof Error ? error.message : String(error)}`);
        }
      };
      let setup: Setup | undefined;
      await check('settings', async () => {
        setup = await readSetup(storage);
        return describeSettings(setup, join(storage, 'config.json'));
      });
      setup ??= defaultSetup(storage);
      await check('ffmpeg', () => describeFfmpeg(setup!));
      for (const { name, url, detectUrl, transport } of setup.doorbells) {
        await check(`camera ${name}`, () => describeCamera(setup!, url, transport));
        if (detectUrl !== undefined) {
          await check(`camera ${name}, second stream`, () => describeCamera(setup!, detectUrl, transport));
        }
      }
      await check('recognition engine', () => timeEngine(setup!));
      await check('storage folder', async () => {
        const folder = join(storage, 'doorman');
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await access(folder, constants.W_OK).catch(() => {
          throw new Error(`${folder} cannot be written to; give the user that runs Homebridge the right to`);
        });
        return `${folder} can be written to`;
      });
      await check('guest book', () =>
        context.withBook(async (book) => {
          const guests = await book.guests();
          return guests.length === 0
            ? 'nobody is enrolled yet; see "doorman enroll --help"'
            : guests.map(({ name }) => name).join(', ');
        }),
      );
      if (failures > 0) {
        throw new CliError(`${failures} part(s) need attention.`);
      }
    });
}

function describeSettings({ doorbells }: Setup, file: string): string {
  return doorbells.length === 0
    ? `no doorbell yet in ${file}; add one in Doorman's settings, with a name and the camera's RTSP address`
    : `${doorbells.length === 1 ? 'one doorbell' : `${doorbells.length} doorbells`} in ${file}`;
}

async function describeFfmpeg(setup: Setup): Promise<string> {
  const ffmpeg = await openFfmpeg(setup);
  return [`${ffmpeg.version} (${ffmpeg.source}) at ${ffmpeg.path}.`, missingAbilities(ffmpeg) ?? ''].join(' ').trim();
}

async function describeCamera(setup: Setup, url: string, transport: 'tcp' | 'udp' | 'auto'): Promise<string> {
  const { codec, width, height, framesPerSecond, audio } = await probeCamera(await openFfmpeg(setup), url, transport);
  const small = width < 1280 ? '; small: faces must come near' : '';
  const rate = framesPerSecond === undefined ? '' : `, ${framesPerSecond} frames/s`;
  return `${codec} ${width}×${height}${rate}${audio === undefined ? ', no sound' : ''}${small}`;
}

async function timeEngine(setup: Setup): Promise<string> {
  const vision = await openVision(setup);
  try {
    const frame = await readImage(join(packageRoot, 'models', 'selftest', 'face.png'));
    const once = async (): Promise<void> => {
      const [face] = await vision.find(frame);
      if (face === undefined) {
        throw new Error(`${vision.engine} does not find the face of its self-test; choose another "engine"`);
      }
      await vision.encode(frame, face);
    };
    await once();
    const begun = performance.now();
    await once();
    return `${vision.engine}, encoder ${vision.encoder.id}, ${(performance.now() - begun).toFixed(0)} ms for a face`;
  } finally {
    await vision.dispose();
  }
}
