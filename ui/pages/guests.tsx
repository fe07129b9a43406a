import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Empty, Field } from '../components/basic.js';
import { Coverage, coverageOf } from '../components/coverage.js';
import { Pager, Picture, useAnswer, Waiting } from '../components/loading.js';
import { ask, type Answer } from '../link.js';
import type { Go } from '../places.js';
import { configuredDoorbells } from '../settings.js';
import { texts } from '../texts.js';
import { GuestDetails } from './guest-details.js';

const PER_PAGE = 12;

type Guest = Answer<'guests'>['guests'][number];
type Suspended = Answer<'guests'>['suspended'][number];

/** Everybody who may be recognised, as cards; one of them opened for details. */
export function Guests({ go, open }: { go: Go; open: string | undefined }): JSX.Element {
  const [answer, reload] = useAnswer(() => ask('guests', {}), 'guests', ['guests', 'gallery']);
  const [page, setPage] = useState(1);
  const [search, setSearch] = useState('');
  return (
    <>
      <p>{texts.guests.lead}</p>
      <Waiting for={answer} reload={reload}>
        {({ guests, suspended }) => {
          const opened = guests.find(({ id }) => id === open);
          if (opened !== undefined) {
            return <GuestDetails guest={opened} go={go} />;
          }
          const found = guests.filter(({ name }) => name.toLowerCase().includes(search.trim().toLowerCase()));
          const pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
          const shown = Math.min(page, pages);
          return (
            <>
              {guests.length === 0 ? (
                <NobodyYet go={go} />
              ) : (
                <div class="mb-3">
                  <button type="button" class="btn btn-primary" onClick={() => go({ page: 'enrol' })}>
                    {texts.guests.add}
                  </button>
                </div>
              )}
              {guests.length > PER_PAGE && (
                <Field label={texts.guests.search} value={search} onValue={setSearch} type="search" />
              )}
              <div class="doorman-cards">
                {found.slice((shown - 1) * PER_PAGE, shown * PER_PAGE).map((guest) => (
                  <Card key={guest.id} guest={guest} suspended={suspended} go={go} />
                ))}
              </div>
              {guests.length > 0 && found.length === 0 && <p>{texts.guests.notFound(search.trim())}</p>}
              <Pager page={shown} pages={pages} onPage={setPage} />
            </>
          );
        }}
      </Waiting>
    </>
  );
}

/** A letter, or whatever one sees as the first sign. */
function initialOf(name: string): string {
  const [first] = new Intl.Segmenter().segment(name.trim());
  return first?.segment.toUpperCase() ?? '';
}

/** What to do first. */
function NobodyYet({ go }: { go: Go }): JSX.Element {
  const [doorbells] = useAnswer(configuredDoorbells, 'doorbells');
  const cameraMissing = doorbells.state === 'here' && doorbells.value.length === 0;
  return (
    <Empty title={texts.guests.none}>
      <p>{texts.guests.noneHint}</p>
      <ol>
        {texts.guests.noneSteps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <div class="d-flex flex-wrap gap-2">
        <button type="button" class="btn btn-primary" onClick={() => go({ page: 'enrol' })}>
          {texts.guests.first}
        </button>
        {cameraMissing && (
          <button type="button" class="btn btn-secondary" onClick={() => go({ page: 'doorbells' })}>
            {texts.doorbells.first}
          </button>
        )}
      </div>
      <p class="mt-3 mb-0">
        <small>{texts.guests.staysHere}</small>
      </p>
    </Empty>
  );
}

function Card({ guest, suspended, go }: { guest: Guest; suspended: readonly Suspended[]; go: Go }): JSX.Element {
  const { id, name, relation, templates, lastSeenAt, consent } = guest;
  const [faces] = useAnswer(() => ask('faces', { guestId: id }), `${id} ${guest.updatedAt} ${templates}`);
  const reason = suspended.find((each) => each.id === id)?.reason ?? (templates === 0 ? 'no-faces' : undefined);
  const best =
    faces.state === 'here'
      ? faces.value.faces.filter(({ hasCrop }) => hasCrop).sort((a, b) => b.quality - a.quality)[0]
      : undefined;
  return (
    <article class="card card-body" aria-label={name}>
      <div class="d-flex gap-3">
        {best === undefined ? (
          <div class="doorman-portrait doorman-initial" aria-hidden="true">
            {initialOf(name)}
          </div>
        ) : (
          <Picture of={{ of: 'face', id: best.id, width: 160 }} alt={name} class="doorman-portrait" />
        )}
        <div class="flex-grow-1 text-break">
          <h2 class="h6 mb-1">{name}</h2>
          {relation !== undefined && relation !== '' && <div>{relation}</div>}
          <div class="doorman-quiet">
            <span>{texts.guests.templates(templates)}</span>
            {', '}
            {lastSeenAt === undefined ? texts.guests.neverSeen : texts.guests.lastSeen(texts.common.moment(lastSeenAt))}
          </div>
        </div>
      </div>
      <div class="mt-2">
        {faces.state === 'here' && <Coverage covered={coverageOf(faces.value.faces)} />}
        <small class="d-block doorman-quiet">
          {texts.guests.consentBy(consent.by, texts.common.day(consent.at))}
          {consent.until !== undefined && ` ${texts.guests.consentUntil(texts.common.day(consent.until))}`}
        </small>
        {reason !== undefined && <div class="doorman-fault">{texts.guests.suspended[reason]}</div>}
      </div>
      <div class="d-flex flex-wrap gap-2 mt-auto pt-2">
        <button
          type="button"
          class="btn btn-secondary btn-sm"
          aria-label={texts.guests.open(name)}
          onClick={() => go({ page: 'guests', guest: id })}
        >
          {texts.guests.details}
        </button>
        <button
          type="button"
          class={`btn btn-sm ${templates === 0 ? 'btn-primary' : 'btn-secondary'}`}
          onClick={() => go({ page: 'enrol', guest: id })}
        >
          {texts.guests.addPictures}
        </button>
      </div>
    </article>
  );
}
