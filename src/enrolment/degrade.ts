import sharp from 'sharp';
import { gaussian, hashText, seededRandom, type Random } from '../recognition/random.js';
import type { Frame } from '../types.js';

/** What a doorbell does to a face, in words for the population file and the docs. */
export const degradations = [
  'size: faces of about 45 to 95 px from temple to temple',
  'blur: Gaussian of 0 to 1.1 px; in one frame of three also motion of 2 to 4 px',
  'light: one visit in four dim (a quarter to a half of the light, then gain) with sensor noise',
  'infra-red: one visit in four grey, with flattened contrast and bright skin',
  'wide-angle: barrel distortion with the face away from the lens’s axis',
  'compression: JPEG of quality 25 to 70 with halved chroma',
] as const;

/** Raised whenever the degraded pictures would change. */
export const degradationVersion = 'doorbell-1';

/** Conditions that last for a whole visit. */
interface VisitConditions {
  readonly scale: number;
  readonly light: 'day' | 'dim' | 'infrared';
  readonly gain: number;
  readonly noise: number;
  readonly quality: number;
  /** Where the lens's axis lies, in half frame widths from the face, and how strong its barrel is. */
  readonly axis: { readonly x: number; readonly y: number };
  readonly barrel: number;
}

function visitConditions(random: Random): VisitConditions {
  const draw = random();
  const light = draw < 0.25 ? 'infrared' : draw < 0.5 ? 'dim' : 'day';
  return {
    scale: 0.6 * 2 ** random(),
    light,
    gain: light === 'dim' ? 0.25 + 0.25 * random() : 0.75 + 0.5 * random(),
    noise: light === 'day' ? 1 + 2 * random() : 4 + 6 * random(),
    quality: Math.round(25 + 45 * random()),
    axis: { x: 1.2 * (random() - 0.5), y: 1.2 * (random() - 0.5) },
    barrel: 0.02 + 0.1 * random(),
  };
}

/**
 * One frame of a simulated visit: the same face under the visit's conditions, moved, turned a little, blurred and
 * compressed anew. The same file, visit and frame number give the same picture on every machine.
 * @param jpeg a picture with one face near its middle, face width about 80 px.
 */
export async function degradedFrame(jpeg: Buffer, name: string, frame: number): Promise<Frame> {
  const conditions = visitConditions(seededRandom(hashText(`${name}:${degradationVersion}`)));
  const random = seededRandom(hashText(`${name}:${degradationVersion}:${frame}`));
  const wobble = 1 + 0.12 * (random() - 0.5);
  const source = sharp(jpeg).removeAlpha().toColourspace('srgb');
  const { width: full } = await source.metadata();
  const width = Math.max(96, Math.round(full * conditions.scale * wobble));
  const small = await source.resize({ width, kernel: 'cubic' }).raw().toBuffer({ resolveWithObject: true });
  const warped = warp(small.data, small.info.width, small.info.height, conditions, random);
  shade(warped.data, conditions, random);
  let picture = sharp(warped.data, { raw: { width: warped.width, height: warped.height, channels: 3 } });
  const sigma = 1.1 * random();
  if (sigma > 0.3) picture = picture.blur(sigma);
  if (random() < 1 / 3) picture = picture.convolve(motionKernel(2 + Math.floor(3 * random()), random() < 0.7));
  const compressed = await picture.jpeg({ quality: conditions.quality, chromaSubsampling: '4:2:0' }).toBuffer();
  const decoded = await sharp(compressed).raw().toBuffer({ resolveWithObject: true });
  return {
    format: 'rgb24',
    width: decoded.info.width,
    height: decoded.info.height,
    data: decoded.data,
    timestamp: frame * 200,
  };
}

/** Rotation by up to 8°, a shift, and the lens's barrel; output a quarter larger than the face's picture, grey around. */
function warp(
  pixels: Uint8Array,
  sourceWidth: number,
  sourceHeight: number,
  { axis, barrel }: VisitConditions,
  random: Random,
): { data: Buffer; width: number; height: number } {
  const width = Math.round(sourceWidth * 1.25);
  const height = Math.round(sourceHeight * 1.25);
  const data = Buffer.alloc(width * height * 3, 110);
  const angle = ((random() - 0.5) * 16 * Math.PI) / 180;
  const shift = { x: (random() - 0.5) * 0.12 * sourceWidth, y: (random() - 0.5) * 0.12 * sourceHeight };
  const cosine = Math.cos(angle);
  const sine = Math.sin(angle);
  const half = sourceWidth / 2;
  // The face itself keeps its place and size: the distortion at the picture's middle is taken out again.
  const middle = 1 + barrel * (axis.x * axis.x + axis.y * axis.y);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const u = (x - width / 2) / half - axis.x;
      const v = (y - height / 2) / half - axis.y;
      const factor = 1 + barrel * (u * u + v * v);
      const bx = (u * factor + axis.x * middle) * half;
      const by = (v * factor + axis.y * middle) * half;
      const sx = cosine * bx - sine * by + half + shift.x;
      const sy = sine * bx + cosine * by + sourceHeight / 2 + shift.y;
      if (sx < 0 || sy < 0 || sx >= sourceWidth - 1 || sy >= sourceHeight - 1) continue;
      interpolate(pixels, sourceWidth, sx, sy, data, (y * width + x) * 3);
    }
  }
  return { data, width, height };
}

function interpolate(pixels: Uint8Array, width: number, x: number, y: number, target: Buffer, at: number): void {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const fx = x - x0;
  const fy = y - y0;
  const top = (y0 * width + x0) * 3;
  const bottom = top + width * 3;
  for (let channel = 0; channel < 3; channel += 1) {
    const upper = pixels[top + channel]! * (1 - fx) + pixels[top + channel + 3]! * fx;
    const lower = pixels[bottom + channel]! * (1 - fx) + pixels[bottom + channel + 3]! * fx;
    target[at + channel] = upper * (1 - fy) + lower * fy;
  }
}

/** Light and sensor, in place. */
function shade(data: Buffer, { light, gain, noise }: VisitConditions, random: Random): void {
  for (let i = 0; i < data.length; i += 3) {
    let red = data[i]!;
    let green = data[i + 1]!;
    let blue = data[i + 2]!;
    if (light === 'infrared') {
      // Skin reflects near infra-red strongly whatever its colour: the red channel, lifted.
      const grey = 255 * ((0.7 * red + 0.2 * green + 0.1 * blue) / 255) ** 0.75;
      red = green = blue = 40 + 0.75 * grey;
    }
    const common = gaussian(random) * noise;
    const lift = light === 'dim' ? 1.6 : 1;
    for (let channel = 0; channel < 3; channel += 1) {
      const value = channel === 0 ? red : channel === 1 ? green : blue;
      const grain = light === 'infrared' ? common : 0.6 * common + 0.8 * noise * (random() * 3.46 - 1.73);
      data[i + channel] = Math.max(0, Math.min(255, (value * gain + grain) * lift));
    }
  }
}

function motionKernel(length: number, horizontal: boolean): { width: number; height: number; kernel: number[] } {
  const size = length % 2 === 0 ? length + 1 : length;
  const kernel = Array.from({ length: size * size }, (_, index) => {
    const row = Math.floor(index / size);
    const column = index % size;
    const along = horizontal ? row === (size - 1) / 2 : column === (size - 1) / 2;
    return along ? 1 : 0;
  });
  return { width: size, height: size, kernel };
}
