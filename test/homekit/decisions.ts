import type { Visit, VisitDecision, VisitEvent, VisitOutcome } from '../../src/types.js';

/** A decision for tests of what follows from it. */
export function decision(
  outcome: VisitOutcome,
  guest?: { id: string; name: string },
  more: Partial<VisitDecision> = {},
): VisitDecision {
  return {
    outcome,
    ...(guest !== undefined && { guest }),
    identification: { confidence: 0.9, frames: 5, reasons: [] },
    liveness: {
      state: 'live',
      score: 1,
      blinks: 1,
      reasons: [],
      signs: { blink: true, parallax: true, expression: true },
    },
    verified: false,
    reasons: [],
    ...more,
  };
}

export const visit = (id: string): Visit => ({ id, doorbell: 'Front Door', startedAt: 0 });

export const ANNA = { id: 'anna', name: 'Anna' };
export const BEN = { id: 'ben', name: 'Ben' };

/** The event that brings a decision. */
export const decided = (what: VisitDecision, id = 'v'): VisitEvent => ({
  type: 'decided',
  visit: { ...visit(id), decision: what },
  inputs: { policy: 'announce', elapsed: 0, settled: false },
});
