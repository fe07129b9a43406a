import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ActionButton, Choice, Empty, FaultNotice } from '../components/basic.js';
import { Picture, useAnswer } from '../components/loading.js';
import { Receipt } from '../components/receipt.js';
import { Correction } from '../components/correction.js';
import { useVisits, whoWasIt, type Visit } from '../components/visits.js';
import { ask } from '../link.js';
import type { Go } from '../places.js';
import { texts } from '../texts.js';

const words = texts.history;
const PER_PAGE = 20;

type Filter = keyof typeof words.filters;

/** Who was at the door, why it was decided so, and putting right what was wrong. */
export function History({ go }: { go: Go }): JSX.Element {
  const { visits, fault, more, reload } = useVisits(PER_PAGE);
  const [filter, setFilter] = useState<Filter>('all');
  const [guests] = useAnswer(() => ask('guests', {}), 'guests', ['guests']);
  const shown = visits?.filter(({ decision }) => filter === 'all' || decision?.outcome === filter);
  return (
    <>
      <p>{words.lead}</p>
      {fault !== undefined && <FaultNotice fault={fault} again={reload} />}
      {visits === undefined && fault === undefined && <p role="status">{texts.common.asking}</p>}
      {visits?.length === 0 && (
        <Empty title={words.none}>
          <p class="mb-0">{words.noneHint}</p>
        </Empty>
      )}
      {visits !== undefined && visits.length > 0 && (
        <div class="mb-3">
          <Choice
            label={words.filter}
            value={filter}
            onValue={(value) => setFilter(value as Filter)}
            options={Object.entries(words.filters).map(([value, label]) => ({ value, label }))}
          />
        </div>
      )}
      {shown?.length === 0 && visits !== undefined && visits.length > 0 && <p>{words.empty}</p>}
      <ul class="list-group mb-3">
        {shown?.map((visit) => (
          <Entry
            key={visit.id}
            visit={visit}
            guests={guests.state === 'here' ? guests.value.guests : []}
            go={go}
            onChanged={reload}
          />
        ))}
      </ul>
      {more !== undefined && <ActionButton label={texts.common.more} kind="secondary" act={more} />}
    </>
  );
}

function Entry(props: {
  visit: Visit;
  guests: readonly { readonly id: string; readonly name: string }[];
  go: Go;
  onChanged: () => void;
}): JSX.Element {
  const { visit, guests, onChanged: changed } = props;
  const [open, setOpen] = useState(false);
  const when = texts.common.moment(visit.startedAt);
  const { label } = visit;
  const labelled =
    label === undefined
      ? undefined
      : (guests.find(({ id }) => id === label.actualGuestId)?.name ?? texts.common.nobody);
  return (
    <li class="list-group-item">
      <div class="doorman-entry">
        {visit.hasThumbnail ? (
          <Picture of={{ of: 'visit', id: visit.id, width: 320 }} alt={words.pictureOf(when)} class="doorman-visit" />
        ) : (
          <div class="doorman-picture doorman-picture-none doorman-visit" aria-hidden="true" />
        )}
        <div class="text-break">
          <strong class="doorman-who">{whoWasIt(visit)}</strong>
          {labelled !== undefined && <span> ({words.labelled(labelled)})</span>}
          <div class="doorman-quiet">
            {when}, {visit.doorbell}
            {visit.pressedAt !== undefined && `, ${words.pressed}`}
          </div>
          {visit.decision?.possiblyPhotoOf !== undefined && (
            <div>{words.possiblyPhoto(visit.decision.possiblyPhotoOf.name)}</div>
          )}
        </div>
        <button
          type="button"
          class="btn btn-secondary btn-sm"
          aria-expanded={open}
          aria-label={`${open ? words.whyHide : words.why} ${when}`}
          onClick={() => setOpen(!open)}
        >
          {open ? words.whyHide : words.why}
        </button>
      </div>
      {open && (
        <div class="mt-3">
          {visit.hasThumbnail && (
            <Picture
              of={{ of: 'visit', id: visit.id, width: 960 }}
              alt={words.pictureOf(when)}
              class="doorman-visit-large mb-3"
            />
          )}
          <Receipt visit={visit} />
          <Correction visit={visit} guests={guests} onDone={changed} />
        </div>
      )}
    </li>
  );
}
