import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { WatchAnswer } from '../../src/ui/messages.js';
import { watch, type Fault } from '../link.js';
import type { Region } from '../settings.js';
import { texts } from '../texts.js';
import { FaultNotice } from './basic.js';

const words = texts.doorbells;
const WIDTH = 640;
/** A region smaller than this is a slip of the pointer, in fractions of the picture. */
const SMALLEST = 0.02;

const percent = (fraction: number): string => `${(fraction * 100).toFixed(2)}%`;

const placed = ({ x, y, width, height }: Region): Record<string, string> => ({
  left: percent(x),
  top: percent(y),
  width: percent(width),
  height: percent(height),
});

/** What a camera sees now, with the faces found in it. */
export function useScene(name: string): { scene: WatchAnswer | undefined; fault: Fault | undefined } {
  const [scene, setScene] = useState<WatchAnswer>();
  const [fault, setFault] = useState<Fault>();
  useEffect(() => {
    setScene(undefined);
    return watch(name, WIDTH, setScene, setFault);
  }, [name]);
  return { scene, fault };
}

/** A doorbell's live picture with detection boxes and regions to ignore; regions can be drawn when `onDrawn` is given. */
export function LiveScene(props: {
  name: string;
  regions?: readonly Region[];
  onDrawn?: (region: Region) => void;
}): JSX.Element {
  const { name, regions = [], onDrawn } = props;
  const { scene, fault } = useScene(name);
  const sizes = scene?.faces.map(({ pixels }) => Math.round(pixels)) ?? [];
  return (
    <>
      {fault !== undefined && <FaultNotice fault={fault} />}
      {scene?.error !== undefined && <p role="status">{scene.error.message}</p>}
      {scene?.picture === undefined ? (
        scene?.error === undefined && <p role="status">{scene === undefined ? texts.common.asking : words.noPicture}</p>
      ) : (
        <>
          <Canvas {...(onDrawn !== undefined && { onDrawn })}>
            <img src={`data:image/jpeg;base64,${scene.picture}`} alt={words.pictureOf(name)} draggable={false} />
            {scene.faces.map((face, index) => (
              <div key={index} class="doorman-box" style={placed(face)}>
                <span>{words.facePixels(Math.round(face.pixels))}</span>
              </div>
            ))}
            {regions.map((region, index) => (
              <div key={index} class="doorman-region" style={placed(region)}>
                {words.region(index)}
              </div>
            ))}
          </Canvas>
          <p>{words.faces(sizes)}</p>
        </>
      )}
    </>
  );
}

/** A surface on which a rectangle can be drawn with the pointer. */
function Canvas({
  onDrawn,
  children,
}: {
  onDrawn?: (region: Region) => void;
  children: ComponentChildren;
}): JSX.Element {
  const surface = useRef<HTMLDivElement>(null);
  const [from, setFrom] = useState<{ x: number; y: number }>();
  const [drawing, setDrawing] = useState<Region>();
  const at = (event: PointerEvent): { x: number; y: number } => {
    const { left, top, width, height } = surface.current!.getBoundingClientRect();
    const within = (value: number): number => Math.min(1, Math.max(0, value));
    return { x: within((event.clientX - left) / width), y: within((event.clientY - top) / height) };
  };
  const end = (): void => {
    if (drawing !== undefined && drawing.width > SMALLEST && drawing.height > SMALLEST) {
      onDrawn?.(drawing);
    }
    setFrom(undefined);
    setDrawing(undefined);
  };
  return (
    <div
      class="doorman-scene mb-2"
      ref={surface}
      {...(onDrawn !== undefined && {
        style: { cursor: 'crosshair', touchAction: 'none' },
        onPointerDown: (event: PointerEvent) => {
          surface.current?.setPointerCapture(event.pointerId);
          setFrom(at(event));
        },
        onPointerMove: (event: PointerEvent) => {
          if (from !== undefined) {
            const to = at(event);
            setDrawing({
              x: Math.min(from.x, to.x),
              y: Math.min(from.y, to.y),
              width: Math.abs(from.x - to.x),
              height: Math.abs(from.y - to.y),
            });
          }
        },
        onPointerUp: end,
        onPointerCancel: end,
      })}
    >
      {children}
      {drawing !== undefined && <div class="doorman-region" style={placed(drawing)} />}
    </div>
  );
}
