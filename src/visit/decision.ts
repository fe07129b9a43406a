import type { Identification, LivenessPolicy, LivenessVerdict, VisitDecision } from '../types.js';

/** What is known about a visit at one moment. */
export interface DecisionInput {
  /** All usable frames of the track so far, pooled. */
  readonly identification: Identification;
  readonly liveness: LivenessVerdict;
  readonly policy: LivenessPolicy;
  /** ms since the first usable face. */
  readonly elapsed: number;
  /** The visit is over: no more frames will come. */
  readonly settled: boolean;
}

/** How long each statement may wait for better evidence, ms since the first usable face. */
export interface DecisionBudgets {
  /** Before this nobody is called unknown: a guest may still be turning towards the door. */
  readonly unknownAfter: number;
  /** Frames a stranger must have shown before being called one early. */
  readonly unknownFrames: number;
  /** A recognised guest who has shown no sign of life is waited for this long (`require`, `strict`). */
  readonly lifeAfter: number;
}

/** 59 % of living people blink within 3 s, 76 % within 8 s; the name may follow the ring, so waiting is cheap. */
export const decisionBudgets: DecisionBudgets = { unknownAfter: 2500, unknownFrames: 5, lifeAfter: 10_000 };

/**
 * The one decision of a visit, or undefined while it is worth waiting. Pure: the caller remembers that a decision
 * has been made and asks no more.
 *
 * | policy   | a name is told when …                                        |
 * |----------|--------------------------------------------------------------|
 * | off      | the guest is recognised                                      |
 * | announce | the guest is recognised; a spoof is said aloud, not withheld |
 * | require  | … and judged live: a sign of life, two if it looked flat      |
 * | strict   | … and not a spoof, and blink and parallax were both seen     |
 */
export function decide(input: DecisionInput, budgets: DecisionBudgets = decisionBudgets): VisitDecision | undefined {
  const { identification } = input;
  if (identification.guest === undefined) return unnamed(input, budgets);
  return named(input, identification.guest, budgets);
}

type Guest = NonNullable<Identification['guest']>;

function unnamed(input: DecisionInput, budgets: DecisionBudgets): VisitDecision | undefined {
  const { identification, elapsed, settled } = input;
  const seenEnough = identification.frames >= budgets.unknownFrames && elapsed >= budgets.unknownAfter;
  if (!seenEnough && !settled) return undefined;
  if (identification.frames === 0) return result(input, 'undecided', ['no face was good enough to be judged']);
  if (!seenEnough && ambiguous(identification)) {
    return result(input, 'undecided', ['the visit ended before two guests could be told apart']);
  }
  return result(input, 'unknown', identification.reasons);
}

/** Two guests are both near enough: more frames may tell them apart. */
function ambiguous({ best, second }: Identification): boolean {
  return best !== undefined && second !== undefined && best.distance < best.tau && second.distance < second.tau;
}

function named(input: DecisionInput, guest: Guest, budgets: DecisionBudgets): VisitDecision | undefined {
  const { liveness, policy, elapsed, settled } = input;
  const spoof = liveness.state === 'spoof';
  if (policy === 'off') return result(input, 'guest', input.identification.reasons, guest);
  if (policy === 'announce') {
    return result(input, 'guest', spoof ? ['perhaps a picture', ...liveness.reasons] : liveness.reasons, guest);
  }
  const missing = spoof ? 'looks like a picture' : missingLife(liveness, policy);
  if (missing === undefined) return result(input, 'guest', liveness.reasons, guest);
  if (elapsed < budgets.lifeAfter && !settled) return undefined;
  const reasons = [missing, ...liveness.reasons];
  return { ...result(input, spoof ? 'unknown' : 'undecided', reasons), possiblyPhotoOf: guest };
}

/** What the policy still misses in a face that is not a spoof. */
function missingLife({ signs, state }: LivenessVerdict, policy: 'require' | 'strict'): string | undefined {
  if (policy === 'strict') {
    const missing = [...(signs.blink ? [] : ['a blink']), ...(signs.parallax ? [] : ['depth'])];
    return missing.length === 0 ? undefined : `too little life: ${missing.join(' and ')} not seen`;
  }
  if (state === 'live') return undefined;
  return signs.blink || signs.parallax || signs.expression
    ? 'one sign of life is too little of a face that looked flat'
    : 'no sign of life';
}

function result(
  { identification, liveness, policy }: DecisionInput,
  outcome: VisitDecision['outcome'],
  reasons: readonly string[],
  guest?: Guest,
): VisitDecision {
  const verified = policy === 'strict' && outcome === 'guest' && liveness.signs.blink && liveness.signs.parallax;
  return { outcome, ...(guest && { guest }), identification, liveness, verified, reasons };
}
