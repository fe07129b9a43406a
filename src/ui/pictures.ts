import sharp from 'sharp';

/** The bridge to the browser breaks at about 740 kB a message; a picture stays well below, in base64. */
const LARGEST = 480_000;

/**
 * Scales a picture to what the page shows.
 *
 * @param jpeg in base64
 * @param width widest, px; smaller pictures stay as they are
 * @returns JPEG in base64
 */
export async function scaled(jpeg: string, width: number): Promise<string> {
  const bytes = Buffer.from(jpeg, 'base64');
  for (const quality of [80, 60, 40]) {
    const small = await sharp(bytes).resize({ width, withoutEnlargement: true }).jpeg({ quality }).toBuffer();
    if (small.length <= LARGEST || quality === 40) {
      return small.toString('base64');
    }
  }
  return jpeg;
}
