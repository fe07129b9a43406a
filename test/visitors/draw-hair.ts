import { canvas, halfWidths, middle, pathOf, type Anatomy } from './anatomy.js';
import { Chance } from './random.js';
import { shade, type Person } from './person.js';

type Points = readonly (readonly [number, number])[];

/** How far the hair stands off the head, px of the drawing. */
export function hairVolume({ hair }: Person): number {
  const base = {
    bald: 0,
    buzz: 3,
    short: 12,
    'side-part': 15,
    fringe: 14,
    receding: 8,
    curly: 34,
    long: 16,
    'long-fringe': 16,
    bun: 8,
    hat: 14,
  };
  return base[hair.style] * (0.6 + 0.4 * hair.volume);
}

/** A ring around the head from one temple over the crown to the other, `off` px outside the outline. */
function cap(at: Anatomy, off: number, lowest: number): [number, number][] {
  const widths = halfWidths(at);
  const side = (sign: number): [number, number][] => {
    const points: [number, number][] = [];
    for (let y = lowest; y > at.crown + 6; y -= 10) {
      // It comes back to the head towards its lower end.
      const out = off * Math.min(1, 0.2 + (lowest - y) / 60);
      points.push([middle + sign * (widths[Math.round(y)]! + out), y]);
    }
    return points;
  };
  const right = side(1).reverse();
  const top: [number, number][] = [-0.5, -0.4, -0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.4, 0.5].map((t) => [
    middle + t * at.half,
    at.crown - off + 55 * t * t,
  ]);
  return [...side(-1), ...top, ...right];
}

/** Hair on the skull and around the forehead; part of the face's surface. */
export function frontHairSvg(person: Person, at: Anatomy): string {
  const { style, color } = person.hair;
  const off = hairVolume(person);
  const line = at.hairline;
  const w = at.half;
  const x = middle;
  const close = (lower: Points, lowest: number, outer = off): string => pathOf([...cap(at, outer, lowest), ...lower]);
  const temple = at.eye - 14;
  /** The hairline from the right temple to the left one; `dip` px lower at given shares of the half width. */
  const hairline = (knots: readonly (readonly [number, number])[]): [number, number][] =>
    knots.map(([share, y]) => [x + share * w, y]);
  const shapes: Record<Person['hair']['style'], string> = {
    bald: '',
    buzz: close(
      hairline([
        [0.97, temple],
        [0.86, line + 34],
        [0.6, line + 4],
        [0, line - 4],
        [-0.6, line + 4],
        [-0.86, line + 34],
        [-0.97, temple],
      ]),
      temple,
    ),
    short: close(
      hairline([
        [0.98, temple + 12],
        [0.88, line + 40],
        [0.62, line + 8],
        [0.2, line - 6],
        [-0.3, line + 2],
        [-0.66, line + 10],
        [-0.88, line + 40],
        [-0.98, temple + 12],
      ]),
      temple + 12,
    ),
    'side-part': close(
      hairline([
        [0.98, temple + 10],
        [0.9, line + 44],
        [0.7, line + 26],
        [0.3, line + 12],
        [-0.25, line - 20],
        [-0.55, line - 4],
        [-0.85, line + 34],
        [-0.98, temple + 10],
      ]),
      temple + 10,
    ),
    fringe: close(
      hairline([
        [0.99, temple + 14],
        [0.92, at.brow - 6],
        [0.7, at.brow - 20],
        [0.4, at.brow - 14],
        [0.1, at.brow - 22],
        [-0.25, at.brow - 13],
        [-0.6, at.brow - 20],
        [-0.92, at.brow - 6],
        [-0.99, temple + 14],
      ]),
      temple + 14,
    ),
    receding: close(
      hairline([
        [0.98, temple + 10],
        [0.93, line + 20],
        [0.75, line - 30],
        [0.45, line - 48],
        [0, line - 26],
        [-0.45, line - 48],
        [-0.75, line - 30],
        [-0.93, line + 20],
        [-0.98, temple + 10],
      ]),
      temple + 10,
    ),
    curly: close(
      hairline([
        [1, temple + 26],
        [0.9, line + 44],
        [0.72, line + 20],
        [0.4, line + 8],
        [0.1, line + 14],
        [-0.25, line + 5],
        [-0.6, line + 18],
        [-0.9, line + 44],
        [-1, temple + 26],
      ]),
      temple + 26,
    ),
    long: close(
      hairline([
        [1, at.mouth],
        [0.93, at.eye],
        [0.8, line + 40],
        [0.45, line + 2],
        [0.02, line - 28],
        [-0.45, line + 2],
        [-0.8, line + 40],
        [-0.93, at.eye],
        [-1, at.mouth],
      ]),
      at.mouth,
    ),
    'long-fringe': close(
      hairline([
        [1, at.mouth],
        [0.9, at.eye],
        [0.86, at.brow - 4],
        [0.5, at.brow - 14],
        [0, at.brow - 9],
        [-0.5, at.brow - 14],
        [-0.86, at.brow - 4],
        [-0.9, at.eye],
        [-1, at.mouth],
      ]),
      at.mouth,
    ),
    bun: close(
      hairline([
        [0.97, temple],
        [0.88, line + 32],
        [0.55, line],
        [0, line - 10],
        [-0.55, line],
        [-0.88, line + 32],
        [-0.97, temple],
      ]),
      temple,
    ),
    hat: close(
      hairline([
        [1, temple - 16],
        [0.6, line + 30],
        [0, line + 38],
        [-0.6, line + 30],
        [-1, temple - 16],
      ]),
      temple - 16,
    ),
  };
  const shape = shapes[style];
  if (shape === '') {
    return '';
  }
  const fill = style === 'hat' ? person.clothes.collar : color;
  const opacity = style === 'buzz' ? 0.72 : 1;
  const rim =
    style === 'hat'
      ? `<path d="M${x - w - 10},${temple - 14} Q${x},${line + 46} ${x + w + 10},${temple - 14} L${x + w + 8},${temple - 34} Q${x},${line + 18} ${x - w - 8},${temple - 34}Z" fill="${shade(fill, -0.25)}"/>`
      : '';
  return `<clipPath id="hair"><path d="${shape}"/></clipPath>
    <path d="${shape}" fill="#1a0a05" opacity="0.35" transform="translate(0,7)" filter="url(#blur4)"/>
    <path d="${shape}" fill="${fill}" opacity="${opacity}" filter="url(#blur1)"/>
    <g clip-path="url(#hair)">${strands(person, at)}</g>${rim}`;
}

