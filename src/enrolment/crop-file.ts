import sharp from 'sharp';
import type { Point } from '../types.js';
import type { FaceCrop } from '../vision/vision.js';

/** A face as the guest book keeps it: a JPEG, and the alignment points in it in the order of `pointNames`. */
export interface CropFile {
  readonly picture: Uint8Array;
  readonly points: readonly Point[];
}

const pointNames = [
  'rightEyeOuter',
  'rightEyeInner',
  'leftEyeInner',
  'leftEyeOuter',
  'noseTip',
  'noseBase',
  'rightMouthCorner',
  'leftMouthCorner',
] as const satisfies readonly (keyof FaceCrop['points'])[];

/** Kept faces are encoded again when the encoder changes, so they are hardly compressed. */
const JPEG_QUALITY = 95;

export async function packCrop({ width, height, rgb, points }: FaceCrop): Promise<CropFile> {
  const picture = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4' })
    .toBuffer();
  return { picture, points: pointNames.map((name) => points[name]) };
}

/** @throws Error when the picture is none or points are missing */
export async function unpackCrop({ picture, points }: CropFile): Promise<FaceCrop> {
  if (points.length !== pointNames.length) {
    throw new Error(`a kept face has ${points.length} points instead of ${pointNames.length}`);
  }
  const { data, info } = await sharp(picture)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    rgb: data,
    points: Object.fromEntries(pointNames.map((name, at) => [name, points[at]!])) as unknown as FaceCrop['points'],
  };
}
