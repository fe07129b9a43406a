import type { Identification, Probe } from '../types.js';
import type { Visitor } from './visitor.js';

/** A new face waits so long to be recognised as somebody who was here a moment ago. */
const REUNION_WAIT_MS = 2500;

/** What recognition says of looks. */
export interface Recognition {
  identify(probes: readonly Probe[]): Identification;
  /** Whether two sets of looks show one person; undefined when they are too few to tell. */
  samePerson(a: readonly Probe[], b: readonly Probe[]): boolean | undefined;
}

/** Which of those who are away has come back as `visitor`, a face that is new on the picture. */
export function whoCameBack(
  visitor: Visitor,
  away: readonly Visitor[],
  rules: Recognition,
): Visitor | 'nobody' | 'unclear' {
  const waited = visitor.lastSeenAt - visitor.startedAt >= REUNION_WAIT_MS;
  const { guest } = rules.identify(visitor.probes);
  const resemblance = away
    .map((other) => ({ other, named: other.identification?.guest }))
    .filter(({ named }) => !isAnother(guest, named))
    .map(({ other, named }) => ({ other, named, same: rules.samePerson(other.probes, visitor.probes) }));
  // Whoever was named is only come back when the looks name them again, or have had time to name somebody else.
  const alike = resemblance.filter(({ same }) => same === true);
  const earlier = alike.find(
    ({ named }) => named === undefined || waited || (visitor.isWellSeen && guest !== undefined),
  );
  const isOpen = !visitor.isWellSeen || alike.length > 0 || resemblance.some(({ same }) => same === undefined);
  return earlier?.other ?? (isOpen && !waited ? 'unclear' : 'nobody');
}

/** Whether the newest looks at a guest who was recognised name another one. */
export function isReplaced(visitor: Visitor, rules: Pick<Recognition, 'identify'>): boolean {
  const { decision, identification, isWellSeen, newest } = visitor;
  return decision !== undefined && isWellSeen && isAnother(rules.identify(newest).guest, identification?.guest);
}

/** Both are known by name, and the names are two: however much they look alike, the second has a visit of their own. */
function isAnother(one: Identification['guest'], other: Identification['guest']): boolean {
  return one !== undefined && other !== undefined && one.id !== other.id;
}
