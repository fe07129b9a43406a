import { middle, type Anatomy } from './anatomy.js';
import type { Expression } from './expression.js';
import { shade, type Person } from './person.js';

export function mouthSvg({ mouth, skin, age }: Person, at: Anatomy, { mouthOpen, smile }: Expression): string {
  const w = at.mouthHalf * (1 + 0.14 * smile);
  const x = middle;
  const y = at.mouth;
  const corner = y - mouth.curve - 7 * smile;
  const gap = 15 * mouthOpen;
  const up = 9.5 * mouth.upper;
  const low = 13 * mouth.lower;
  const dark = shade(mouth.color, -0.6, '#2a0806');
  const upper = `M${x - w},${corner} C${x - w * 0.5},${y - up} ${x - 9},${y - up * 1.25} ${x},${y - up * 0.75} C${x + 9},${y - up * 1.25} ${x + w * 0.5},${y - up} ${x + w},${corner} Q${x},${y + 4 - gap * 0.3} ${x - w},${corner}Z`;
  const lower = `M${x - w},${corner} Q${x},${y + 4 + gap * 2} ${x + w},${corner} C${x + w * 0.5},${y + low * 1.3 + gap} ${x - w * 0.5},${y + low * 1.3 + gap} ${x - w},${corner}Z`;
  const inside =
    mouthOpen < 0.1
      ? ''
      : `<path d="M${x - w},${corner} Q${x},${y + 4 - gap * 0.3} ${x + w},${corner} Q${x},${y + 4 + gap * 2} ${x - w},${corner}Z" fill="#3a100c"/>
    <path d="M${x - w * 0.6},${y + 1} Q${x},${y + 3 - gap * 0.2} ${x + w * 0.6},${y + 1} L${x + w * 0.5},${y + 1 + gap * 0.5} Q${x},${y + 4 + gap * 0.5} ${x - w * 0.5},${y + 1 + gap * 0.5}Z" fill="#efe8de"/>`;
  const folds = 0.12 + 0.45 * age + 0.3 * smile;
  const skinDark = shade(skin, -0.6, '#2a0f08');
  const foldX = w + 12;
  return `<path d="M${x - 30},${y + low * 1.4 + gap + 6} Q${x},${y + low * 1.1 + gap + 3} ${x + 30},${y + low * 1.4 + gap + 6}" fill="none" stroke="${skinDark}" stroke-opacity="0.35" stroke-width="8" filter="url(#blur4)"/>
    ${inside}<path d="${upper}" fill="${shade(mouth.color, -0.12)}"/><path d="${lower}" fill="${mouth.color}"/>
    <path d="M${x - w * 0.35},${y + low * 0.5 + gap} Q${x},${y + low * 0.75 + gap} ${x + w * 0.35},${y + low * 0.5 + gap}" stroke="#fff" stroke-opacity="0.22" stroke-width="4" fill="none" filter="url(#blur2)"/>
    <path d="M${x - w - 2},${corner} Q${x},${y + 4 - gap * 0.3} ${x + w + 2},${corner}" stroke="${dark}" stroke-width="2.6" fill="none" stroke-linecap="round"/>
    <path d="M${x - at.noseHalf - 4},${at.noseTip - 2} Q${x - foldX - 6},${(at.noseTip + y) / 2} ${x - foldX},${y + 6}
      M${x + at.noseHalf + 4},${at.noseTip - 2} Q${x + foldX + 6},${(at.noseTip + y) / 2} ${x + foldX},${y + 6}" fill="none" stroke="${skinDark}" stroke-opacity="${folds}" stroke-width="4" filter="url(#blur2)"/>
    <path d="M${x - 5},${at.noseBase + 4} L${x - 6},${y - up - 3} M${x + 5},${at.noseBase + 4} L${x + 6},${y - up - 3}" stroke="${skinDark}" stroke-opacity="0.16" stroke-width="3" filter="url(#blur2)"/>`;
}

export function noseSvg({ nose, skin }: Person, at: Anatomy): string {
  const x = middle;
  const { noseTip: tip, noseBase: base, noseHalf: w, eye } = at;
  const bridge = 10 * nose.bridge;
  const dark = shade(skin, -0.6, '#2a0f08');
  const ball = 15 * nose.tip;
  return `<path d="M${x - bridge - 6},${eye - 14} C${x - bridge},${eye + 20} ${x - ball},${tip - 22} ${x - w},${tip} L${x - w * 0.6},${base} L${x - ball * 0.7},${tip - 10} C${x - bridge * 0.6},${eye + 20} ${x - bridge * 0.6},${eye} ${x - bridge - 6},${eye - 14}Z
      M${x + bridge + 6},${eye - 14} C${x + bridge},${eye + 20} ${x + ball},${tip - 22} ${x + w},${tip} L${x + w * 0.6},${base} L${x + ball * 0.7},${tip - 10} C${x + bridge * 0.6},${eye + 20} ${x + bridge * 0.6},${eye} ${x + bridge + 6},${eye - 14}Z"
      fill="${dark}" opacity="0.2" filter="url(#blur4)"/>
    <path d="M${x - 3},${eye} L${x - 4},${tip - 14} Q${x},${tip - 6} ${x + 4},${tip - 14} L${x + 3},${eye}Z" fill="#fff" opacity="0.16" filter="url(#blur2)"/>
    <ellipse cx="${x}" cy="${tip - 6}" rx="${ball * 0.6}" ry="${ball * 0.5}" fill="#fff" opacity="0.2" filter="url(#blur4)"/>
    <path d="M${x - w * 0.8},${base + 3} Q${x},${base + 11} ${x + w * 0.8},${base + 3}" stroke="${dark}" stroke-opacity="0.4" stroke-width="6" fill="none" filter="url(#blur2)"/>
    <path d="M${x - w},${tip - 8} Q${x - w - 5},${tip + 4} ${x - w + 2},${base - 2} Q${x - w * 0.75},${base + 3} ${x - w * 0.62},${base - 2}
      M${x + w},${tip - 8} Q${x + w + 5},${tip + 4} ${x + w - 2},${base - 2} Q${x + w * 0.75},${base + 3} ${x + w * 0.62},${base - 2}" fill="none" stroke="${dark}" stroke-opacity="0.55" stroke-width="2.6" filter="url(#blur1)"/>
    <ellipse cx="${x - w * 0.43}" cy="${base - 1}" rx="${w * 0.24}" ry="3.6" fill="#2b0d08" opacity="0.75" filter="url(#blur1)"/>
    <ellipse cx="${x + w * 0.43}" cy="${base - 1}" rx="${w * 0.24}" ry="3.6" fill="#2b0d08" opacity="0.75" filter="url(#blur1)"/>
    <path d="M${x - w * 0.2},${base + 1} Q${x},${base + 6} ${x + w * 0.2},${base + 1}" stroke="${dark}" stroke-opacity="0.5" stroke-width="2.4" fill="none"/>`;
}
