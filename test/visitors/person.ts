import { Chance } from './random.js';

export type HairStyle =
  'bald' | 'buzz' | 'short' | 'side-part' | 'fringe' | 'receding' | 'curly' | 'long' | 'long-fringe' | 'bun' | 'hat';
export type BeardStyle = 'none' | 'stubble' | 'moustache' | 'goatee' | 'full';
export type GlassesStyle = 'none' | 'round' | 'square' | 'rimless';

/**
 * Somebody who does not exist. Colours are `#rrggbb`; the other figures are shares of the usual size (1) or
 * strengths (0 … 1) unless a unit is named.
 */
export interface Person {
  readonly seed: number;
  readonly skin: string;
  readonly face: {
    readonly width: number;
    readonly length: number;
    readonly forehead: number;
    readonly cheek: number;
    readonly jaw: number;
    readonly chin: number;
  };
  readonly eyes: {
    readonly gap: number;
    readonly width: number;
    readonly height: number;
    /** Outer corners up (positive) or down, px of the drawing. */
    readonly tilt: number;
    readonly level: number;
    readonly iris: string;
    readonly crease: number;
    readonly bags: number;
    readonly lashes: number;
    readonly shadow?: string;
    /** How deep they lie. */
    readonly depth: number;
  };
  readonly brows: {
    readonly thickness: number;
    readonly height: number;
    readonly arch: number;
    readonly slope: number;
    readonly color: string;
  };
  readonly nose: {
    readonly length: number;
    readonly width: number;
    readonly bridge: number;
    readonly tip: number;
    readonly height: number;
  };
  readonly mouth: {
    readonly width: number;
    readonly upper: number;
    readonly lower: number;
    readonly level: number;
    readonly curve: number;
    readonly color: string;
  };
  readonly hair: { readonly style: HairStyle; readonly color: string; readonly volume: number; readonly line: number };
  readonly beard: { readonly style: BeardStyle; readonly color: string };
  readonly glasses: { readonly style: GlassesStyle; readonly color: string };
  readonly age: number;
  readonly freckles: number;
  readonly blush: number;
  /** Where a mole sits, px of the drawing from the middle of the face. */
  readonly mole?: { readonly x: number; readonly y: number };
  readonly clothes: { readonly color: string; readonly collar: string };
}

const skins = [
  '#f3d3bd',
  '#ecc3a4',
  '#e2b08c',
  '#d39c76',
  '#bd8458',
  '#a06c45',
  '#7d5134',
  '#5b3a26',
  '#efc9b4',
  '#c9946c',
];
const hairs = [
  '#15100d',
  '#2b1d14',
  '#4a2f1c',
  '#6e4524',
  '#9a6a34',
  '#c79a56',
  '#dcc08a',
  '#8a3517',
  '#8f8a86',
  '#d9d6d2',
];
const irises = ['#3b2313', '#5b3a1e', '#7a5a2a', '#5a6b3c', '#4c7a8c', '#5f7f9f', '#6e7a80'];
const clothes = ['#2f4560', '#6b2f36', '#2f5b46', '#44444c', '#8a7a52', '#57406e', '#b0b4b8', '#1f2328'];
const lipColors = ['#b5645a', '#a34f4a', '#c47b70', '#8d4742', '#b3424e', '#94343f'];

