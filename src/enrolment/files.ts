import { basename } from 'node:path';
import type { Ffmpeg } from '../video/ffmpeg.js';
import { isVideoFile, readImage, readVideoFile } from '../video/media-file.js';
import type { Vision } from '../vision/vision.js';
import type { FaceEvidence } from '../types.js';
import type { CropFile } from './crop-file.js';
import { chooseFace, lookAt, takeEvidence } from './photo.js';

export interface EnrolmentStep {
  /** The file's name, for a video with the time of the frame. */
  readonly source: string;
  readonly kind: 'photo' | 'video';
  readonly taken?: FaceEvidence;
  readonly refused?: string;
  /** The face in a photo that was not good enough. */
  readonly seen?: CropFile;
}

export interface EnrolmentFiles {
  readonly files: readonly string[];
  readonly vision: Vision;
  readonly ffmpeg: Ffmpeg;
  readonly signal: AbortSignal;
}

/** Frames looked at per second of video: people move slowly enough before a camera. */
const VIDEO_FRAMES_PER_SECOND = 3;

/** More looks from one video say nothing new. */
const MAXIMUM_PER_VIDEO = 20;

/** Two looks nearer than this in pose (radians) count as the same look; the better one is kept. */
const SAME_POSE = 0.12;

/** Goes through photos and videos of one person. A file that cannot be read is one refused step; the rest goes on. */
export async function* enrolFiles(options: EnrolmentFiles): AsyncGenerator<EnrolmentStep> {
  for (const file of options.files) {
    options.signal.throwIfAborted();
    try {
      if (isVideoFile(file)) {
        yield* enrolVideo(file, options);
      } else {
        yield { source: basename(file), kind: 'photo', ...(await lookAt(options.vision, await readImage(file))) };
      }
    } catch (error) {
      options.signal.throwIfAborted();
      yield {
        source: basename(file),
        kind: isVideoFile(file) ? 'video' : 'photo',
        refused: error instanceof Error ? error.message : String(error),
      };
    }
  }
}

async function* enrolVideo(file: string, { vision, ffmpeg, signal }: EnrolmentFiles): AsyncGenerator<EnrolmentStep> {
  const kept: (EnrolmentStep & { taken: FaceEvidence })[] = [];
  for await (const frame of readVideoFile(ffmpeg, file, { framesPerSecond: VIDEO_FRAMES_PER_SECOND, signal })) {
    const source = `${basename(file)} at ${(frame.timestamp / 1000).toFixed(1)} s`;
    const choice = chooseFace(await vision.find(frame));
    if (typeof choice === 'string') {
      yield { source, kind: 'video', refused: choice };
      continue;
    }
    const alike = kept.findIndex(
      ({ taken }) => Math.hypot(taken.pose.yaw - choice.pose.yaw, taken.pose.pitch - choice.pose.pitch) < SAME_POSE,
    );
    if (alike < 0 && kept.length < MAXIMUM_PER_VIDEO) {
      kept.push({ source, kind: 'video', taken: await takeEvidence(vision, frame, choice) });
    } else if (alike >= 0 && kept[alike]!.taken.quality.score < choice.quality.score) {
      yield { source: kept[alike]!.source, kind: 'video', refused: 'a better look from the same side was found' };
      kept[alike] = { source, kind: 'video', taken: await takeEvidence(vision, frame, choice) };
    } else {
      yield { source, kind: 'video', refused: 'the same look as another frame' };
    }
  }
  yield* kept;
}
