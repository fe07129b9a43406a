import type { FaceObservation, Frame } from '../../types.js';

/** What was seen in one frame of a clip: its time in ms and the face followed, where there was one. */
export interface ClipFrame {
  readonly at: number;
  readonly face?: FaceObservation;
}

/** A frame with its colours changed, in place or anew. */
export type Recolour = (frame: Frame) => Frame;

/**
 * Thins a clip to about a frame rate, as a camera of that rate would have seen it.
 * @param phase 0 … 1: where between two of the kept frames the first one lies
 */
export function thinned(frames: readonly ClipFrame[], fps: number | undefined, phase = 0): ClipFrame[] {
  const [first] = frames;
  const last = frames.at(-1);
  if (fps === undefined || first === undefined || last === undefined || frames.length < 2) {
    return [...frames];
  }
  const half = (last.at - first.at) / (frames.length - 1) / 2;
  const step = 1000 / fps;
  let due = first.at + phase * step;
  return frames.filter(({ at }) => {
    if (at < due - half) {
      return false;
    }
    while (due - half <= at) {
      due += step;
    }
    return true;
  });
}

/** A phone's night mode: less blue, more red. Works on a copy, in RGB or by its effect on the chroma planes. */
export function nightMode(blueLoss: number, redGain = 1.3): Recolour {
  return (frame) => (frame.format === 'rgb24' ? warmRgb(frame, blueLoss, redGain) : warmI420(frame, blueLoss, redGain));
}

function warmRgb(frame: Frame, blueLoss: number, redGain: number): Frame {
  const data = Uint8Array.from(frame.data);
  for (let i = 0; i < data.length; i += 3) {
    data[i] = Math.min(255, data[i]! * redGain);
    data[i + 2] = data[i + 2]! * (1 - blueLoss);
  }
  return { ...frame, data };
}

/** The same on studio-range BT.601 planes, whose two chroma samples serve four luma samples. */
function warmI420(frame: Frame, blueLoss: number, redGain: number): Frame {
  const { width, height } = frame;
  const data = Uint8Array.from(frame.data);
  const chromaWidth = (width + 1) >> 1;
  const chromaSize = chromaWidth * ((height + 1) >> 1);
  const size = width * height;
  const clamp = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
  const warm = (y: number, u: number, v: number): [number, number, number] => {
    const light = 1.164 * (y - 16);
    const red = clamp(clamp(light + 1.596 * (v - 128)) * redGain);
    const green = clamp(light - 0.392 * (u - 128) - 0.813 * (v - 128));
    const blue = clamp(clamp(light + 2.017 * (u - 128)) * (1 - blueLoss));
    return [
      16 + 0.257 * red + 0.504 * green + 0.098 * blue,
      128 - 0.148 * red - 0.291 * green + 0.439 * blue,
      128 + 0.439 * red - 0.368 * green - 0.071 * blue,
    ];
  };
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = row * width + column;
      const chroma = size + (row >> 1) * chromaWidth + (column >> 1);
      const [y, u, v] = warm(frame.data[at]!, frame.data[chroma]!, frame.data[chroma + chromaSize]!);
      data[at] = y;
      if (row % 2 === 0 && column % 2 === 0) {
        data[chroma] = u;
        data[chroma + chromaSize] = v;
      }
    }
  }
  return { ...frame, data };
}
