import { Fault } from './link.js';
import { texts } from './texts.js';

/** Longer side of a photo that is sent, px: a face a third of the picture wide still has 500 px. */
const LONGEST = 1600;
const JPEG_QUALITY = 0.9;
/** What the plugin takes at most, bytes. */
const LARGEST_FILE = 256 * 1024 * 1024;
/** A photo of more bytes than this is not read into the browser's memory. */
const LARGEST_PHOTO = 80 * 1024 * 1024;

export interface Prepared {
  readonly blob: Blob;
  readonly kind: 'photo' | 'video';
}

/**
 * Makes a chosen file ready to be sent: photos become a JPEG of moderate size, whatever they were; films go as they
 * are.
 *
 * @throws Fault with a reason that can be shown after the file's name
 */
export async function prepare(file: File): Promise<Prepared> {
  if (file.size === 0) {
    throw new Fault('empty', words(texts.enrol.empty));
  }
  const isVideo = file.type.startsWith('video/');
  if (file.size > (isVideo ? LARGEST_FILE : LARGEST_PHOTO)) {
    throw new Fault('too-large', words(texts.enrol.tooLarge(texts.common.bytes(file.size))));
  }
  return isVideo ? { blob: file, kind: 'video' } : { blob: await smaller(file), kind: 'photo' };
}

const words = (predicate: string): string => `it ${predicate}`;

/** Decodes, turns upright (as its EXIF says), scales down and encodes a photo; its place and time stay behind. */
async function smaller(file: File): Promise<Blob> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Fault('not-a-picture', words(texts.enrol.notPicture));
  }
  try {
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext('2d');
    if (context === null) {
      throw new Fault('too-many-pixels', words(texts.enrol.tooManyPixels));
    }
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', JPEG_QUALITY));
    if (blob === null) {
      throw new Fault('too-many-pixels', words(texts.enrol.tooManyPixels));
    }
    return blob;
  } finally {
    bitmap.close();
  }
}
