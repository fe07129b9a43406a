import sharp from 'sharp';

/** What varies between the drawn people of the vision tests. Colours are CSS, the rest shares of the usual size. */
export interface DrawnFace {
  readonly skin?: string;
  readonly hair?: string;
  readonly iris?: string;
  readonly lips?: string;
  /** 0 open … 1 closed. */
  readonly blink?: number;
  /** Degrees, clockwise. */
  readonly roll?: number;
  readonly width?: number;
}

function eye(x: number, blink: number, iris: string, hair: string): string {
  const lid = 14 * (1 - blink);
  const outline = `M${x - 26},196 Q${x},${196 - 1.6 * lid} ${x + 26},196 Q${x},${196 + 1.3 * lid} ${x - 26},196Z`;
  const ball =
    blink > 0.8
      ? ''
      : `<clipPath id="lids${x}"><path d="${outline}"/></clipPath>
         <g clip-path="url(#lids${x})"><circle cx="${x}" cy="195" r="11" fill="${iris}"/>
         <circle cx="${x}" cy="195" r="5" fill="#111"/><circle cx="${x + 4}" cy="191" r="2.4" fill="#fff"/></g>`;
  return `<ellipse cx="${x}" cy="197" rx="33" ry="20" fill="#3b1d10" opacity="0.16" filter="url(#soft)"/>
    <path d="${outline}" fill="#f3eee9" stroke="#40251a" stroke-width="2"/>${ball}
    <path d="M${x - 27},195 Q${x},${194 - 1.7 * lid} ${x + 27},195" fill="none" stroke="#1b100b" stroke-width="4.5"/>
    <path d="M${x - 33},166 Q${x - 4},148 ${x + 32},164" fill="none" stroke="${hair}" stroke-width="9" stroke-linecap="round"/>`;
}

/** A portrait drawn as SVG, 400 × 440 pixels; nobody's likeness. */
export function drawnFaceSvg(face: DrawnFace = {}): string {
  const { skin = '#d39c76', hair = '#3a2417', iris = '#4d6a58', lips = '#b4574f', blink = 0, roll = 0 } = face;
  const half = 100 * (face.width ?? 1);
  const head = `M${200 - half},180 C${200 - half},40 ${200 + half},40 ${200 + half},180
    C${200 + half},270 ${200 + 0.55 * half},345 200,345 C${200 - 0.55 * half},345 ${200 - half},270 ${200 - half},180Z`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="440" viewBox="0 0 400 440">
  <defs>
    <filter id="soft" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="5"/></filter>
    <linearGradient id="wall" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#b9c3b4"/><stop offset="1" stop-color="#7f8b86"/></linearGradient>
    <radialGradient id="light" cx="0.38" cy="0.34" r="0.8"><stop offset="0" stop-color="#fff" stop-opacity="0.32"/>
      <stop offset="0.5" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-color="#200" stop-opacity="0.5"/></radialGradient>
  </defs>
  <rect width="400" height="440" fill="url(#wall)"/>
  <g transform="rotate(${roll} 200 220)">
    <path d="M40,440 Q60,372 160,362 L240,362 Q340,372 360,440Z" fill="#394b63"/>
    <path d="M158,300 L158,368 Q200,398 242,368 L242,300Z" fill="${skin}"/>
    <path d="M158,318 Q200,378 242,318 L242,350 Q200,390 158,350Z" fill="#210" opacity="0.3" filter="url(#soft)"/>
    <ellipse cx="200" cy="156" rx="${half + 18}" ry="130" fill="${hair}"/>
    <ellipse cx="${200 - half}" cy="208" rx="13" ry="27" fill="${skin}"/><ellipse cx="${200 + half}" cy="208" rx="13" ry="27" fill="${skin}"/>
    <path d="${head}" fill="${skin}"/><path d="${head}" fill="url(#light)"/>
    <path d="M${200 - half},168 C${210 - half},34 ${190 + half},34 ${200 + half},168 C${160 + half},92 ${240 - half},92 ${200 - half},168Z" fill="${hair}"/>
    <ellipse cx="144" cy="252" rx="25" ry="17" fill="#c9503f" opacity="0.2" filter="url(#soft)"/>
    <ellipse cx="256" cy="252" rx="25" ry="17" fill="#c9503f" opacity="0.2" filter="url(#soft)"/>
    ${eye(155, blink, iris, hair)}${eye(245, blink, iris, hair)}
    <path d="M192,196 Q184,240 178,252 Q200,272 222,252 Q216,240 208,196" fill="#2a0f00" opacity="0.17" filter="url(#soft)"/>
    <ellipse cx="200" cy="246" rx="11" ry="9" fill="#fff" opacity="0.25" filter="url(#soft)"/>
    <path d="M178,254 Q186,266 200,264 Q214,266 222,254" fill="none" stroke="#6b3522" stroke-width="2.5"/>
    <ellipse cx="189" cy="257" rx="5" ry="3" fill="#3a140c"/><ellipse cx="211" cy="257" rx="5" ry="3" fill="#3a140c"/>
    <path d="M163,292 Q186,280 200,285 Q214,280 237,292 Q200,299 163,292Z" fill="${lips}"/>
    <path d="M163,292 Q200,299 237,292 Q200,321 163,292Z" fill="${lips}" opacity="0.88"/>
    <path d="M163,292 Q200,300 237,292" fill="none" stroke="#571c18" stroke-width="2.4"/>
    <path d="M176,326 Q200,318 224,326" fill="none" stroke="#210" stroke-opacity="0.2" stroke-width="5" filter="url(#soft)"/>
  </g></svg>`;
}

/** The portrait as a PNG file. */
export function drawnFacePng(face: DrawnFace = {}): Promise<Buffer> {
  return sharp(Buffer.from(drawnFaceSvg(face)))
    .png({ compressionLevel: 9 })
    .toBuffer();
}
