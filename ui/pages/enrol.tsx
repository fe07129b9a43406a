import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ActionButton, Choice, Field } from '../components/basic.js';
import { ConsentFields, recordConsent } from '../components/consent.js';
import { useAnswer, Waiting } from '../components/loading.js';
import { useNewPerson } from '../components/new-person.js';
import { Outcome, type Enrolled } from '../components/outcome.js';
import { Steps } from '../components/steps.js';
import { ask } from '../link.js';
import type { Go } from '../places.js';
import { texts } from '../texts.js';
import { EnrolFiles } from './enrol-files.js';
import { EnrolLive } from './enrol-live.js';

const words = texts.enrol;
const ways = ['live', 'photos', 'inbox'] as const;
type Way = (typeof ways)[number];
/** The option for somebody who is not in the book yet; guests' ids are never empty. */
const NEW = '';

interface Person {
  readonly id: string;
  readonly name: string;
}

/** Who, how, done. */
export function Enrol({ go, guest }: { go: Go; guest: string | undefined }): JSX.Element {
  const [guests, reload] = useAnswer(() => ask('guests', {}), 'guests');
  const [person, setPerson] = useState<Person>();
  const [way, setWay] = useState<Way>();
  const [enrolled, setEnrolled] = useState<Enrolled>();
  const step = enrolled !== undefined ? 2 : person !== undefined ? 1 : 0;
  return (
    <>
      <Steps names={words.steps} present={step} />
      {person === undefined && (
        <Waiting for={guests} reload={reload}>
          {(answer) => (
            <Beginning
              guests={answer.guests}
              chosen={guest ?? NEW}
              onPerson={(who, by) => {
                setWay(by);
                setPerson(who);
              }}
              onInbox={() => go({ page: 'visitors' })}
            />
          )}
        </Waiting>
      )}
      {person !== undefined && enrolled === undefined && way === 'live' && (
        <EnrolLive person={person} onEnrolled={setEnrolled} onLeave={() => setPerson(undefined)} />
      )}
      {person !== undefined && enrolled === undefined && way === 'photos' && (
        <EnrolFiles person={person} onEnrolled={setEnrolled} onLeave={() => setPerson(undefined)} />
      )}
      {person !== undefined && enrolled !== undefined && (
        <Outcome
          person={person}
          enrolled={enrolled}
          go={go}
          onAnother={() => {
            setEnrolled(undefined);
            setPerson(undefined);
            reload();
          }}
        />
      )}
    </>
  );
}

function Beginning(props: {
  guests: readonly Person[];
  chosen: string;
  onPerson: (person: Person, way: Way) => void;
  onInbox: () => void;
}): JSX.Element {
  const { guests, onPerson, onInbox } = props;
  const [doorbells] = useAnswer(() => ask('doorbells', {}), 'doorbells', ['doorbells']);
  const [chosen, setWay] = useState<Way>();
  const [who, setWho] = useState(props.chosen);
  const [relation, setRelation] = useState('');
  const { name, setName, consent, setConsent, faults, check } = useNewPerson();
  const canBeLive = doorbells.state === 'here' && doorbells.value.doorbells.some(({ online }) => online);
  // Whoever has no camera running yet begins with photos.
  const way = chosen ?? (canBeLive || doorbells.state === 'asking' ? 'live' : 'photos');
  const proceed = async (): Promise<void> => {
    if (way === 'inbox') {
      onInbox();
      return;
    }
    const known = guests.find(({ id }) => id === who);
    if (known !== undefined) {
      onPerson(known, way);
      return;
    }
    if (check()) {
      const { guest } = await ask('guest-add', {
        name: name.trim(),
        ...(relation.trim() !== '' && { relation: relation.trim() }),
        consent: recordConsent(consent, name),
      });
      onPerson(guest, way);
    }
  };
  return (
    <>
      {way !== 'inbox' && (
        <section class="card card-body mb-3">
          <h2 class="h5">{words.who}</h2>
          {guests.length > 0 && (
            <div class="mb-3">
              <Choice
                label={words.who}
                hideLabel
                value={who}
                onValue={setWho}
                options={[
                  { value: NEW, label: words.someoneNew },
                  ...guests.map((each) => ({ value: each.id, label: each.name })),
                ]}
              />
            </div>
          )}
          {who === NEW && (
            <>
              <div class="row">
                <div class="col-sm">
                  <Field
                    label={texts.guests.name}
                    hint={words.nameHint}
                    value={name}
                    onValue={setName}
                    fault={faults.name}
                  />
                </div>
                <div class="col-sm">
                  <Field
                    label={texts.guests.relation}
                    hint={texts.guests.relationHint}
                    value={relation}
                    onValue={setRelation}
                  />
                </div>
              </div>
              <ConsentFields name={name} draft={consent} onDraft={setConsent} faults={faults.consent} />
            </>
          )}
        </section>
      )}
      <fieldset class="card card-body mb-3">
        <legend class="h5">{words.how}</legend>
        <div class="doorman-options">
          {ways.map((each) => (
            <label key={each} class="doorman-option">
              <input
                type="radio"
                class="form-check-input"
                name="doorman-way"
                checked={way === each}
                onChange={() => setWay(each)}
              />
              <span>
                <strong class="d-block">{words[each]}</strong>
                {each === 'live' && doorbells.state !== 'asking' && !canBeLive
                  ? words.liveNotNow
                  : words[`${each}Hint`]}
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <ActionButton label={words.go} act={proceed} />
    </>
  );
}
