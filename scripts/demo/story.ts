import { setTimeout as sleep } from 'node:timers/promises';
import {
  heldInHand,
  Photo,
  portraitOf,
  strangers,
  Visitor,
  type CastName,
  type Performer,
  type SyntheticCamera,
} from '../../test/visitors/index.js';

/** Who is enrolled in the demo. */
export const enrolled: readonly CastName[] = ['Anna', 'Ben'];

interface Episode {
  readonly told: string;
  readonly seconds: number;
  readonly performer: (now: number) => Promise<Performer> | Performer;
}

const comes = (who: CastName | number, told: string): Episode => ({
  told,
  seconds: 14,
  performer: (now) =>
    new Visitor(String(who), portraitOf(who), {
      arrives: now,
      leaves: now + 14_000,
      size: 150,
      looks: [
        { at: now, yaw: 0 },
        { at: now + 3500, yaw: 0 },
        { at: now + 4500, yaw: 0.3 },
        { at: now + 5500, yaw: -0.25 },
        { at: now + 6500, yaw: 0 },
      ],
    }),
});

const episodes: readonly Episode[] = [
  comes('Anna', 'Anna, who is enrolled, walks up.'),
  comes(strangers[0], 'A stranger walks up.'),
  comes('Ben', 'Ben, who is enrolled, walks up.'),
  {
    told: 'Somebody holds a photo of Anna up to the camera.',
    seconds: 14,
    performer: (now) =>
      Photo.of('photo', portraitOf('Anna'), heldInHand({ x: 640, y: 300, size: 150, from: now, until: now + 14_000 })),
  },
];

/** Lets one visitor after the other come to the door until the signal says stop. `gap`: s between two visits. */
export async function tellStory(
  camera: SyntheticCamera,
  { signal, gap, say }: { signal: AbortSignal; gap: number; say: (line: string) => void },
): Promise<void> {
  const pause = (seconds: number): Promise<void> => sleep(1000 * seconds, undefined, { signal });
  try {
    while (camera.server.watchers === 0) {
      await pause(0.2);
    }
    await pause(2);
    for (let i = 0; ; i++) {
      const { told, seconds, performer } = episodes[i % episodes.length]!;
      camera.show(await performer(camera.now));
      say(told);
      await pause(seconds);
      camera.show();
      await pause(gap);
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  }
}
