import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ActionButton, Choice, ConfirmButton, Empty, Field, Notice } from '../components/basic.js';
import { ConsentFields, recordConsent } from '../components/consent.js';
import { Pager, Picture, useAnswer, Waiting } from '../components/loading.js';
import { useNewPerson } from '../components/new-person.js';
import { ask, type Answer } from '../link.js';
import type { Go } from '../places.js';
import { keepStrangers } from '../settings.js';
import { texts } from '../texts.js';
import { NamedLately } from './named-lately.js';

type Cluster = Answer<'inbox'>['clusters'][number];
interface Person {
  readonly id: string;
  readonly name: string;
}
const words = texts.visitors;
const PER_PAGE = 10;
const FACES = 4;

/** Unknown people who were here, and those who were named lately. */
export function Visitors({ go }: { go: Go }): JSX.Element {
  const [cursors, setCursors] = useState<readonly (string | undefined)[]>([undefined]);
  const page = cursors.length;
  const [inbox, reload] = useAnswer(
    () => ask('inbox', { limit: PER_PAGE, before: cursors[page - 1] }),
    `inbox ${page}`,
    ['inbox'],
  );
  const [guests] = useAnswer(() => ask('guests', {}), 'guests', ['guests']);
  const [done, setDone] = useState('');
  const known = guests.state === 'here' ? guests.value.guests : [];
  return (
    <>
      <p>{words.lead}</p>
      {done !== '' && <Said key={done}>{done}</Said>}
      <Waiting for={inbox} reload={reload}>
        {({ enabled, clusters, next }) => (
          <>
            {!enabled && <KeepThem />}
            {enabled && clusters.length === 0 && (
              <Empty title={words.none}>
                <p class="mb-0">{words.noneHint}</p>
              </Empty>
            )}
            <div class="doorman-cards mb-3">
              {clusters.map((cluster) => (
                <Stranger
                  key={cluster.id}
                  cluster={cluster}
                  guests={known}
                  onDone={(what) => {
                    setDone(what);
                    reload();
                  }}
                />
              ))}
            </div>
            <Pager
              page={page}
              pages={next === undefined ? page : page + 1}
              onPage={(to) => setCursors(to > page ? [...cursors, next] : cursors.slice(0, to))}
            />
          </>
        )}
      </Waiting>
      <NamedLately guests={known} go={go} />
    </>
  );
}

/** What has just been done; takes the focus, since the card whose button was pressed has gone. */
function Said({ children }: { children: string }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.focus(), []);
  return (
    <div tabIndex={-1} ref={place}>
      <Notice kind="success">{children}</Notice>
    </div>
  );
}

function KeepThem(): JSX.Element {
  const [saved, setSaved] = useState(false);
  return saved ? (
    <Notice kind="success">{texts.doorbells.savedRestart}</Notice>
  ) : (
    <Notice kind="info">
      <p>{words.off}</p>
      <ActionButton
        label={words.on}
        act={async () => {
          await keepStrangers();
          setSaved(true);
        }}
      />
    </Notice>
  );
}

function Stranger(props: { cluster: Cluster; guests: readonly Person[]; onDone: (what: string) => void }): JSX.Element {
  const { cluster, guests, onDone } = props;
  const [who, setWho] = useState('');
  const [adding, setAdding] = useState(false);
  const when = texts.common.moment(cluster.lastSeenAt);
  const faces = Math.min(
    FACES,
    cluster.visits.reduce((sum, visit) => sum + visit.faces, 0),
  );
  const title = words.person(cluster.visits.length, when);
  const assign = async ({ id, name }: Person): Promise<void> => {
    const { faces: added } = await ask('inbox-assign', { clusterId: cluster.id, guestId: id });
    onDone(words.assigned(name, added));
  };
  return (
    <article class="card card-body" aria-label={title}>
      <div class="d-flex gap-2 mb-2">
        {Array.from({ length: faces }, (_, index) => (
          <Picture
            key={index}
            of={{ of: 'stranger', id: cluster.id, index, width: 112 }}
            alt={words.face(index)}
            class="doorman-look"
          />
        ))}
      </div>
      <h2 class="h6">{title}</h2>
      {!adding && guests.length > 0 && (
        <div class="doorman-stretch d-flex gap-2 align-items-end mb-3">
          <Choice
            label={words.thisIs}
            value={who}
            onValue={setWho}
            options={[
              { value: '', label: words.choose },
              ...guests.map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
          <ActionButton
            label={words.assign}
            disabled={who === ''}
            act={async () => {
              const guest = guests.find(({ id }) => id === who);
              if (guest !== undefined) {
                await assign(guest);
              }
            }}
          />
        </div>
      )}
      {adding && <NewGuest onGuest={assign} />}
      <div class="d-flex flex-wrap gap-2 mt-auto">
        <button type="button" class="btn btn-secondary" aria-expanded={adding} onClick={() => setAdding(!adding)}>
          {adding ? texts.common.cancel : words.newGuest}
        </button>
        <ActionButton
          label={words.ignore}
          kind="secondary"
          act={async () => {
            await ask('inbox-ignore', { clusterId: cluster.id, never: false });
            onDone(words.ignored);
          }}
        />
        <ConfirmButton
          label={words.never}
          sure={words.neverSure}
          act={async () => {
            await ask('inbox-ignore', { clusterId: cluster.id, never: true });
            onDone(words.ignored);
          }}
        />
      </div>
    </article>
  );
}

function NewGuest({ onGuest }: { onGuest: (guest: Person) => Promise<void> }): JSX.Element {
  const { name, setName, consent, setConsent, faults, check } = useNewPerson();
  return (
    <div class="mb-3">
      <Field label={texts.guests.name} value={name} onValue={setName} fault={faults.name} />
      <ConsentFields name={name} draft={consent} onDraft={setConsent} faults={faults.consent} />
      <ActionButton
        label={texts.enrol.finish(name.trim())}
        act={async () => {
          if (check()) {
            const { guest } = await ask('guest-add', { name: name.trim(), consent: recordConsent(consent, name) });
            await onGuest(guest);
          }
        }}
      />
    </div>
  );
}
