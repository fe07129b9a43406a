import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Correction } from '../components/correction.js';
import { Picture } from '../components/loading.js';
import { useVisits, type Visit } from '../components/visits.js';
import type { Go } from '../places.js';
import { texts } from '../texts.js';

const words = texts.visitors;
const LOOKED_AT = 30;
const SHOWN = 6;

/** The last visits that were given a name, with "that was not …". */
export function NamedLately(props: {
  guests: readonly { readonly id: string; readonly name: string }[];
  go: Go;
}): JSX.Element {
  const { visits, reload } = useVisits(LOOKED_AT);
  const named = (visits ?? []).filter(({ decision }) => decision?.outcome === 'guest').slice(0, SHOWN);
  return (
    <section class="mt-4">
      <h2 class="h5">{words.named}</h2>
      {visits !== undefined && named.length === 0 && <p>{words.namedNone}</p>}
      <ul class="list-group mb-3">
        {named.map((visit) => (
          <Named key={visit.id} visit={visit} guests={props.guests} onDone={reload} />
        ))}
      </ul>
      <button type="button" class="btn btn-secondary" onClick={() => props.go({ page: 'history' })}>
        {texts.pages.history}
      </button>
    </section>
  );
}

function Named(props: {
  visit: Visit;
  guests: readonly { readonly id: string; readonly name: string }[];
  onDone: () => void;
}): JSX.Element {
  const { visit, guests, onDone } = props;
  const [open, setOpen] = useState(false);
  const name = visit.decision?.guest?.name ?? texts.common.unknown;
  const when = texts.common.moment(visit.startedAt);
  const { label } = visit;
  return (
    <li class="list-group-item">
      <div class="doorman-entry">
        {visit.hasThumbnail ? (
          <Picture
            of={{ of: 'visit', id: visit.id, width: 320 }}
            alt={texts.history.pictureOf(when)}
            class="doorman-visit"
          />
        ) : (
          <div class="doorman-picture doorman-picture-none doorman-visit" aria-hidden="true" />
        )}
        <span class="text-break">
          <strong class="doorman-who">{name}</strong>
          {label !== undefined &&
            ` (${texts.history.labelled(guests.find(({ id }) => id === label.actualGuestId)?.name ?? texts.common.nobody)})`}
          <span class="d-block doorman-quiet">
            {when}, {visit.doorbell}
          </span>
        </span>
        <button
          type="button"
          class="btn btn-secondary btn-sm"
          aria-expanded={open}
          aria-label={`${words.notThem(name)} ${when}`}
          onClick={() => setOpen(!open)}
        >
          {words.notThem(name)}
        </button>
      </div>
      {open && (
        <div class="mt-3">
          <Correction visit={visit} guests={guests} onDone={onDone} />
        </div>
      )}
    </li>
  );
}