/** Light and dark strands, so that hair is not a flat colour. */
function strands(person: Person, at: Anatomy): string {
  const by = new Chance(person.seed + 77);
  const { style, color } = person.hair;
  if (style === 'hat') {
    return '';
  }
  const lines = Array.from({ length: style === 'buzz' ? 30 : 70 }, () => {
    const tone = shade(color, by.chance(0.5) ? by.between(0.08, 0.28) : -by.between(0.15, 0.5));
    const x = middle + by.around(0, at.half * 1.3);
    const y = by.between(at.crown - 30, style.startsWith('long') ? at.mouth : at.eye);
    if (style === 'curly') {
      return `<circle cx="${x}" cy="${y}" r="${by.between(4, 12)}" fill="none" stroke="${tone}" stroke-width="3" stroke-opacity="0.6"/>`;
    }
    const sweep = (x - middle) * by.between(0.1, 0.35);
    return `<path d="M${x},${y} q${sweep * 0.3},${by.between(14, 24)} ${sweep},${by.between(36, 70)}" fill="none" stroke="${tone}" stroke-width="${by.between(1.5, 4)}" stroke-opacity="0.55"/>`;
  });
  return lines.join('');
}

/** What is behind the face: ears, long hair, a bun. A layer of its own, further away from the camera. */
export function backSvg(person: Person, at: Anatomy): string {
  const { style, color } = person.hair;
  const widths = halfWidths(at);
  const w = widths[Math.round(at.eye + 20)]!;
  const dark = shade(color, -0.3);
  const off = hairVolume(person);
  const long = style === 'long' || style === 'long-fringe';
  const fall = long
    ? `<path d="M${middle - w - off},${at.eye - 60} C${middle - w - off - 26},${at.mouth} ${middle - w - off - 10},${at.chin + 60} ${middle - w + 6},${at.chin + 110} L${middle + w - 6},${at.chin + 110} C${middle + w + off + 10},${at.chin + 60} ${middle + w + off + 26},${at.mouth} ${middle + w + off},${at.eye - 60}Z" fill="${dark}"/>`
    : '';
  const bun =
    style === 'bun'
      ? `<circle cx="${middle}" cy="${at.crown - 16}" r="${34 + 8 * person.hair.volume}" fill="${dark}"/>`
      : '';
  const skull =
    style === 'bald' || style === 'hat' ? '' : `<path d="${pathOf(cap(at, off + 4, at.eye + 30))}" fill="${dark}"/>`;
  const ear = (side: number): string =>
    `<g transform="translate(${middle + side * (w + 4)},${at.eye + 24}) scale(${side},1)">
      <path d="M-8,-30 C10,-44 22,-26 15,-2 C12,18 4,32 -8,30Z" fill="${shade(person.skin, -0.08, '#7a2a1a')}"/>
      <path d="M-2,-22 C10,-28 13,-14 8,0 C6,10 2,16 -2,14" fill="none" stroke="${shade(person.skin, -0.5, '#3a1208')}" stroke-opacity="0.5" stroke-width="3"/></g>`;
  const ears = long ? '' : ear(-1) + ear(1);
  const head = `<path d="${pathOf(at.outline)}" fill="${shade(person.skin, -0.34, '#5a2415')}"/>`;
  return `${bun}${fall}${head}${skull}${ears}`;
}

export const wholeCanvas = `width="${canvas.width}" height="${canvas.height}" viewBox="0 0 ${canvas.width} ${canvas.height}"`;
