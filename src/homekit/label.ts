import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import sharp from 'sharp';

/** A picture's size in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The band takes this part of the picture's height, but never so little that a watch could not show the words. */
const BAND = 0.13;
const SMALLEST_BAND_PX = 26;
const LONGEST_LABEL = 60;
const LONGEST_REASON = 120;
const JPEG = { quality: 85, mozjpeg: false } as const;

const resolve = createRequire(import.meta.url).resolve;
/** DejaVu Sans: Latin, Cyrillic, Greek, Armenian, Georgian, Hebrew, Arabic; other scripts need a font of the system. */
const fontfile = resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf');

/** A machine without fontconfig would get its complaint on the log; the font's own configuration is enough. */
function settleFontconfig(): void {
  if (process.env.FONTCONFIG_FILE === undefined && !existsSync('/etc/fonts/fonts.conf')) {
    process.env.FONTCONFIG_FILE = resolve('dejavu-fonts-ttf/fontconfig/57-dejavu-sans.conf');
  }
}
settleFontconfig();

/**
 * Draws a text on a band at the picture's lower edge.
 *
 * @param jpeg any picture that sharp reads
 * @param text one line in plain text; markup in it is shown, not obeyed
 * @returns a JPEG of the same size
 * @throws when `jpeg` is not a picture
 */
export async function annotate(jpeg: Buffer, text: string): Promise<Buffer> {
  const { width, height } = await sharp(jpeg).metadata();
  const band = bandHeight({ width, height });
  const words = await renderWords(text, { width: Math.round(width * 0.94), height: Math.round(band * 0.66) });
  return sharp(jpeg)
    .composite([
      { input: plate({ width, height: band }, 0.72), left: 0, top: height - band },
      {
        input: words.data,
        left: Math.round((width - words.width) / 2),
        top: height - band + Math.round((band - words.height) / 2),
      },
    ])
    .jpeg(JPEG)
    .toBuffer();
}

/** Height in px of the band that `annotate` draws on a picture of this size. */
export function bandHeight({ height }: Size): number {
  return Math.min(height, Math.max(SMALLEST_BAND_PX, Math.round(height * BAND)));
}

/** A dark picture with words in its middle, and perhaps smaller ones below, for when there is nothing to show. */
export async function placeholder(text: string, { width, height }: Size, reason?: string): Promise<Buffer> {
  const line = Math.round(height * 0.09);
  const words = await renderWords(text, { width: Math.round(width * 0.9), height: line });
  const small =
    reason === undefined
      ? undefined
      : await renderWords(reason, { width: Math.round(width * 0.94), height: Math.round(line * 0.6) }, LONGEST_REASON);
  const middle = (height - words.height) / 2;
  const centred = (drawn: Words, top: number) => ({
    input: drawn.data,
    left: Math.round((width - drawn.width) / 2),
    top: Math.round(top),
  });
  return sharp({ create: { width, height, channels: 3, background: '#20242b' } })
    .composite([
      centred(words, middle - (small === undefined ? 0 : line)),
      ...(small === undefined ? [] : [centred(small, middle + line)]),
    ])
    .jpeg(JPEG)
    .toBuffer();
}

/** Brings a picture to exactly the asked-for size, its aspect ratio kept by black bars. */
export async function fit(jpeg: Buffer, { width, height }: Size): Promise<Buffer> {
  return sharp(jpeg).resize({ width, height, fit: 'contain', background: 'black' }).jpeg(JPEG).toBuffer();
}

/** Control characters and white space; the joiners of Persian, Indic scripts and emoji are letters' business. */
const controls = /(?:(?![\u200c\u200d])[\p{C}\s])+/gu;
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** A text as Pango markup that says just that text, on one line. */
export function plainMarkup(text: string, longest = LONGEST_LABEL): string {
  const line = Array.from(characters.segment(text.replace(controls, ' ').trim()), ({ segment }) => segment);
  const cut = line.length > longest ? [...line.slice(0, longest - 1), '…'] : line;
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return cut.join('').replace(/[&<>"']/g, (character) => entities[character]!);
}

interface Words extends Size {
  readonly data: Buffer;
}

/** White words, as high as the box unless they would be wider than it. */
async function renderWords(text: string, box: Size, longest?: number): Promise<Words> {
  const markup = plainMarkup(text, longest);
  const render = async (pixels: number): Promise<Words> => {
    const { data, info } = await sharp({
      text: {
        text: `<span foreground="white">${markup === '' ? ' ' : markup}</span>`,
        font: `DejaVu Sans Bold ${pixels.toFixed(1)}`,
        fontfile,
        rgba: true,
        dpi: 72,
      },
    })
      .png()
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  };
  // A font's size counts from the deepest descender to the highest accent; letters take some 3/4 of it.
  const first = await render(box.height);
  if (first.width <= box.width && first.height <= box.height * 1.5) {
    return first;
  }
  const shrink = Math.min(box.width / first.width, (box.height * 1.5) / first.height);
  const second = await render(Math.max(4, box.height * shrink * 0.98));
  if (second.width <= box.width) {
    return second;
  }
  const { data, info } = await sharp(second.data)
    .resize({ width: box.width })
    .png()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

function plate({ width, height }: Size, opacity: number): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#000" fill-opacity="${opacity}"/></svg>`,
  );
}
