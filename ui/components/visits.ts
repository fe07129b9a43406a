import { useEffect, useState } from 'preact/hooks';
import { ask, asFault, onChanged, type Answer, type Fault } from '../link.js';
import { texts } from '../texts.js';

export type Visit = Answer<'visits'>['visits'][number];
const words = texts.history;

/** Visits, newest first, a page at a time. */
export function useVisits(limit: number): {
  visits: readonly Visit[] | undefined;
  fault: Fault | undefined;
  more: (() => Promise<void>) | undefined;
  reload: () => void;
} {
  const [visits, setVisits] = useState<readonly Visit[]>();
  const [next, setNext] = useState<string>();
  const [fault, setFault] = useState<Fault>();
  const first = (): void => {
    ask('visits', { limit }).then(
      (page) => {
        setVisits(page.visits);
        setNext(page.next);
        setFault(undefined);
      },
      (error: unknown) => setFault(asFault(error)),
    );
  };
  useEffect(() => {
    first();
    return onChanged(['visits', 'plugin'], first);
  }, [limit]);
  const more = async (): Promise<void> => {
    const page = await ask('visits', { limit, before: next });
    setVisits((before) => [...(before ?? []), ...page.visits]);
    setNext(page.next);
  };
  return { visits, fault, more: next === undefined ? undefined : more, reload: first };
}

/** Who it is said to have been, in a few words. */
export function whoWasIt({ decision }: Visit): string {
  switch (decision?.outcome) {
    case undefined:
      return words.outcomes.running;
    case 'guest':
      return decision.guest?.name ?? texts.common.unknown;
    case 'unknown':
    case 'undecided':
      return words.outcomes[decision.outcome];
  }
}
