import sharp from 'sharp';
import type { Canvas } from './canvas.js';
import { infraredGrey, type Light } from './light.js';
import { Chance } from './random.js';

/** What the camera at the door sees when nobody is there: path, lawn, hedge, the house across the street. */
export async function porch(width: number, height: number, light: Light): Promise<Canvas> {
  const { data } = await sharp(Buffer.from(porchSvg(width, height)))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const rgb = new Uint8ClampedArray(data.length);
  const night = light.name === 'infrared';
  for (let i = 0; i < rgb.length; i += 3) {
    const grey = night ? 0.55 * infraredGrey(data[i]!, data[i + 1]!, data[i + 2]!) : 0;
    for (let c = 0; c < 3; c++) {
      rgb[i + c] = night ? grey : data[i + c]! * (light.ambient[c]! + 0.85 * light.direct[c]!);
    }
  }
  return { width, height, rgb };
}

function porchSvg(width: number, height: number): string {
  const by = new Chance(42);
  const leaves = Array.from(
    { length: 260 },
    () =>
      `<circle cx="${by.between(0, 1920)}" cy="${by.between(430, 590)}" r="${by.between(6, 26)}" fill="${by.pick(['#42602f', '#38552b', '#4f6d38', '#2f4a26'])}"/>`,
  );
  const slabs = Array.from({ length: 7 }, (_, i) => {
    const y = 600 + 480 * (i / 7) ** 1.7;
    const half = 130 + (y - 600) * 1.15;
    return `<path d="M${960 - half},${y} L${960 + half},${y}" stroke="#7c776d" stroke-width="${2 + i}"/>`;
  });
  const windows = [330, 560, 1240, 1470].map(
    (x) =>
      `<rect x="${x}" y="230" width="110" height="140" fill="#5d6c77" stroke="#e9e4da" stroke-width="10"/><path d="M${x + 55},230 v140 M${x},300 h110" stroke="#e9e4da" stroke-width="6"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 1920 1080" preserveAspectRatio="xMidYMid slice">
    <defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#a9c1d6"/><stop offset="1" stop-color="#dfe6ea"/></linearGradient>
    <linearGradient id="lawn" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#6f8a4c"/><stop offset="1" stop-color="#55703a"/></linearGradient></defs>
    <rect width="1920" height="600" fill="url(#sky)"/>
    <path d="M230,520 V190 L900,40 L1690,190 V520Z" fill="#c3b39c"/><path d="M190,205 L900,30 L1730,205 L1700,225 L900,65 L220,225Z" fill="#7d4f42"/>
    ${windows.join('')}<rect x="860" y="250" width="150" height="260" fill="#54463b" stroke="#e9e4da" stroke-width="10"/>
    <rect y="500" width="1920" height="100" fill="#3f5c2e"/>${leaves.join('')}
    <rect y="585" width="1920" height="495" fill="url(#lawn)"/>
    <path d="M830,600 L1090,600 L1640,1080 L280,1080Z" fill="#a59f93"/>${slabs.join('')}
    <rect x="0" y="0" width="74" height="1080" fill="#8c8279"/><rect x="74" y="0" width="12" height="1080" fill="#6b625a"/>
    <rect x="1846" y="0" width="74" height="1080" fill="#8c8279"/><rect x="1834" y="0" width="12" height="1080" fill="#6b625a"/></svg>`;
}
