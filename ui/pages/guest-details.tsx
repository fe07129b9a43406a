import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ActionButton, ConfirmButton, Field, Notice, Spoken } from '../components/basic.js';
import { ConsentFields, recordConsent } from '../components/consent.js';
import { Picture, useAnswer, Waiting } from '../components/loading.js';
import { useNewPerson } from '../components/new-person.js';
import { ask, Fault, type Answer } from '../link.js';
import type { Go } from '../places.js';
import { texts } from '../texts.js';

type Guest = Answer<'guests'>['guests'][number];

/** One guest: what is known, the faces, the consent, and the way out. */
export function GuestDetails({ guest, go }: { guest: Guest; go: Go }): JSX.Element {
  const [name, setName] = useState(guest.name);
  const [relation, setRelation] = useState(guest.relation ?? '');
  const [notes, setNotes] = useState(guest.notes ?? '');
  const [saved, setSaved] = useState(false);
  const save = async (): Promise<void> => {
    setSaved(false);
    if (name.trim() === '') {
      throw new Fault('invalid', texts.consent.nameMissing);
    }
    await ask('guest-change', { id: guest.id, patch: { name: name.trim(), relation: relation.trim(), notes } });
    setSaved(true);
  };
  return (
    <>
      <button type="button" class="btn btn-secondary btn-sm mb-3" onClick={() => go({ page: 'guests' })}>
        ← {texts.common.back}
      </button>
      <h2 class="h4 text-break">{guest.name}</h2>
      <section class="card card-body mb-3">
        <div class="row">
          <div class="col-md">
            <Field label={texts.guests.name} value={name} onValue={setName} />
            <Field
              label={texts.guests.relation}
              hint={texts.guests.relationHint}
              value={relation}
              onValue={setRelation}
            />
          </div>
          <div class="col-md">
            <Field label={texts.guests.notes} value={notes} onValue={setNotes} rows={4} />
          </div>
        </div>
        <div>
          <ActionButton label={texts.common.save} act={save} />
          {saved && <span class="ms-2 doorman-good">✓ {texts.common.saved}</span>}
          <Spoken words={saved ? texts.common.saved : ''} />
        </div>
      </section>
      <Faces guest={guest} go={go} />
      <Consent guest={guest} />
      <ConfirmButton
        label={texts.guests.forget(guest.name)}
        sure={texts.guests.forgetSure(guest.name)}
        act={async () => {
          await ask('forget', { guestId: guest.id });
          window.homebridge.toast.success(texts.guests.forgotten(guest.name));
          go({ page: 'guests' });
        }}
      />
    </>
  );
}

function Faces({ guest, go }: { guest: Guest; go: Go }): JSX.Element {
  const [answer, reload] = useAnswer(() => ask('faces', { guestId: guest.id }), guest.id, ['gallery']);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [done, setDone] = useState('');
  const mark = (id: string, on: boolean): void => {
    const next = new Set(marked);
    if (on) {
      next.add(id);
    } else {
      next.delete(id);
    }
    setMarked(next);
  };
  return (
    <section class="card card-body mb-3" aria-label={texts.guests.faces}>
      <h3 class="h5">{texts.guests.faces}</h3>
      <Waiting for={answer} reload={reload}>
        {({ faces }) => (
          <>
            <p>{faces.length === 0 ? texts.guests.facesNone : texts.guests.facesHint}</p>
            <div class="doorman-faces mb-3">
              {faces.map(({ id, quality }, index) => (
                <label key={id} class="d-block">
                  <Picture of={{ of: 'face', id, width: 112 }} alt={texts.guests.face(index, quality)} />
                  <span class="d-flex gap-1 align-items-center">
                    <input
                      type="checkbox"
                      class="form-check-input"
                      checked={marked.has(id)}
                      onChange={(event) => mark(id, event.currentTarget.checked)}
                    />
                    <small>{Math.round(quality * 100)}</small>
                  </span>
                </label>
              ))}
            </div>
          </>
        )}
      </Waiting>
      <div class="d-flex flex-wrap gap-2">
        <button type="button" class="btn btn-secondary" onClick={() => go({ page: 'enrol', guest: guest.id })}>
          {texts.guests.addPictures}
        </button>
        {marked.size > 0 && (
          <ActionButton
            label={texts.guests.removeMarked(marked.size)}
            kind="outline-danger"
            act={async () => {
              const { removed } = await ask('faces-remove', { guestId: guest.id, templateIds: [...marked] });
              setMarked(new Set());
              setDone(texts.guests.removed(removed));
              reload();
            }}
          />
        )}
      </div>
      <Spoken words={done} />
    </section>
  );
}

function Consent({ guest }: { guest: Guest }): JSX.Element {
  const [open, setOpen] = useState(false);
  const { consent: draft, setConsent: setDraft, faults, check } = useNewPerson(guest.name);
  const { consent, consentState } = guest;
  return (
    <section class="card card-body mb-3" aria-label={texts.consent.title}>
      <h3 class="h5">{texts.consent.title}</h3>
      <p>
        {texts.guests.consentBy(consent.by, texts.common.day(consent.at))}
        {consent.until !== undefined && ` ${texts.guests.consentUntil(texts.common.day(consent.until))}`}
      </p>
      {consentState === 'expired' && <Notice kind="warning">{texts.guests.consentExpired}</Notice>}
      {open ? (
        <>
          <ConsentFields name={guest.name} draft={draft} onDraft={setDraft} faults={faults.consent} />
          <div class="d-flex flex-wrap gap-2">
            <ActionButton
              label={texts.guests.renew}
              act={async () => {
                if (check()) {
                  await ask('guest-change', { id: guest.id, patch: { consent: recordConsent(draft, guest.name) } });
                  setOpen(false);
                }
              }}
            />
            <button type="button" class="btn btn-secondary" onClick={() => setOpen(false)}>
              {texts.common.cancel}
            </button>
          </div>
        </>
      ) : (
        <div>
          <button type="button" class="btn btn-secondary" onClick={() => setOpen(true)}>
            {texts.guests.renew}
          </button>
        </div>
      )}
    </section>
  );
}
