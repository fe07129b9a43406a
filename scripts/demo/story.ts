import { setTimeout as sleep } from 'node:timers/promises';
import {
  heldInHand,
  lookingAround,
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

const visitLength = 15_000;

interface Episode {
  readonly told: string;
  readonly seconds: number;
  readonly performer: (now: number) => Promise<Performer> | Performer;
}

const comes = (who: CastName | number, told: string): Episode => ({
  told,
  seconds: visitLength / 1000,
  performer: (now) =>
    new Visitor(String(who), portraitOf(who), {
      arrives: now,
      leaves: now + visitLength,
      size: 150,
      // Signs of life that a camera sees even on a slow machine.
      looks: lookingAround(now + 3000),
      blinkLength: 350,
    }),
});

const episodes: readonly Episode[] = [
  comes('Anna', 'Anna, who is enrolled, walks up.'),
  comes(strangers[0], 'A stranger walks up.'),
  comes('Ben', 'Ben, who is enrolled, walks up.'),
  {
    told: 'Somebody holds a photo of Anna up to the camera.',
    seconds: visitLength / 1000,
    performer: (now) =>
      Photo.of(
        'photo',
        portraitOf('Anna'),
        heldInHand({ x: 640, y: 300, size: 150, from: now, until: now + visitLength }),
      ),
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
