/** A sheet in space: `aspect` is its height over its width, lengths are in sheet widths, angles in radians. */
export interface SheetPose {
  readonly x: number;
  readonly y: number;
  readonly distance: number;
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
  /** 1 / radius of the cylinder the sheet is bent to; the sign says to which side; 0 is flat. */
  readonly curvature: number;
  /** Direction on the sheet along which it is bent. */
  readonly bendAxis: number;
  readonly aspect: number;
}

/**
 * Where the ray through the picture point (rayX, rayY, 1) meets the sheet: writes the place on the sheet, from its
 * centre in sheet widths, into `hit` and returns true, or returns false when it passes by.
 */
export type Surface = (rayX: number, rayY: number, hit: { u: number; v: number }) => boolean;

/** Below this the sheet is taken for flat. */
const FLAT = 1e-3;

/** The sheet's surface as seen from the camera at the origin, looking along z. */
export function pickSurface(sheet: SheetPose): Surface {
  const r = rotation(sheet);
  // The camera's place in the sheet's own coordinates.
  const o = toSheet(r, -sheet.x, -sheet.y, -sheet.distance);
  const cos = Math.cos(sheet.bendAxis);
  const sin = Math.sin(sheet.bendAxis);
  const inside = (hit: { u: number; v: number }) => Math.abs(hit.u) <= 0.5 && Math.abs(hit.v) <= sheet.aspect / 2;
  if (Math.abs(sheet.curvature) < FLAT) {
    // Written out, for it is asked of every pixel.
    const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = r;
    const [ox, oy, oz] = o;
    const halfHeight = sheet.aspect / 2;
    return (rayX, rayY, hit) => {
      const along = -oz / (r6 * rayX + r7 * rayY + r8);
      hit.u = ox + along * (r0 * rayX + r1 * rayY + r2);
      hit.v = oy + along * (r3 * rayX + r4 * rayY + r5);
      return along > 0 && Math.abs(hit.u) <= 0.5 && Math.abs(hit.v) <= halfHeight;
    };
  }
  const radius = 1 / sheet.curvature;
  return (rayX, rayY, hit) => {
    const d = toSheet(r, rayX, rayY, 1);
    // Across the bend: a is the coordinate along the bend's direction, z the height; the cylinder is
    // a² + (z − radius)² = radius².
    const oa = o[0] * cos + o[1] * sin;
    const da = d[0] * cos + d[1] * sin;
    const oz = o[2] - radius;
    const qa = da * da + d[2] * d[2];
    const qb = oa * da + oz * d[2];
    const qc = oa * oa + oz * oz - radius * radius;
    const root = qb * qb - qa * qc;
    if (root < 0) {
      return false;
    }
    let nearest = Infinity;
    for (const sign of [-1, 1]) {
      const along = (-qb + sign * Math.sqrt(root)) / qa;
      const a = oa + along * da;
      const z = oz + along * d[2];
      const arc = radius * Math.atan2(a / radius, -z / radius);
      const across = -(o[0] + along * d[0]) * sin + (o[1] + along * d[1]) * cos;
      const place = { u: arc * cos - across * sin, v: arc * sin + across * cos };
      if (along > 0 && along < nearest && inside(place)) {
        nearest = along;
        hit.u = place.u;
        hit.v = place.v;
      }
    }
    return nearest < Infinity;
  };
}

type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/** Turns camera directions into the sheet's: first out of yaw and pitch, then out of the roll. */
function rotation({ yaw, pitch, roll }: SheetPose): Matrix {
  const [cy, sy, cp, sp, cr, sr] = [yaw, pitch, roll].flatMap((angle) => [Math.cos(angle), Math.sin(angle)]) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Rows of (roll · pitch · yaw).
  return [
    cr * cy + sr * sp * sy,
    sr * cp,
    -cr * sy + sr * sp * cy,
    -sr * cy + cr * sp * sy,
    cr * cp,
    sr * sy + cr * sp * cy,
    cp * sy,
    -sp,
    cp * cy,
  ];
}

function toSheet(r: Matrix, x: number, y: number, z: number): [number, number, number] {
  return [r[0] * x + r[1] * y + r[2] * z, r[3] * x + r[4] * y + r[5] * z, r[6] * x + r[7] * y + r[8] * z];
}
