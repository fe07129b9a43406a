import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask, type Answer } from '../link.js';
import { texts } from '../texts.js';
import { ActionButton, Choice, Spoken } from './basic.js';

type Visit = Answer<'visits'>['visits'][number];

/** The option that stands for "nobody we know"; guests' ids are never empty. */
const NOBODY = '';

/** Notes who it really was. */
export function Correction(props: {
  visit: Visit;
  guests: readonly { readonly id: string; readonly name: string }[];
  onDone: () => void;
}): JSX.Element {
  const { visit, guests, onDone } = props;
  const [who, setWho] = useState(visit.label?.actualGuestId ?? visit.decision?.guest?.id ?? NOBODY);
  const [done, setDone] = useState(false);
  return (
    <div class="d-flex flex-wrap gap-2 align-items-end">
      <Choice
        label={texts.history.correct}
        value={who}
        onValue={setWho}
        options={[
          { value: NOBODY, label: texts.common.nobody },
          ...guests.map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
      <ActionButton
        label={texts.common.save}
        act={async () => {
          await ask('visit-label', { id: visit.id, actualGuestId: who === NOBODY ? null : who });
          setDone(true);
          onDone();
        }}
      />
      {done && <span>{texts.history.corrected}</span>}
      <Spoken words={done ? texts.history.corrected : ''} />
    </div>
  );
}