/** The person of a number: the same face each time. `traits` fixes some of what chance decides otherwise. */
export function person(seed: number, traits: Partial<Person> = {}): Person {
  const by = new Chance(seed);
  const skinIndex = Math.floor(by.unit() * skins.length);
  const dark = skinIndex >= 4 && skinIndex <= 7;
  const old = by.chance(0.3);
  const woman = by.chance(0.5);
  const hairColor =
    old && by.chance(0.6) ? by.pick(hairs.slice(8)) : by.pick(dark ? hairs.slice(0, 3) : hairs.slice(0, 8));
  const browColor = shade(hairColor, by.between(-0.45, -0.1));
  const heavy = by.around(0, 1);
  return {
    seed,
    skin: skins[skinIndex]!,
    face: {
      width: 1 + 0.1 * heavy + by.around(0, 0.06),
      length: by.around(1, 0.14),
      forehead: by.around(woman ? 0.98 : 1, 0.08),
      cheek: by.around(1, 0.05),
      jaw: (woman ? 0.92 : 1.04) + 0.07 * heavy + by.around(0, 0.13),
      chin: (woman ? 0.85 : 1.08) + by.around(0, 0.35),
    },
    eyes: {
      gap: by.around(1, 0.17),
      width: by.around(woman ? 1.06 : 0.98, 0.22),
      height: by.around(woman ? 1.14 : 1, 0.32),
      tilt: by.around(0.5, 6.5),
      level: by.around(0, 13),
      iris: by.pick(dark ? irises.slice(0, 2) : irises),
      crease: by.unit(),
      bags: old ? by.between(0.4, 1) : by.between(0, 0.5),
      lashes: woman ? by.between(0.5, 1) : by.between(0, 0.3),
      ...(woman && by.chance(0.4) && { shadow: by.pick(['#6b4a6e', '#5a4a3a', '#3c5468', '#8a4a50']) }),
      depth: by.between(0.4, 1.6),
    },
    brows: {
      thickness: (woman ? 0.8 : 1.3) + by.around(0, 0.55),
      height: by.around(woman ? 1.1 : 0.95, 0.3),
      arch: by.between(-0.2, 2),
      slope: by.around(0, 8),
      color: browColor,
    },
    nose: {
      length: by.around(1, 0.22),
      width: (dark ? 1.14 : 1) + by.around(0, 0.34),
      bridge: by.around(1, 0.5),
      tip: by.around(1, 0.45),
      height: by.around(1, 0.45),
    },
    mouth: {
      width: by.around(1, 0.26),
      upper: (woman ? 1.1 : 0.85) * by.around(1, 0.65) * (dark ? 1.25 : 1),
      lower: (woman ? 1.15 : 0.9) * by.around(1, 0.55) * (dark ? 1.25 : 1),
      level: by.around(0, 11),
      curve: by.around(1, 7),
      color: woman ? by.pick(lipColors) : shade(skins[skinIndex]!, -0.22, '#8a3a34'),
    },
    hair: {
      style: by.pick<HairStyle>(
        woman
          ? ['long', 'long', 'long-fringe', 'bun', 'curly', 'short', 'fringe', 'side-part']
          : ['short', 'side-part', 'buzz', 'bald', 'receding', 'curly', 'fringe', 'hat', 'short'],
      ),
      color: hairColor,
      volume: by.between(0.5, 1.5),
      line: by.around(0, 12),
    },
    beard: {
      style: woman ? 'none' : by.pick<BeardStyle>(['none', 'none', 'stubble', 'moustache', 'goatee', 'full', 'full']),
      color: shade(hairColor, -0.15),
    },
    glasses: {
      style: by.chance(0.3) ? by.pick<GlassesStyle>(['round', 'square', 'rimless']) : 'none',
      color: by.pick(['#16161a', '#4a2d1a', '#7a7f86', '#5b1f24']),
    },
    age: old ? by.between(0.55, 1) : by.between(0, 0.35),
    freckles: !dark && by.chance(0.2) ? by.between(0.4, 1) : 0,
    blush: by.unit(),
    ...(by.chance(0.2) && { mole: { x: by.pick([-1, 1]) * by.between(35, 75), y: by.between(45, 110) } }),
    clothes: { color: by.pick(clothes), collar: by.pick(clothes) },
    ...traits,
  };
}

/** A colour lighter (towards white, positive) or darker (towards black or `end`, negative) by a share. */
export function shade(color: string, amount: number, end = amount < 0 ? '#000000' : '#ffffff'): string {
  const share = Math.abs(amount);
  const channel = (text: string, i: number): number => Number.parseInt(text.slice(1 + 2 * i, 3 + 2 * i), 16);
  return `#${[0, 1, 2]
    .map((i) => Math.round(channel(color, i) * (1 - share) + channel(end, i) * share))
    .map((value) => value.toString(16).padStart(2, '0'))
    .join('')}`;
}
