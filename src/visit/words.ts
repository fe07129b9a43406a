import type { Candidate, VisitDecision } from '../types.js';

/** A decision in one line, for the log and the command; for example
 * `Anna (confidence 0.98): distance 0.71 is under τ 0.93; blink; 9 frames in 1.1 s`. */
export function describeDecision(decision: VisitDecision, elapsed?: number): string {
  const { identification, liveness } = decision;
  const parts = [
    describeDistance(decision),
    ...(decision.outcome === 'guest' ? signs(decision) : decision.reasons),
    `${identification.frames} ${identification.frames === 1 ? 'frame' : 'frames'}${elapsed === undefined ? '' : ` in ${(elapsed / 1000).toFixed(1)} s`}`,
  ].filter((part) => part !== '');
  const doubt = decision.outcome === 'guest' && liveness.state === 'spoof' ? ', perhaps a picture' : '';
  return `${who(decision)} (confidence ${identification.confidence.toFixed(2)}${doubt}): ${[...new Set(parts)].join('; ')}`;
}

/** Who it is, in few words. */
export function who({ outcome, guest, possiblyPhotoOf }: VisitDecision): string {
  if (outcome === 'guest' && guest !== undefined) {
    return guest.name;
  }
  if (possiblyPhotoOf !== undefined) {
    return `Possibly a photo of ${possiblyPhotoOf.name}`;
  }
  return outcome === 'unknown' ? 'Unknown visitor' : 'Undecided';
}

function describeDistance({ outcome, identification: { best } }: VisitDecision): string {
  if (best === undefined) {
    return '';
  }
  return outcome === 'guest' ? compare(best) : compare(best, ` to ${best.name}`);
}

const compare = ({ distance, tau }: Candidate, whom = ''): string =>
  `distance${whom} ${distance.toFixed(2)} is ${distance < tau ? 'under' : 'not under'} τ ${tau.toFixed(2)}`;

function signs({ liveness }: VisitDecision): string[] {
  const seen = Object.entries(liveness.signs).flatMap(([sign, shown]) => (shown ? [sign] : []));
  return seen.length === 0 ? ['no sign of life was asked for'] : [`alive: ${seen.join(', ')}`];
}
