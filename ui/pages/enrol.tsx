import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ActionButton, Choice, Field } from '../components/basic.js';
import { ConsentFields, consentFault, noConsent, recordConsent } from '../components/consent.js';
import { useAnswer, Waiting } from '../components/loading.js';
import { Outcome, type Enrolled } from '../components/outcome.js';
import { ask, Fault } from '../link.js';
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
  const [way, setWay] = useState<Way>('live');
  const [enrolled, setEnrolled] = useState<Enrolled>();
  if (enrolled !== undefined && person !== undefined) {
    return <Outcome person={person} enrolled={enrolled} go={go} />;
  }
  if (person !== undefined) {
    const leave = (): void => setPerson(undefined);
    return way === 'live' ? (
      <EnrolLive person={person} onEnrolled={setEnrolled} onLeave={leave} />
    ) : (
      <EnrolFiles person={person} onEnrolled={setEnrolled} onLeave={leave} />
    );
  }
  return (
    <>
      <p>{words.lead}</p>
      <Waiting for={guests} reload={reload}>
        {(answer) => (
          <Beginning
            guests={answer.guests}
            chosen={guest ?? NEW}
            way={way}
            onWay={setWay}
            onPerson={setPerson}
            onInbox={() => go({ page: 'visitors' })}
          />
        )}
      </Waiting>
    </>
  );
}

function Beginning(props: {
  guests: readonly Person[];
  chosen: string;
  way: Way;
  onWay: (way: Way) => void;
  onPerson: (person: Person) => void;
  onInbox: () => void;
}): JSX.Element {
  const { guests, way, onWay, onPerson, onInbox } = props;
  const [who, setWho] = useState(props.chosen);
  const [name, setName] = useState('');
  const [relation, setRelation] = useState('');
  const [consent, setConsent] = useState(noConsent);
  const proceed = async (): Promise<void> => {
    if (way === 'inbox') {
      onInbox();
      return;
    }
    const known = guests.find(({ id }) => id === who);
    if (known !== undefined) {
      onPerson(known);
      return;
    }
    if (name.trim() === '') {
      throw new Fault('invalid', texts.consent.nameMissing);
    }
    const fault = consentFault(consent);
    if (fault !== undefined) {
      throw new Fault('invalid', fault);
    }
    const { guest } = await ask('guest-add', {
      name: name.trim(),
      ...(relation.trim() !== '' && { relation: relation.trim() }),
      consent: recordConsent(consent, name),
    });
    onPerson(guest);
  };
  return (
    <>
      {way !== 'inbox' && (
        <section class="mb-4">
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
                  <Field label={texts.guests.name} value={name} onValue={setName} />
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
              <ConsentFields name={name} draft={consent} onDraft={setConsent} />
            </>
          )}
        </section>
      )}
      <fieldset class="mb-4">
        <legend class="h5">{words.how}</legend>
        {ways.map((each) => (
          <label key={each} class="d-flex gap-2 mb-2">
            <input
              type="radio"
              class="form-check-input"
              name="doorman-way"
              checked={way === each}
              onChange={() => onWay(each)}
            />
            <span>
              <strong class="d-block">{words[each]}</strong>
              {words[`${each}Hint`]}
            </span>
          </label>
        ))}
      </fieldset>
      <ActionButton label={words.go} act={proceed} />
    </>
  );
}
