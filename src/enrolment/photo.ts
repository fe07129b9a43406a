import type { Embedding, FaceEvidence, FaceObservation, Frame } from '../types.js';
import type { Vision } from '../vision/vision.js';
import { enrolmentFaults } from '../vision/face/quality.js';
import { packCrop, type CropFile } from './crop-file.js';
import { describeFaults } from './words.js';

/** What became of one picture offered for enrolment. */
export type Look =
  | { readonly taken: FaceEvidence; readonly refused?: undefined; readonly seen?: undefined }
  /** `seen`: the face that was not good enough. */
  | { readonly taken?: undefined; readonly refused: string; readonly seen?: CropFile };

/** A second face counts only when it is at least this large, relative to the first. */
const BYSTANDER_SHARE = 0.5;

/** Judges one picture: whose face is meant, and whether it is good enough to be enrolled. */
export async function lookAt(vision: Vision, frame: Frame): Promise<Look> {
  const faces = await vision.find(frame);
  const choice = chooseFace(faces);
  if (typeof choice !== 'string') {
    return { taken: await takeEvidence(vision, frame, choice) };
  }
  const [only, other] = faces;
  const seen = only !== undefined && other === undefined ? await cropOf(vision, frame, only) : undefined;
  return { refused: choice, ...(seen && { seen }) };
}

/** A face to be shown; undefined when its mesh is too odd to be cut out. */
async function cropOf(vision: Vision, frame: Frame, face: FaceObservation): Promise<CropFile | undefined> {
  try {
    return await packCrop(vision.crop(frame, face));
  } catch {
    return undefined;
  }
}

/** The face that is meant, or why there is none. */
export function chooseFace(faces: readonly FaceObservation[]): FaceObservation | string {
  const bySize = [...faces].sort((a, b) => b.quality.size - a.quality.size);
  const [face, second] = bySize;
  if (face === undefined) {
    return 'no face was found';
  }
  if (second !== undefined && second.quality.size > face.quality.size * BYSTANDER_SHARE) {
    return `${faces.length} faces were found; one person at a time, please`;
  }
  return enrolmentFaults(face.quality).length > 0 ? describeFaults(face) : face;
}

/** What is kept of a face that is enrolled. @param embedding when it was encoded already */
export async function takeEvidence(
  vision: Vision,
  frame: Frame,
  face: FaceObservation,
  embedding?: Embedding,
): Promise<FaceEvidence> {
  return {
    embedding: embedding ?? (await vision.encode(frame, face)),
    quality: face.quality,
    pose: face.pose,
    crop: await packCrop(vision.crop(frame, face)),
  };
}
