import { middle, pathOf, type Anatomy } from './anatomy.js';
import { eyesSvg } from './draw-eyes.js';
import { backSvg, frontHairSvg, wholeCanvas } from './draw-hair.js';
import { mouthSvg, noseSvg } from './draw-mouth-nose.js';
import type { Expression } from './expression.js';
import { shade, type Person } from './person.js';
import { Chance } from './random.js';

const filters = [1, 2, 4, 6, 10]
  .map(
    (radius) =>
      `<filter id="blur${radius}" x="-60%" y="-60%" width="220%" height="220%"><feGaussianBlur stdDeviation="${radius}"/></filter>`,
  )
  .join('');

const svg = (content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" ${wholeCanvas}><defs>${filters}</defs>${content}</svg>`;

/** The face from the front, without the light that falls on it (that comes with the head's shape). */
export function faceSvg(person: Person, at: Anatomy, expression: Expression): string {
  const outline = pathOf(at.outline);
  const dark = shade(person.skin, -0.6, '#2a0f08');
  const pink = shade(person.skin, 0.45, '#c4433a');
  return svg(`<clipPath id="face"><path d="${outline}"/></clipPath>
    <path d="${outline}" fill="${person.skin}"/>
    <g clip-path="url(#face)">
      ${complexion(person, at)}
      ${[-1, 1].map((side) => `<ellipse cx="${middle + side * at.half * 0.55}" cy="${at.eye + 58}" rx="32" ry="22" fill="${pink}" opacity="${0.12 + 0.35 * person.blush}" filter="url(#blur10)"/>`).join('')}
      ${[-1, 1].map((side) => `<ellipse cx="${middle + side * at.half * 0.78}" cy="${at.mouth - 6}" rx="20" ry="44" fill="${dark}" opacity="${0.08 + 0.16 * (1 - person.blush)}" filter="url(#blur10)"/>`).join('')}
      ${wrinkles(person, at, dark)}${beardSvg(person, at)}
      <path d="${outline}" fill="none" stroke="${dark}" stroke-opacity="0.4" stroke-width="10" filter="url(#blur6)"/>
    </g>
    ${noseSvg(person, at)}${mouthSvg(person, at, expression)}${moustacheSvg(person, at)}${eyesSvg(person, at, expression)}
    ${frontHairSvg(person, at)}`);
}

/** What lies behind the face. */
export const backLayerSvg = (person: Person, at: Anatomy): string => svg(backSvg(person, at));

function complexion(person: Person, at: Anatomy): string {
  const by = new Chance(person.seed + 5);
  const blotches = Array.from({ length: 36 }, () => {
    const tone = by.chance(0.5) ? shade(person.skin, 0.12) : shade(person.skin, -0.16, '#5a1a10');
    return `<circle cx="${middle + by.around(0, at.half)}" cy="${by.between(at.hairline, at.chin)}" r="${by.between(4, 13)}" fill="${tone}" opacity="0.3"/>`;
  });
  const freckles = Array.from({ length: Math.round(70 * person.freckles) }, () => {
    const x = by.around(0, at.half * 0.8);
    return `<circle cx="${middle + x}" cy="${at.eye + 44 + by.around(0, 30) - Math.abs(x) * 0.12}" r="${by.between(1, 2.5)}" fill="#8a4a24" opacity="0.6"/>`;
  });
  const mole =
    person.mole === undefined
      ? ''
      : `<circle cx="${middle + person.mole.x}" cy="${at.eye + person.mole.y}" r="4" fill="#3a1a10" opacity="0.85"/>`;
  return `<g filter="url(#blur4)">${blotches.join('')}</g>${freckles.join('')}${mole}`;
}

function wrinkles(person: Person, at: Anatomy, dark: string): string {
  if (person.age < 0.3) {
    return '';
  }
  const lines = [0, 1, 2].map((i) => {
    const y = at.brow - 22 - i * 15;
    return `<path d="M${middle - 55},${y + 4} Q${middle},${y - 6} ${middle + 55},${y + 3}"/>`;
  });
  const frown = `<path d="M${middle - 9},${at.brow - 8} l2,22 M${middle + 9},${at.brow - 8} l-2,22"/>`;
  const jowls = `<path d="M${middle - at.mouthHalf - 8},${at.mouth + 12} q-8,16 -2,32 M${middle + at.mouthHalf + 8},${at.mouth + 12} q8,16 2,32"/>`;
  return `<g fill="none" stroke="${dark}" stroke-opacity="${0.42 * person.age}" stroke-width="2.6" filter="url(#blur1)">${lines.join('')}${frown}${jowls}</g>`;
}

function beardSvg({ beard, seed }: Person, at: Anatomy): string {
  const w = at.half;
  const [x, y] = [middle, at.mouth];
  if (beard.style === 'none' || beard.style === 'moustache') {
    return '';
  }
  const chin = `M${x - 30},${y + 24} Q${x},${y + 14} ${x + 30},${y + 24} Q${x + 34},${at.chin - 4} ${x},${at.chin + 8} Q${x - 34},${at.chin - 4} ${x - 30},${y + 24}Z`;
  const full = `M${x - w * 1.02},${at.eye + 34} Q${x - w * 0.82},${y - 8} ${x - at.mouthHalf - 16},${y - 26} Q${x},${at.noseBase + 4} ${x + at.mouthHalf + 16},${y - 26} Q${x + w * 0.82},${y - 8} ${x + w * 1.02},${at.eye + 34} L${x + w},${at.chin + 12} L${x - w},${at.chin + 12}Z`;
  const path = beard.style === 'goatee' ? chin : full;
  const by = new Chance(seed + 9);
  const hairs = Array.from({ length: 60 }, () => {
    const [hx, hy] = [x + by.around(0, w * 0.95), by.between(y - 20, at.chin + 4)];
    return `<path d="M${hx},${hy} q${by.around(0, 4)},7 ${by.around(0, 6)},14" stroke="${shade(beard.color, by.around(0, 0.3))}" stroke-width="1.8" fill="none" stroke-opacity="0.6"/>`;
  });
  const strong = beard.style === 'stubble' ? 0.32 : 0.92;
  return `<clipPath id="beard"><path d="${path}"/></clipPath><path d="${path}" fill="${beard.color}" opacity="${strong}" filter="url(#blur4)"/>
    ${beard.style === 'stubble' ? '' : `<g clip-path="url(#beard)">${hairs.join('')}</g>`}`;
}

function moustacheSvg({ beard }: Person, at: Anatomy): string {
  if (beard.style === 'none' || beard.style === 'stubble') {
    return '';
  }
  const [x, w] = [middle, at.mouthHalf + 6];
  const top = at.noseBase + 5;
  const lip = at.mouth - 5;
  return `<path d="M${x},${top} C${x - w * 0.5},${top - 1} ${x - w},${lip - 6} ${x - w - 4},${lip + 9} C${x - w * 0.6},${lip} ${x - 12},${lip - 1} ${x},${lip - 3} C${x + 12},${lip - 1} ${x + w * 0.6},${lip} ${x + w + 4},${lip + 9} C${x + w},${lip - 6} ${x + w * 0.5},${top - 1} ${x},${top}Z" fill="${beard.color}" opacity="0.93" filter="url(#blur1)"/>`;
}

/** Spectacles: a layer of their own, in front of the face. */
export function glassesSvg({ glasses }: Person, at: Anatomy): string {
  const { style, color } = glasses;
  if (style === 'none') {
    return svg('');
  }
  const width = { round: 4.5, square: 7, rimless: 1.8 }[style];
  const lens = (side: number): string => {
    const cx = middle + side * (at.eyeX + 2);
    const [rx, ry] = [38, style === 'round' ? 35 : 27];
    const shape = `x="${cx - rx}" y="${at.eye - ry + 3}" width="${2 * rx}" height="${2 * ry}" rx="${style === 'round' ? 34 : 9}"`;
    return `<rect ${shape} fill="#cfe0ee" fill-opacity="0.07" stroke="${color}" stroke-width="${width}"/>
      <path d="M${cx + side * rx},${at.eye - 8} L${middle + side * (at.half + 6)},${at.eye - 10}" stroke="${color}" stroke-width="${width}"/>`;
  };
  const gap = at.eyeX + 2 - 38;
  return svg(
    `${lens(-1)}${lens(1)}<path d="M${middle - gap},${at.eye - 4} Q${middle},${at.eye - 14} ${middle + gap},${at.eye - 4}" fill="none" stroke="${color}" stroke-width="${width}"/>`,
  );
}

/** Neck, shoulders and clothes; 640 × 900 px, the neck's middle at (320, 40) where the chin's level is 40. */
export const bodyCanvas = { width: 640, height: 900, neckX: 320, chinY: 40 } as const;

export function bodySvg(person: Person): string {
  const { skin, clothes, face } = person;
  const neck = 58 * (0.5 + 0.25 * face.width + 0.25 * face.jaw);
  const dark = shade(skin, -0.55, '#2a0f08');
  const { width, height, neckX: x } = bodyCanvas;
  const cloth = `M${x - neck - 18},96 C${x - 130},122 ${x - 230},136 ${x - 262},190 C${x - 300},300 ${x - 296},600 ${x - 300},${height} L${x + 300},${height} C${x + 296},600 ${x + 300},300 ${x + 262},190 C${x + 230},136 ${x + 130},122 ${x + neck + 18},96 Q${x},150 ${x - neck - 18},96Z`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><defs>${filters}</defs>
    <path d="M${x - neck},0 L${x - neck - 4},80 Q${x - neck - 10},104 ${x - neck - 30},112 Q${x},180 ${x + neck + 30},112 Q${x + neck + 10},104 ${x + neck + 4},80 L${x + neck},0Z" fill="${shade(skin, -0.14, '#5a2415')}"/>
    <path d="M${x - neck},0 L${x - neck},52 Q${x},112 ${x + neck},52 L${x + neck},0Z" fill="${dark}" opacity="0.4" filter="url(#blur6)"/>
    <path d="${cloth}" fill="${clothes.color}"/>
    <path d="M${x - neck - 22},94 Q${x},172 ${x + neck + 22},94 L${x + neck + 34},110 Q${x},196 ${x - neck - 34},110Z" fill="${clothes.collar}"/>
    <path d="M${x},170 L${x},${height} M${x - 180},240 Q${x - 190},500 ${x - 186},${height} M${x + 180},240 Q${x + 190},500 ${x + 186},${height}" stroke="#000" stroke-opacity="0.28" stroke-width="7" fill="none" filter="url(#blur4)"/></svg>`;
}
