import { readPopulation } from '../src/worker/recogniser.js';
import { benchGuestBook, guestBookRows } from './guestbook/open-and-write.js';
import { liveRows } from './live/rows.js';
import { liveFigures } from './live/sessions.js';
import { livenessFigures } from './liveness/figures.js';
import { decisionTimes, goals } from './pipeline/decision-time.js';
import { frameRates } from './pipeline/frame-rate.js';
import { camerasTogether, LIMIT_MS as NAMED_WITHIN_MS } from './pipeline/cameras.js';
import { cacheFolder } from './pipeline/household.js';
import { idlePorch } from './pipeline/idle-porch.js';
import { LIMIT_MS, mainThreadDelay, type LoopDelay } from './pipeline/main-thread.js';
import { benchRecognition } from './recognition/recognition.js';
import { ms, percent, times, type Row } from './report.js';
import { visionFigures } from './vision/figures.js';

export interface Part {
  readonly title: string;
  /** @param quick fewer repetitions, for a first impression */
  run(quick: boolean): Promise<readonly Row[]>;
}

/** What `npm run bench` can measure, by the name that chooses it. */
export const parts: Readonly<Record<string, Part>> = {
  vision: {
    title: 'One face, 1080p, one thread (medians)',
    run: async (quick) => {
      const figures = await visionFigures({ cacheFolder, repetitions: quick ? 7 : 20 });
      const { inference, detect, track, faceres, dlib, fullFace, floor, human, faceApi, timesCheaper, overFloor } =
        figures;
      return [
        ...Object.entries(inference).map(([name, value]): Row => [`bare inference: ${name}`, ms(value)]),
        ['detect in the whole frame', ms(detect)],
        ['mesh, eyelids, pose, quality of a followed face', ms(track)],
        ['embed: faceres', ms(faceres)],
        ['embed: dlib', ms(dlib)],
        ['full face (detect, mesh, eyelids, both embeddings)', ms(fullFace)],
        ['sum of its bare inferences', ms(floor)],
        ['full face over that sum', times(overFloor), '≤ 1.30 ×'],
        ['Human’s detect(), WebAssembly', ms(human)],
        ['Human’s detect() over a full face', times(timesCheaper), '≥ 5 ×'],
        ['face-api’s detection, landmarks, descriptor, WebAssembly', ms(faceApi)],
        ['that over a full face', times(faceApi / fullFace)],
      ];
    },
  },
  pipeline: {
    title: 'Frames per second of the pipeline as people and pixels grow, decoding not included',
    run: async (quick) =>
      (await frameRates(quick)).flatMap(({ people, width, height, undecided, decided, cpuPerFrame }): Row[] => {
        const who = `${people} in view, ${width}×${height}`;
        return [
          [`${who}, ${people === 0 ? 'idle' : 'every face encoded'}`, `${undecided.toFixed(1)} fps`],
          [`${who}, CPU per frame of that`, ms(cpuPerFrame)],
          ...(people === 0 ? [] : [[`${who}, decided, followed`, `${decided.toFixed(1)} fps`] as const]),
        ];
      }),
  },
  porch: {
    title: 'Idle porch, 1080p over RTSP, shares of one core (CPU time)',
    run: async (quick) => {
      const { seconds, streamFramesPerSecond, doorman, node, plain } = await idlePorch(quick ? 15 : 40);
      return [
        ['stream', `${streamFramesPerSecond} fps, watched for ${seconds.toFixed(0)} s by both at once`],
        ['ffmpeg -i … -f null -', percent(plain)],
        ['Doorman: ffmpeg, reader, gate, sweeps, visits', percent(doorman)],
        ['of that Node, everything but ffmpeg', percent(node)],
        ['Doorman over plain decoding', times(doorman / plain)],
      ];
    },
  },
  'shared-connection': {
    title:
      'Recognition, prebuffer and one copied live view over one connection, idle porch, shares of one core (CPU time)',
    run: async (quick) => {
      const { seconds, streamFramesPerSecond, doorman, node, plain, connections } = await idlePorch(quick ? 15 : 40, {
        shared: true,
      });
      return [
        ['stream', `${streamFramesPerSecond} fps, watched for ${seconds.toFixed(0)} s by both at once`],
        ['connections at the camera', String(connections), '1'],
        ['ffmpeg -i … -f null -', percent(plain)],
        ['Doorman: recognition, 4 s of prebuffer, one live view', percent(doorman)],
        ['of that Node, everything but ffmpeg', percent(node)],
        ['Doorman over plain decoding', times(doorman / plain)],
      ];
    },
  },
  live: {
    title: 'Live views and snapshots in Homebridge, with recognition at work and visits (720p, 10 fps)',
    run: async (quick) => liveRows(await liveFigures(quick ? 20 : 100, quick ? 40 : 200)),
  },
  decision: {
    title: 'From the first usable face to the named decision, drawn visits, 10 fps',
    run: async (quick) =>
      (await decisionTimes(['announce', 'require'], quick ? 6 : 20)).flatMap((figures): Row[] => {
        const { policy, visits, named, wrong, median, percentile95, backlogMedian, droppedShare } = figures;
        const goal = (limit: number): string | undefined => (policy === 'announce' ? `≤ ${limit} ms` : undefined);
        return [
          [`${policy}: named rightly, wrongly`, `${named} of ${visits}, ${wrong}`],
          [`${policy}: median`, ms(median), goal(goals.median)],
          [`${policy}: 95th percentile`, ms(percentile95), goal(goals.percentile95)],
          [`${policy}: of it work on the deciding frame and its backlog, median`, ms(backlogMedian)],
          [`${policy}: frames left out`, percent(droppedShare)],
        ];
      }),
  },
  cameras: {
    title:
      'Doorbells side by side, 1080p at 15 fps over RTSP: shares of one core (CPU time), delay from the first usable face',
    run: async (quick) =>
      (await camerasTogether(quick ? 4 : 10)).flatMap((figures): Row[] => {
        const { cameras, idle, busy, simulation, visits, named, wrong, median, percentile95, complaints } = figures;
        const who = cameras === 1 ? '1 camera' : `${cameras} cameras`;
        return [
          [`${who}: nobody there, visits`, `${percent(idle)}, ${percent(busy)}`],
          [`${who}: the simulated cameras themselves`, percent(simulation)],
          [`${who}: named rightly, wrongly`, `${named} of ${visits}, ${wrong}`],
          [
            `${who}: median, 95th percentile`,
            `${ms(median)}, ${ms(percentile95)}`,
            `≤ ${NAMED_WITHIN_MS} ms, or it is said`,
          ],
          ...complaints.map((line): Row => [`${who}: the log`, line]),
        ];
      }),
  },
  'main-thread': {
    title: 'Event-loop delay of the main thread (1 ms of it is the sampling interval)',
    run: async () => {
      const { starting, visit, decided } = await mainThreadDelay();
      const rows = (when: string, { seconds, median, percentile99, max }: LoopDelay): Row[] => [
        [`${when} (${seconds.toFixed(0)} s): median, 99th percentile`, `${ms(median)}, ${ms(percentile99)}`],
        [`${when}: longest`, ms(max), `< ${LIMIT_MS} ms`],
      ];
      return [...rows('starting', starting), ...rows('a visit', visit), ['decided as', decided ?? 'nobody came']];
    },
  },
  recognition: {
    title: 'Classifiers',
    run: async () =>
      (await benchRecognition(await readPopulation('fusion'))).map(
        ({ kind, guests, templates, trainMs, trainCpuMs, predictMs, longestSliceMs }): Row => [
          `${kind}, ${guests} guests, ${templates} faces: train, decide on a face`,
          `${ms(trainMs)} (${ms(trainCpuMs)} CPU, slices up to ${ms(longestSliceMs)}), ${ms(predictMs)} CPU`,
          guests === 50 && templates === 2000 ? '< 5000 ms, < 1 ms' : '',
        ],
      ),
  },
  liveness: {
    title: 'What liveness adds per face and frame',
    run: () => {
      const { observeMedian, observe95, verdictMedian } = livenessFigures();
      return Promise.resolve([
        ['observing: median, 95th percentile', `${ms(observeMedian)}, ${ms(observe95)}`],
        ['verdict: median', ms(verdictMedian)],
      ]);
    },
  },
  guestbook: {
    title: 'Guest book',
    run: async () =>
      guestBookRows(await benchGuestBook()).map(([what = '', figure = '', goal = '']): Row => [what, figure, goal]),
  },
};
