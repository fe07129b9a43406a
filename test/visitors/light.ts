/** The light on a scene. Colours are factors for red, green and blue. */
export interface Light {
  readonly name: 'day' | 'dusk' | 'infrared';
  readonly ambient: readonly [number, number, number];
  readonly direct: readonly [number, number, number];
  /** Where the direct light comes from: x right, y down, z towards the camera; of length 1. */
  readonly from: readonly [number, number, number];
  /** Standard deviation of the sensor's noise, 8-bit steps. */
  readonly noise: number;
}

const unit = (x: number, y: number, z: number): readonly [number, number, number] => {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
};

export const lights: Readonly<Record<Light['name'], Light>> = {
  day: { name: 'day', ambient: [0.5, 0.51, 0.53], direct: [0.58, 0.56, 0.52], from: unit(-0.45, -0.5, 0.9), noise: 0 },
  dusk: { name: 'dusk', ambient: [0.3, 0.3, 0.36], direct: [0.5, 0.42, 0.3], from: unit(0.5, -0.6, 0.8), noise: 3 },
  /** The camera's own lamp: grey, from the front. */
  infrared: {
    name: 'infrared',
    ambient: [0.3, 0.3, 0.3],
    direct: [0.72, 0.72, 0.72],
    from: unit(0, -0.1, 1),
    noise: 2,
  },
};

/** How a colour looks to a sensor at night: skin and lips nearly alike, most cloth brighter than by day. */
export const infraredGrey = (r: number, g: number, b: number): number =>
  Math.min(255, 34 + 0.62 * r + 0.2 * g + 0.06 * b);
