import { access } from 'node:fs/promises';
import type { Ffmpeg } from '../../src/video/ffmpeg.js';
import { loadClip, RtspServer } from '../../test/support/rtsp-server.js';
import { SyntheticCamera } from '../../test/visitors/index.js';
import { DemoError } from './demo-error.js';
import type { DemoOptions } from './options.js';

/** A camera to look through. `drawn` is there when its visitors can be told to come. */
export interface Source {
  readonly url: string;
  readonly drawn?: SyntheticCamera;
  stop(): Promise<void>;
}

/** Opens the person's camera, plays their film, or starts the simulated camera. */
export async function openSource(source: DemoOptions['source'], ffmpeg: Ffmpeg): Promise<Source> {
  switch (source.kind) {
    case 'rtsp':
      return { url: source.place, stop: () => Promise.resolve() };
    case 'video': {
      await access(source.place).catch(() => {
        throw new DemoError(`There is no file ${source.place}.`);
      });
      console.log('Reading the film …');
      const clip = await loadClip(ffmpeg, source.place, 15).catch(() => {
        throw new DemoError(`${source.place} holds no film that ffmpeg can read.`);
      });
      const server = await RtspServer.start({ clip });
      return { url: server.url, stop: () => server.stop() };
    }
    case 'drawn': {
      const camera = await SyntheticCamera.start({ ffmpegPath: ffmpeg.path });
      return { url: camera.url, drawn: camera, stop: () => camera.stop() };
    }
  }
}
