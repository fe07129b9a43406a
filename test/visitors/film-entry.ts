// Draws a film in a process of its own: node --import tsx test/visitors/film-entry.ts '<FilmPlan as JSON>'
import { portraitOf } from './cast.js';
import { filmScene } from './film.js';
import type { FilmPlan } from './film-plan.js';
import type { Performer } from './performer.js';
import { Photo } from './photo.js';
import { Scene } from './scene.js';
import { Visitor } from './visitor.js';

const { width, height, seconds, framesPerSecond, performers, ffmpegPath, file } = JSON.parse(
  process.argv[2]!,
) as FilmPlan;

const cast = performers.map(async (performer): Promise<Performer> => {
  const portrait = portraitOf(performer.who);
  return performer.kind === 'visitor'
    ? new Visitor(String(performer.who), portrait, performer.behaviour)
    : Photo.of(String(performer.who), portrait, (time) => ({
        x: width / 2 + 12 * Math.sin(time / 400),
        y: height * 0.4,
        size: 170,
        pose: { yaw: 0.3 * Math.sin(time / 700), pitch: 0.1 * Math.sin(time / 900), roll: 0 },
      }));
});
await filmScene(new Scene(await Promise.all(cast), { width, height }), { ffmpegPath, file, seconds, framesPerSecond });
