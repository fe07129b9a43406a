import { describe, expect, it } from '@jest/globals';
import type { Box, Frame } from '../../src/types.js';
import { MotionGate, type Motion } from '../../src/video/motion-gate.js';

const width = 320;
const height = 180;
const interval = 100;

/** Uniform in -1 … 1, the same in every run; drawn once, since tests look at hundreds of frames. */
const grains = (() => {
  let state = 1;
  return Float32Array.from({ length: 100_003 }, () => {
    state = (state * 48_271) % 0x7fffffff;
    return (2 * state) / 0x7fffffff - 1;
  });
})();

interface Scene {
  readonly gain?: number;
  readonly offset?: number;
  readonly grain?: number;
  /** Something that stands there, with stripes. */
  readonly thing?: Box;
  readonly inverted?: boolean;
}

/** A porch: a bright wall on the left, brickwork, a very dark door. */
const emptyPorch = Uint8Array.from({ length: width * height }, (_, at) => {
  const x = at % width;
  return x < 100 ? 170 : x < 210 ? 90 + (((at - x) / width / 10) & 1) * 30 : 40;
});

function porch(index: number, { gain = 1, offset = 0, grain = 3, thing, inverted = false }: Scene = {}): Frame {
  const light = Uint8Array.from(emptyPorch);
  if (thing !== undefined) {
    for (let y = thing.y; y < thing.y + thing.height; y++) {
      light.fill(60 + ((y / 6) & 1) * 120, y * width + thing.x, y * width + thing.x + thing.width);
    }
  }
  const data = new Uint8ClampedArray((width * height * 3) / 2).fill(128);
  const count = width * height;
  let grainAt = (index * 7919) % grains.length;
  for (let at = 0; at < count; at++) {
    const value = inverted ? 220 - light[at]! : light[at]!;
    data[at] = value * gain + offset + grain * grains[grainAt]!;
    grainAt = grainAt + 1 === grains.length ? 0 : grainAt + 1;
  }
  return { format: 'i420', width, height, data: new Uint8Array(data.buffer), timestamp: index * interval };
}

/** Lets the gate watch `count` frames of a scene, from frame `from` on. */
function watch(gate: MotionGate, from: number, count: number, scene: (index: number) => Scene = () => ({})): Motion[] {
  return Array.from({ length: count }, (_, index) => gate.observe(porch(from + index, scene(index))));
}

const visitor = (index: number): Box => ({ x: 40 + index * 6, y: 60, width: 45, height: 100 });

describe('the motion gate', () => {
  it('stays shut before an empty porch, however grainy', () => {
    const motions = watch(new MotionGate(), 0, 40, () => ({ grain: 18 }));
    expect(motions.some(({ active }) => active)).toBe(false);
  });

  it('opens for a visitor within two frames and says where', () => {
    const gate = new MotionGate();
    watch(gate, 0, 20);
    const motions = watch(gate, 20, 10, (index) => ({ thing: visitor(index) }));
    expect(motions[1]!.active).toBe(true);
    motions.slice(1).forEach(({ regions }, index) => {
      const thing = visitor(index + 1);
      const covering = regions.find(
        (region) =>
          region.x <= thing.x &&
          region.y <= thing.y &&
          region.x + region.width >= thing.x + thing.width &&
          region.y + region.height >= thing.y + thing.height,
      );
      expect(covering).toBeDefined();
      expect(covering!.width).toBeLessThan(width / 2);
    });
  });

  it('stays open for a visitor who stands still for a minute', () => {
    const gate = new MotionGate();
    watch(gate, 0, 20);
    const motions = watch(gate, 20, 300, () => ({ thing: visitor(5) }));
    expect(motions.slice(1).every(({ active }) => active)).toBe(true);
    const later = Array.from({ length: 30 }, (_, index) =>
      gate.observe({ ...porch(index, { thing: visitor(5) }), timestamp: 32_000 + index * 1000 }),
    );
    expect(later.at(-1)!.active).toBe(true);
  });

  it('holds for a while after the visitor has gone, then shuts', () => {
    const gate = new MotionGate({ holdMs: 1000 });
    watch(gate, 0, 20);
    watch(gate, 20, 20, (index) => ({ thing: visitor(index) }));
    const after = watch(gate, 40, 40);
    expect(after[5]!.active).toBe(true);
    expect(after.at(-1)!.active).toBe(false);
    expect(after.at(-1)!.regions).toEqual([]);
  });

  it.each([
    ['the sun comes out', (index: number) => ({ gain: 1 + Math.min(0.35, index * 0.05) })],
    ['the exposure jumps', () => ({ gain: 0.7, offset: 10 })],
  ])('does not open when %s', (_, light) => {
    const gate = new MotionGate();
    watch(gate, 0, 20);
    expect(watch(gate, 20, 30, light).some(({ active }) => active)).toBe(false);
  });

  it('gets used to the picture after the infrared filter’s click within seconds', () => {
    const gate = new MotionGate({ holdMs: 1000 });
    watch(gate, 0, 20);
    const motions = watch(gate, 20, 60, () => ({ inverted: true }));
    expect(motions.at(-1)!.active).toBe(false);
    const visit = watch(gate, 80, 6, (index) => ({ inverted: true, thing: visitor(index) }));
    expect(visit.at(-1)!.active).toBe(true);
  });

  it('sees a visitor while the light changes', () => {
    const gate = new MotionGate();
    watch(gate, 0, 20);
    const motions = watch(gate, 20, 10, (index) => ({ gain: 0.75, thing: visitor(index) }));
    expect(motions.at(-1)!.active).toBe(true);
    expect(motions.at(-1)!.regions[0]!.width).toBeLessThan(width / 2);
  });

  it('is blind in ignored regions', () => {
    const gate = new MotionGate({ ignoreRegions: [{ x: 0, y: 0, width: 0.5, height: 1 }] });
    watch(gate, 0, 20);
    expect(watch(gate, 20, 8, (index) => ({ thing: visitor(index) })).some(({ active }) => active)).toBe(false);
    const right = watch(gate, 28, 8, () => ({ thing: { x: 225, y: 50, width: 45, height: 100 } }));
    expect(right.at(-1)!.active).toBe(true);
  });

  it('is not opened by one odd frame, nor by something tiny', () => {
    const gate = new MotionGate();
    watch(gate, 0, 20);
    const flash = watch(gate, 20, 10, (index) => (index === 3 ? { thing: visitor(0) } : {}));
    const moth = watch(gate, 30, 10, (index) => ({ thing: { x: 150 + index * 4, y: 50, width: 3, height: 3 } }));
    expect([...flash, ...moth].some(({ active }) => active)).toBe(false);
  });

  it('gets used to a swaying branch but not blind beside it', () => {
    const gate = new MotionGate({ holdMs: 1000 });
    const branch = (index: number): Scene => ({ thing: { x: 280 + (index % 4) * 4, y: 10, width: 20, height: 30 } });
    watch(gate, 0, 500, branch);
    expect(watch(gate, 500, 30, branch).every(({ active }) => !active)).toBe(true);
    const visit = watch(gate, 530, 6, (index) => ({ thing: visitor(index) }));
    expect(visit.at(-1)!.active).toBe(true);
  });

  it('begins anew when the picture’s size or the time jumps', () => {
    const gate = new MotionGate();
    watch(gate, 0, 20);
    expect(gate.observe({ ...porch(3, { thing: visitor(0) }), timestamp: 0 }).active).toBe(false);
    const small = { ...porch(21), width: 160, height: 90, data: new Uint8Array(160 * 90 * 1.5) };
    expect(gate.observe(small).active).toBe(false);
  });
});
