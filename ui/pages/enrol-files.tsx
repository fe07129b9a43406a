import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { ActionButton, Arrival, Notice, ProgressBar, Spoken } from '../components/basic.js';
import { ENOUGH, Looks, type Enrolled, type Look } from '../components/outcome.js';
import { ask, asFault } from '../link.js';
import { prepare } from '../photo.js';
import { sendPieces } from '../pieces.js';
import { texts } from '../texts.js';

const words = texts.enrol;
/** A piece that ends a video is answered when the video has been looked at. */
const LOOKING_MS = 180_000;

interface Item {
  readonly key: number;
  readonly name: string;
  readonly state: string;
  readonly share?: number;
  readonly looks?: readonly Look[];
}

/** Photos and films of one guest: made smaller, sent, looked at, and enrolled. */
export function EnrolFiles(props: {
  person: { readonly id: string; readonly name: string };
  onEnrolled: (enrolled: Enrolled) => void;
  onLeave: () => void;
}): JSX.Element {
  const { person, onEnrolled, onLeave } = props;
  const [items, setItems] = useState<readonly Item[]>([]);
  const [over, setOver] = useState(false);
  const [busy, setBusy] = useState(false);
  const [learning, setLearning] = useState(false);
  const enrolment = useRef<Promise<string> | undefined>(undefined);
  const finished = useRef(false);
  const work = useRef(Promise.resolve());
  const keys = useRef(0);
  const leaving = useRef(new AbortController());
  const input = useId();
  useEffect(
    () => () => {
      leaving.current.abort();
      if (!finished.current) {
        void enrolment.current?.then((id) => ask('enrol-cancel', { enrolment: id })).catch(() => undefined);
      }
    },
    [],
  );
  const begun = (): Promise<string> => {
    enrolment.current ??= ask('enrol-start', { guestId: person.id }).then((answer) => answer.enrolment);
    enrolment.current.catch(() => (enrolment.current = undefined));
    return enrolment.current;
  };
  const update = (key: number, change: Partial<Item>): void =>
    setItems((before) => before.map((item) => (item.key === key ? { ...item, ...change } : item)));

  const offer = async (key: number, file: File): Promise<void> => {
    update(key, { state: words.preparing });
    const { blob, kind } = await prepare(file);
    const id = await begun();
    const { file: upload } = await ask('enrol-file', {
      enrolment: id,
      // A name may be longer than the link takes; the end says more than the beginning.
      name: file.name.slice(-200) || words.picture,
      kind,
      bytes: blob.size,
    });
    const answer = await sendPieces(
      blob,
      (offset, piece) => ask('enrol-piece', { enrolment: id, file: upload, offset, piece }, { patience: LOOKING_MS }),
      (sent) => {
        const share = sent / blob.size;
        update(key, { share, state: share === 1 ? words.judging : words.sending(Math.round(share * 100)) });
      },
      leaving.current.signal,
    );
    const looks = answer?.results ?? [];
    update(key, {
      looks,
      state: looks.some(({ taken }) => taken) ? words.taken : words.refused,
      share: 1,
    });
  };

  /** One after the other: the plugin looks at one at a time anyway. */
  const add = (files: readonly File[]): void => {
    const fresh = files.map((file) => ({ file, key: ++keys.current }));
    setItems((before) => [
      ...before,
      ...fresh.map(({ file, key }) => ({ key, name: file.name, state: words.waiting })),
    ]);
    setBusy(true);
    for (const { file, key } of fresh) {
      work.current = work.current.then(async () => {
        if (leaving.current.signal.aborted) {
          return;
        }
        try {
          await offer(key, file);
        } catch (error) {
          const looks = [{ source: file.name, taken: false, reason: asFault(error).message }];
          update(key, { looks, state: words.refused, share: 1 });
        }
      });
    }
    const last = work.current;
    void last.then(() => work.current === last && setBusy(false));
  };

  const looks = items.flatMap((item) => item.looks ?? []);
  const taken = looks.filter((look) => look.taken).length;
  const waiting = items.filter((item) => item.looks === undefined);
  return (
    <>
      <Arrival>{words.picturesOf(person.name)}</Arrival>
      <p>{words.photosAdvice}</p>
      <div
        class={`doorman-drop mb-3${over ? ' doorman-drop-over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          add([...(event.dataTransfer?.files ?? [])]);
        }}
      >
        <label class="d-block mb-2" for={input}>
          {words.drop}
        </label>
        <input
          id={input}
          class="form-control"
          type="file"
          multiple
          accept="image/*,video/*"
          onChange={(event) => {
            add([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
          }}
        />
      </div>
      {waiting.map(({ key, name, state, share }) => (
        <div key={key} class="mb-2">
          <div class="text-break">
            {name} {state}
          </div>
          {share !== undefined && <ProgressBar share={share} label={name} />}
        </div>
      ))}
      {looks.length > 0 && (
        <>
          <p>
            <strong>{words.takenOf(taken, looks.length)}</strong> {taken > 0 && taken < ENOUGH && words.advice}
          </p>
          <Looks looks={looks} label={words.files} />
        </>
      )}
      {!busy && looks.length > 0 && taken === 0 && <Notice kind="warning">{words.nothing}</Notice>}
      {learning && <Notice kind="info">{words.learning(person.name)}</Notice>}
      <Spoken words={busy || looks.length === 0 ? '' : words.takenOf(taken, looks.length)} />
      <div class="d-flex flex-wrap gap-2">
        <ActionButton
          label={words.finish(person.name)}
          disabled={busy || taken === 0}
          act={async () => {
            setLearning(true);
            try {
              const enrolled = await ask('enrol-finish', { enrolment: await begun() }, { patience: LOOKING_MS });
              finished.current = true;
              onEnrolled(enrolled);
            } finally {
              setLearning(false);
            }
          }}
        />
        <button type="button" class="btn btn-secondary" onClick={onLeave}>
          {words.abandon}
        </button>
      </div>
    </>
  );
}
