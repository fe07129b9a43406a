import { ATTACK_KINDS } from './liveness-attacks.js';
import { blinkRates, fixedThreshold, judgeBlinks, scoreBlinks, type BlinkFinder } from './liveness-blinks.js';
import { checkLabels, type BlinkLabels, type LabelledClip } from './liveness-labels.js';
import type { PhotoAttack } from './liveness-photos.js';
import type { AttackRow, BlinkRow, LivenessReport } from './liveness-report.js';
import { thinned, type ClipFrame } from './liveness-signals.js';
import type { Film, FilmTracks } from './liveness-tracks.js';
import { judgeBlinkVisits, judgeStays, type SeenClip } from './liveness-visits.js';
import { changed, judgeClip, stateShares, type ClipVerdict } from './liveness-verdicts.js';

export interface Progress {
  begin(films: number): void;
  step(name: string): void;
}

export interface LivenessEvaluation {
  readonly clips: readonly LabelledClip[];
  readonly attacks: readonly PhotoAttack[];
  /** Judge everything a second time as if filmed off a phone in night mode. */
  readonly night: boolean;
  /** Only this frame rate; by default all that a doorbell may have. */
  readonly fps?: number;
  /** A labelled clip as a film. */
  open(clip: LabelledClip): Promise<Film>;
  watch(film: Film, blueLoss?: number): Promise<FilmTracks>;
  readonly progress: Progress;
}

/** Every frame, and what doorbells' detection streams have. */
const FRAME_RATES = [undefined, 15, 10, 7.5] as const;
/** A thinned clip is judged several times, beginning at different frames. */
const PHASES = [0, 0.25, 0.5, 0.75] as const;
/** How much blue a phone's night mode takes away, film by film in turn. */
const BLUE_LOSSES = [0.3, 0.45, 0.6] as const;
/** Every so manieth photo attack is watched in night mode too. */
const NIGHT_EVERY = 2;

const detectors: readonly (readonly [name: string, find: BlinkFinder])[] = [
  ['doorman', judgeBlinks],
  ['EAR < 0.20 for 2', fixedThreshold(0.2, 2)],
  ['EAR < 0.25 for 2', fixedThreshold(0.25, 2)],
  ['EAR < 0.25 for 3', fixedThreshold(0.25, 3)],
  ['EAR < 0.30 for 3', fixedThreshold(0.3, 3)],
];

/** The rates at which attacks and visits are judged. */
const VISIT_RATES = [15, 10, 7.5] as const;
/** How long visitors stay, s. */
const STAYS = [3, 5, 10] as const;

interface JudgedClip extends SeenClip {
  readonly verdict: ClipVerdict;
}

/** Runs clips and attacks through the chain and counts. */
export async function evaluateLiveness(evaluation: LivenessEvaluation): Promise<LivenessReport> {
  const { clips, attacks, progress, night } = evaluation;
  progress.begin(clips.length + attacks.length);
  const judgeAtRate = (name: string, frames: readonly ClipFrame[]) => judgeClip(name, thinned(frames, evaluation.fps));
  const after: ClipVerdict[] = [];
  const judge = async (film: Film, index: number, every: number) => {
    const blueLoss = night && index % every === 0 ? BLUE_LOSSES[(index / every) % BLUE_LOSSES.length] : undefined;
    const { plain: frames, warm } = await evaluation.watch(film, blueLoss);
    progress.step(film.name);
    if (warm !== undefined) after.push(judgeAtRate(film.name, warm));
    return { frames, verdict: judgeAtRate(film.name, frames) };
  };
  const judged: JudgedClip[] = [];
  for (const [i, clip] of clips.entries()) {
    const outcome = await judge(await evaluation.open(clip), i, 1);
    if (clip.blinks !== undefined) checkLabels(clip.name, clip.blinks, outcome.frames.length);
    judged.push({ ...clip, ...outcome });
  }
  const rates = evaluation.fps === undefined ? VISIT_RATES : [evaluation.fps];
  const attackVerdicts: ClipVerdict[] = [];
  const thinnedVerdicts: ClipVerdict[][] = [];
  for (const [i, attack] of attacks.entries()) {
    const { frames, verdict } = await judge(attack, i, NIGHT_EVERY);
    attackVerdicts.push(verdict);
    thinnedVerdicts.push(rates.map((fps) => judgeClip(attack.name, thinned(frames, fps))));
  }
  const labelled = judged.filter((clip): clip is JudgedClip & { blinks: BlinkLabels } => clip.blinks !== undefined);
  const genuine = judged.filter(({ kind }) => kind === 'genuine');
  const verdicts = genuine.map(({ verdict }) => verdict);
  const shares = stateShares(verdicts);
  const warmed = new Set(after.map(({ name }) => name));
  const before = [...judged.map(({ verdict }) => verdict), ...attackVerdicts].filter(({ name }) => warmed.has(name));
  return {
    ...(evaluation.fps !== undefined && { fps: evaluation.fps }),
    blinks: scoreAll(labelled, evaluation.fps),
    blinkFaults: Object.fromEntries(
      labelled.map((clip) => {
        const { missed, wrong } = scoreBlinks(clip, judgeBlinks, evaluation.fps);
        return [clip.name, { missed, wrong }];
      }),
    ),
    genuine: {
      clips: verdicts,
      bpcer: shares.spoof,
      undecided: shares.undecided,
      stays: rates.flatMap((fps) => STAYS.map((seconds) => judgeStays(genuine, seconds, fps))),
      blinkVisits: (evaluation.fps === undefined ? [undefined, ...rates] : rates).map((fps) =>
        judgeBlinkVisits(genuine, fps),
      ),
    },
    attacks: rates.flatMap((fps, k) =>
      attackRows(
        fps,
        attacks,
        thinnedVerdicts.map((verdicts) => verdicts[k]!),
        judged,
      ),
    ),
    ...(night && { nightMode: { changed: changed(before, after), clips: before.length } }),
  };
}

function scoreAll(clips: readonly (JudgedClip & { readonly blinks: BlinkLabels })[], only?: number): BlinkRow[] {
  const rates = only === undefined ? FRAME_RATES : [only];
  return rates.flatMap((fps) =>
    detectors.map(([detector, find]) => {
      const phases = fps === undefined ? [0] : PHASES;
      const scores = clips.flatMap((clip) => phases.map((phase) => scoreBlinks(clip, find, fps, phase)));
      return { detector, ...(fps !== undefined && { fps }), rates: blinkRates(scores) };
    }),
  );
}

function attackRows(
  fps: number,
  attacks: readonly PhotoAttack[],
  verdicts: readonly ClipVerdict[],
  clips: readonly JudgedClip[],
): AttackRow[] {
  const row = (kind: AttackRow['kind'], judged: readonly ClipVerdict[]): AttackRow => {
    const share = (holds: (verdict: ClipVerdict) => boolean): number => judged.filter(holds).length / judged.length;
    return {
      kind,
      fps,
      clips: judged.length,
      apcerRequire: share(({ passedRequire }) => passedRequire),
      apcerStrict: share(({ passedStrict }) => passedStrict),
      judgedSpoof: share(({ final }) => final.state === 'spoof'),
    };
  };
  const replays = clips
    .filter(({ kind }) => kind === 'replay')
    .map(({ name, frames }) => judgeClip(name, thinned(frames, fps)));
  return [
    ...ATTACK_KINDS.map((kind) =>
      row(
        kind,
        verdicts.filter((_, i) => attacks[i]!.kind === kind),
      ),
    ),
    row('all photos', verdicts),
    row('video replay', replays),
  ].filter(({ clips: count }) => count > 0);
}
