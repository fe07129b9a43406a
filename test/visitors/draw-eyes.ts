import { middle, type Anatomy } from './anatomy.js';
import type { Expression } from './expression.js';
import { shade, type Person } from './person.js';

/** Both eyes with lids, lashes, brows and what age does around them. */
export function eyesSvg(person: Person, at: Anatomy, expression: Expression): string {
  return (
    oneEye(person, at, -1, expression.rightEye, expression) + oneEye(person, at, 1, expression.leftEye, expression)
  );
}

/** `side` -1: the picture's left, which is the person's right eye. Drawn for the right-hand side and mirrored. */
function oneEye(person: Person, at: Anatomy, side: -1 | 1, closed: number, expression: Expression): string {
  const { eyes, skin } = person;
  const w = at.eyeHalf;
  const open = 1 - closed;
  const upper = 7.6 * eyes.height * open - 1.5 * (1 - open);
  const lower = 4.2 * eyes.height * (0.55 + 0.45 * open) - 1.5 * expression.smile * open;
  const rest = 3.2 * eyes.height;
  const [inner, outer] = [-w, w];
  const [yi, yo] = [eyes.tilt * 0.6, -eyes.tilt];
  // Closed lids meet low, near the lower lid's rest.
  const lidTop = closed * rest - upper * 1.75;
  const lidBottom = closed > 0.97 ? lidTop + 0.6 : Math.max(lidTop + 0.6, lower * 1.6);
  const top = `M${inner},${yi} C${inner * 0.5},${yi * 0.5 + lidTop} ${outer * 0.45},${yo * 0.5 + lidTop} ${outer},${yo}`;
  const bottom = `C${outer * 0.55},${yo * 0.5 + lidBottom} ${inner * 0.5},${yi * 0.5 + lidBottom} ${inner},${yi}Z`;
  const lens = `${top} ${bottom}`;
  const id = side < 0 ? 'r' : 'l';
  const dark = shade(skin, -0.55, '#2a0f08');
  const gaze = side * 4 * expression.gaze;
  const ball =
    open < 0.06
      ? ''
      : `<clipPath id="lens-${id}"><path d="${lens}"/></clipPath><path d="${lens}" fill="#efe9e4"/>
    <g clip-path="url(#lens-${id})">
      <circle cx="${gaze}" cy="-1.5" r="${9.8 * (0.6 + 0.4 * eyes.height)}" fill="${eyes.iris}" stroke="${shade(eyes.iris, -0.5)}" stroke-width="1.6"/>
      <circle cx="${gaze}" cy="-1.5" r="4.4" fill="#070506"/>
      <circle cx="${gaze - side * 3.4}" cy="-5" r="2.2" fill="#fff" opacity="0.9"/>
      <path d="${top}" fill="none" stroke="#1a0d08" stroke-opacity="0.4" stroke-width="8" filter="url(#blur2)"/>
    </g>`;
  const lidColor = shade(skin, -0.12, '#5a2415');
  // The lid itself: skin that comes down over the eye and stays visible when it is shut.
  const fold = -20.5 * eyes.height - 1;
  const lid = `<path d="M${inner - 2},${yi} C${inner * 0.5},${yi + fold * 1.15} ${outer * 0.5},${yo + fold * 1.15} ${outer + 3},${yo} C${outer * 0.45},${yo * 0.5 + lidTop} ${inner * 0.5},${yi * 0.5 + lidTop} ${inner},${yi}Z" fill="${lidColor}" opacity="${0.5 + 0.25 * closed}"/>`;
  const makeup =
    eyes.shadow === undefined
      ? ''
      : `<path d="M${inner},${yi - 2} C${inner * 0.5},${yi + fold * 1.3} ${outer * 0.6},${yo + fold * 1.4} ${outer + 7},${yo - 3} Z" fill="${eyes.shadow}" opacity="0.4" filter="url(#blur2)"/>`;
  const crease = `<path d="M${inner},${yi + fold * 0.45} C${inner * 0.5},${yi + fold} ${outer * 0.5},${yo + fold} ${outer + 4},${yo + fold * 0.3}" fill="none" stroke="${dark}" stroke-opacity="${(0.25 + 0.4 * eyes.crease) * (1 - 0.6 * closed)}" stroke-width="2.4" filter="url(#blur1)"/>`;
  const bags = `<path d="M${inner},${yi + 12} Q0,${22 + 4 * eyes.bags} ${outer},${yo + 13}" fill="none" stroke="${dark}" stroke-opacity="${0.14 + 0.4 * eyes.bags}" stroke-width="4" filter="url(#blur2)"/>`;
  const crow =
    person.age > 0.5
      ? `<path d="M${outer + 8},${yo - 4} l14,-7 M${outer + 9},${yo + 2} l15,1 M${outer + 8},${yo + 7} l13,8" stroke="${dark}" stroke-opacity="${0.45 * person.age}" stroke-width="1.8" fill="none"/>`
      : '';
  const lashes = `<path d="${top}" fill="none" stroke="#140c09" stroke-width="${2.4 + 2.8 * eyes.lashes}" stroke-linecap="round"/>
    ${eyes.lashes > 0.3 ? `<path d="M${outer - 3},${yo - 1 + lidTop * 0.2} q6,-3 9,${-6 + 9 * closed}" stroke="#140c09" stroke-width="2.4" fill="none"/>` : ''}`;
  const socket = `<ellipse cx="${-w * 0.25}" cy="-6" rx="${w * 1.5}" ry="20" fill="${dark}" opacity="${0.1 + 0.13 * eyes.depth}" filter="url(#blur6)"/>`;
  const corner = `<circle cx="${inner + 2}" cy="${yi + 0.5}" r="2.4" fill="#c07a6c" opacity="${0.8 * open}"/>`;
  return `<g transform="translate(${middle + side * at.eyeX},${at.eye}) scale(${side},1)">
    ${socket}${makeup}${lid}${ball}${corner}
    <path d="${lens}" fill="none" stroke="${dark}" stroke-opacity="0.7" stroke-width="1.5"/>${lashes}${crease}${bags}${crow}
    ${browSvg(person, at, expression)}
  </g>`;
}

function browSvg({ brows }: Person, at: Anatomy, expression: Expression): string {
  const y = at.brow - at.eye - 7 * expression.brows;
  const t = 5.2 * brows.thickness;
  const [inner, outer] = [-29, 35];
  const peak = y - 9 * brows.arch;
  const end = y + 3 - brows.slope;
  const shape = `M${inner},${y + brows.slope} C${inner + 14},${peak - t * 0.6} ${outer - 24},${peak - t} ${outer},${end} C${outer - 22},${peak + t * 0.8} ${inner + 16},${peak + t * 1.5} ${inner},${y + brows.slope + t * 1.7}Z`;
  return `<path d="${shape}" fill="${brows.color}" opacity="0.88" filter="url(#blur1)"/>`;
}
