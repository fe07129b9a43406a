import sharp from 'sharp';
import type { Progress } from '../ui-link/protocol.js';
import type { StudioLook } from './messages.js';

export type EnrolmentResult = NonNullable<Progress['result']>;

/** Pictures in lists, px a side. */
const SIDE = 112;

/** A look as the page shows it. */
export async function resultOf({ source, taken, refused, seen }: StudioLook): Promise<EnrolmentResult> {
  const crop = taken?.crop ?? seen;
  const picture = crop && (await small(crop.picture));
  return {
    source,
    taken: taken !== undefined,
    ...(taken && { quality: taken.quality.score }),
    ...(refused !== undefined && { reason: refused }),
    ...(picture !== undefined && { picture }),
  };
}

/** @returns base64; undefined when the picture cannot be read */
async function small(picture: Uint8Array): Promise<string | undefined> {
  try {
    const bytes = await sharp(picture).resize(SIDE, SIDE, { fit: 'cover' }).jpeg({ quality: 78 }).toBuffer();
    return bytes.toString('base64');
  } catch {
    return undefined;
  }
}
