// Draws a film in a process of its own: node --import tsx test/visitors/film-entry.ts '<FilmPlan as JSON>'
import { portraitOf } from './cast.js';
import { filmScene } from './film.js';
import type { FilmPlan, HeldUp } from './film-plan.js';
import type { Performer } from './performer.js';
import { Photo, type PhotoMotion } from './photo.js';
import { Scene } from './scene.js';
import { Visitor } from './visitor.js';

const { width, height, seconds, framesPerSecond, performers, ffmpegPath, file } = JSON.parse(
  process.argv[2]!,
) as FilmPlan;

/** Shaken and tilted. */
const shaken: PhotoMotion = (time) => ({
  x: width / 2 + 12 * Math.sin(time / 400),
  y: height * 0.4,
  size: 170,
  pose: { yaw: 0.3 * Math.sin(time / 700), pitch: 0.1 * Math.sin(time / 900), roll: 0 },
});

const heldUp =
  ({ size, path, shown }: HeldUp): PhotoMotion =>
  (time) => {
    if (!shown.some(([from, until]) => time >= from && time < until)) {
      return undefined;
    }
    const after = path.find(({ at }) => at > time) ?? path.at(-1)!;
    const before = path.findLast(({ at }) => at <= time) ?? path[0]!;
    const share = after.at === before.at ? 0 : (time - before.at) / (after.at - before.at);
    const between = (from: number, to: number): number => from + share * (to - from);
    return {
      x: width * between(before.x, after.x) + 2 * Math.sin(time / 300),
      y: height * between(before.y, after.y) + 1.5 * Math.sin(time / 410),
      size,
      pose: { yaw: 0.06 * Math.sin(time / 500), pitch: 0.06 * Math.sin(time / 700), roll: 0.02 * Math.sin(time / 600) },
    };
  };

const cast = performers.map(async (performer): Promise<Performer> => {
  const portrait = portraitOf(performer.who);
  return performer.kind === 'visitor'
    ? new Visitor(String(performer.who), portrait, performer.behaviour)
    : Photo.of(String(performer.who), portrait, performer.held === undefined ? shaken : heldUp(performer.held));
});
await filmScene(new Scene(await Promise.all(cast), { width, height }), { ffmpegPath, file, seconds, framesPerSecond });
