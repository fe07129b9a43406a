import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ActionButton, Arrival, Choice, FaultNotice, Notice, Spoken } from '../components/basic.js';
import { useAnswer, Waiting } from '../components/loading.js';
import { Looks, type Enrolled, type Look } from '../components/outcome.js';
import { Ring, RingLegend } from '../components/ring.js';
import { ask, asFault, type Fault, type Progress } from '../link.js';
import { texts } from '../texts.js';

const words = texts.enrol;
/** So many of the newest looks are shown. */
const SHOWN = 8;
const PATIENCE_MS = 60_000;
const LEARNING_MS = 180_000;

type Coverage = NonNullable<Progress['coverage']>;

/** Live at the door: asks for one pose after the other and shows what is covered. */
export function EnrolLive(props: {
  person: { readonly id: string; readonly name: string };
  onEnrolled: (enrolled: Enrolled) => void;
  onLeave: () => void;
}): JSX.Element {
  const { person, onEnrolled, onLeave } = props;
  const [answer, reload] = useAnswer(() => ask('doorbells', {}), 'doorbells');
  const [doorbell, setDoorbell] = useState<string>();
  const [running, setRunning] = useState<string>();
  return (
    <>
      <Arrival>{words.picturesOf(person.name)}</Arrival>
      <Waiting for={answer} reload={reload}>
        {({ doorbells }) => {
          const online = doorbells.filter((each) => each.online);
          const chosen = doorbell ?? online[0]?.name;
          if (running !== undefined) {
            return <Session person={person} doorbell={running} onEnrolled={onEnrolled} onLeave={onLeave} />;
          }
          if (chosen === undefined) {
            return (
              <>
                <Notice kind="warning">{words.noDoorbell}</Notice>
                <button type="button" class="btn btn-secondary me-2" onClick={reload}>
                  {texts.common.again}
                </button>
                <button type="button" class="btn btn-secondary" onClick={onLeave}>
                  {texts.common.back}
                </button>
              </>
            );
          }
          return (
            <>
              <p>{words.stepIn(person.name)}</p>
              <p>{words.liveAdvice}</p>
              <div class="mb-3">
                <Choice
                  label={words.which}
                  value={chosen}
                  onValue={setDoorbell}
                  options={online.map(({ name }) => ({ value: name, label: name }))}
                />
              </div>
              <div class="d-flex gap-2">
                <button type="button" class="btn btn-primary" onClick={() => setRunning(chosen)}>
                  {words.start}
                </button>
                <button type="button" class="btn btn-secondary" onClick={onLeave}>
                  {texts.common.back}
                </button>
              </div>
            </>
          );
        }}
      </Waiting>
    </>
  );
}

function Session(props: {
  person: { readonly id: string; readonly name: string };
  doorbell: string;
  onEnrolled: (enrolled: Enrolled) => void;
  onLeave: () => void;
}): JSX.Element {
  const { person, doorbell, onEnrolled, onLeave } = props;
  const [guidance, setGuidance] = useState('');
  const [coverage, setCoverage] = useState<Coverage>([]);
  const [picture, setPicture] = useState<string>();
  const [looks, setLooks] = useState<readonly Look[]>([]);
  const [fault, setFault] = useState<Fault>();
  const [learning, setLearning] = useState(false);
  const enrolment = useRef<string | undefined>(undefined);
  const finished = useRef(false);

  const finish = async (): Promise<void> => {
    if (enrolment.current === undefined || finished.current) {
      return;
    }
    finished.current = true;
    setLearning(true);
    try {
      onEnrolled(await ask('enrol-finish', { enrolment: enrolment.current }, { patience: LEARNING_MS }));
    } finally {
      setLearning(false);
    }
  };

  useEffect(() => {
    const leaving = new AbortController();
    const isGone = (): boolean => leaving.signal.aborted;
    const onProgress = (progress: Progress): void => {
      if (isGone()) {
        return;
      }
      if (progress.guidance !== undefined) {
        setGuidance(progress.guidance);
      }
      if (progress.coverage !== undefined) {
        setCoverage(progress.coverage);
      }
      if (progress.picture !== undefined) {
        setPicture(progress.picture);
      }
      const { result } = progress;
      if (result !== undefined) {
        setLooks((before) => [result, ...before].slice(0, SHOWN));
      }
    };
    const run = async (): Promise<void> => {
      const { enrolment: id } = await ask('enrol-start', { guestId: person.id });
      enrolment.current = id;
      if (isGone()) {
        await ask('enrol-cancel', { enrolment: id });
        return;
      }
      const { taken } = await ask('enrol-live', { enrolment: id, doorbell }, { onProgress, patience: PATIENCE_MS });
      if (!isGone() && taken > 0) {
        await finish();
      }
    };
    run().catch((error: unknown) => {
      if (!isGone()) {
        setFault(asFault(error));
      }
    });
    return () => {
      leaving.abort();
      if (!finished.current && enrolment.current !== undefined) {
        void ask('enrol-cancel', { enrolment: enrolment.current }).catch(() => undefined);
      }
    };
  }, []);

  const taken = looks.filter((look) => look.taken).length;
  return (
    <>
      {fault !== undefined && <FaultNotice fault={fault} />}
      {learning && <Notice kind="info">{words.learning(person.name)}</Notice>}
      <div class="doorman-guide mb-3">
        <Ring coverage={coverage} />
        <div class="doorman-guide-words">
          <p class="doorman-guidance">{guidance === '' ? texts.common.asking : guidance}</p>
          <RingLegend coverage={coverage} />
        </div>
      </div>
      <Spoken words={guidance} />
      <div class="doorman-cards mb-3">
        <div>
          {picture !== undefined && (
            <img
              class="doorman-picture mb-3"
              src={`data:image/jpeg;base64,${picture}`}
              alt={`${words.livePicture}: ${doorbell}`}
            />
          )}
        </div>
        <div>
          <h3 class="h6">{words.looks}</h3>
          {looks.length === 0 && <p>{words.looksNone}</p>}
          <Looks looks={looks} label={words.looks} />
        </div>
      </div>
      <div class="d-flex flex-wrap gap-2">
        <ActionButton label={words.finish(person.name)} disabled={taken === 0} act={finish} />
        <button type="button" class="btn btn-secondary" onClick={onLeave}>
          {words.abandon}
        </button>
      </div>
    </>
  );
}
