import type { EncoderJudgement } from './judgement.js';

/** Fewer people than this, not tuned with, say nothing about one stranger in a thousand; promise.ts asks for as many. */
export const fewestStrangers = 300;

export interface PromotionCase {
  readonly before: EncoderJudgement;
  readonly after: EncoderJudgement;
  /** People who are no guests and were not tuned with: for the tuned encoder's thresholds, and for counting. */
  readonly strangersCalibrated: number;
  readonly strangersJudged: number;
}

export interface PromotionVerdict {
  readonly promote: boolean;
  /** One sentence for people. */
  readonly reason: string;
}

/** The tuned encoder takes over only when guests gain and strangers do not. The frozen one needs no reason to stay. */
export function judgePromotion(wanted: PromotionCase): PromotionVerdict {
  const { before, after, strangersCalibrated, strangersJudged } = wanted;
  const stay = (reason: string): PromotionVerdict => ({
    promote: false,
    reason: `The encoder stays as it is: ${reason}.`,
  });
  if (strangersCalibrated < fewestStrangers) {
    return stay(
      `its false accepts can only be promised with the faces of at least ${fewestStrangers} people who are no ` +
        `guests and were not tuned with, and there are ${strangersCalibrated}`,
    );
  }
  if (strangersJudged === 0) {
    return stay('there are no strangers on whom false accepts could be counted');
  }
  if (after.falseAccepts > before.falseAccepts) {
    return stay(`tuning hurt: ${counted(after.falseAccepts, 'stranger')} named instead of ${before.falseAccepts}`);
  }
  const loosened = after.falseAcceptsLoose.findIndex((count, i) => rises(before.falseAcceptsLoose[i] ?? 0, count));
  if (loosened >= 0) {
    return stay(
      `tuning hurt: at a looser threshold ${counted(after.falseAcceptsLoose[loosened]!, 'stranger')} named instead of ` +
        `${before.falseAcceptsLoose[loosened] ?? 0}, so more would follow at the promised one`,
    );
  }
  if (before.falseRejects === 0) {
    return stay('no held-out look of a guest is turned away by it, so there is nothing to gain');
  }
  if (after.falseRejects >= before.falseRejects) {
    return stay(
      `tuning gained nothing: ${counted(after.falseRejects, 'look')} turned away instead of ${before.falseRejects}`,
    );
  }
  return {
    promote: true,
    reason:
      `The tuned encoder turns away ${after.falseRejects} of the guests' held-out looks instead of ` +
      `${before.falseRejects} and names ${after.falseAccepts} of ${strangersJudged} strangers instead of ${before.falseAccepts}.`,
  };
}

/** More than chance would move a count (one deviation of Poisson's law): small counts wobble when thresholds are set anew. */
const rises = (before: number, after: number): boolean => after > before + Math.sqrt(Math.max(1, before));

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? ' is' : 's are'}`;
