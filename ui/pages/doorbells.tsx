import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ActionButton, Field, Notice } from '../components/basic.js';
import { useAnswer, Waiting } from '../components/loading.js';
import { LiveScene } from '../components/scene.js';
import { Regions } from '../components/regions.js';
import { ask, Fault, type Answer } from '../link.js';
import { addDoorbell, configuredDoorbells, type DoorbellBlock, type Region } from '../settings.js';
import { texts } from '../texts.js';

type Health = Answer<'doorbells'>['doorbells'][number];
const words = texts.doorbells;
const HEALTH_EVERY_MS = 5000;

/** The doorbells: how they are doing, what they see, and their settings. */
export function Doorbells(): JSX.Element {
  const [configured, reload] = useAnswer(configuredDoorbells, 'configured');
  const [health, again] = useAnswer(() => ask('doorbells', {}), 'doorbells', ['doorbells']);
  const [form, setForm] = useState(false);
  useEffect(() => {
    const timer = setInterval(again, HEALTH_EVERY_MS);
    return () => clearInterval(timer);
  }, [again]);
  useEffect(() => {
    if (form) {
      window.homebridge.showSchemaForm();
    }
    return () => window.homebridge.hideSchemaForm();
  }, [form]);
  return (
    <>
      <p>{words.lead}</p>
      <Waiting for={configured} reload={reload}>
        {(doorbells) => (
          <>
            {health.state === 'failed' && doorbells.length > 0 && (
              <Notice kind="warning" title={texts.faults.notRunning}>
                {texts.faults.notRunningRemedy}
              </Notice>
            )}
            {doorbells.map((doorbell) => (
              <DoorbellCard
                key={doorbell.name ?? ''}
                doorbell={doorbell}
                health={
                  health.state === 'here'
                    ? health.value.doorbells.find(({ name }) => name === doorbell.name)
                    : undefined
                }
              />
            ))}
            <AddDoorbell
              title={doorbells.length === 0 ? words.first : words.add}
              taken={doorbells.map(({ name }) => name ?? '')}
              onAdded={reload}
              open={doorbells.length === 0}
            />
            <section class="my-4">
              <h2 class="h5">{words.form}</h2>
              <button type="button" class="btn btn-secondary" aria-expanded={form} onClick={() => setForm(!form)}>
                {form ? words.formHide : words.formShow}
              </button>
              {form && <p class="mt-2 mb-0">{words.formHint}</p>}
            </section>
          </>
        )}
      </Waiting>
    </>
  );
}

function DoorbellCard({ doorbell, health }: { doorbell: DoorbellBlock; health: Health | undefined }): JSX.Element {
  const name = doorbell.name ?? '';
  const [live, setLive] = useState(false);
  const [regions, setRegions] = useState<readonly Region[]>(doorbell.ignoreRegions ?? []);
  const [editing, setEditing] = useState(false);
  const state = health === undefined ? words.starting : health.online ? words.online : words.offline;
  const share = health?.droppedShare ?? 0;
  return (
    <article class="card card-body mb-3" aria-label={name}>
      <h2 class="h5 text-break">
        {name} <span class={`doorman-state doorman-state-${health?.online === true ? 'on' : 'off'}`}>{state}</span>
      </h2>
      {health?.online === false && health.reason !== undefined && <Notice kind="warning">{health.reason}</Notice>}
      {health !== undefined && (
        <dl class="doorman-facts">
          <dt>{words.rate}</dt>
          <dd>
            {health.framesPerSecond?.toFixed(1) ?? words.notMeasured}
            {share > 0 && ` (${texts.common.percent(share)} ${words.dropped})`}
          </dd>
          <dt>{words.size}</dt>
          <dd>
            {health.frameSize === undefined
              ? words.notMeasured
              : `${health.frameSize.width} × ${health.frameSize.height}`}
          </dd>
          <dt>{words.time}</dt>
          <dd>{health.frameTime === undefined ? words.notMeasured : `${Math.round(health.frameTime)} ms`}</dd>
          <dt>{words.engine}</dt>
          <dd>{health.engine ?? words.notMeasured}</dd>
        </dl>
      )}
      <div class="d-flex flex-wrap gap-2">
        <button type="button" class="btn btn-secondary" aria-expanded={live} onClick={() => setLive(!live)}>
          {live ? words.hide : words.show}
        </button>
        <button type="button" class="btn btn-secondary" aria-expanded={editing} onClick={() => setEditing(!editing)}>
          {words.regions}
        </button>
      </div>
      {(live || editing) && (
        <div class="mt-3">
          <LiveScene
            name={name}
            regions={regions}
            {...(editing && { onDrawn: (region: Region) => setRegions([...regions, region]) })}
          />
        </div>
      )}
      {editing && <Regions doorbell={name} regions={regions} onRegions={setRegions} />}
    </article>
  );
}

function AddDoorbell(props: {
  title: string;
  taken: readonly string[];
  onAdded: () => void;
  open: boolean;
}): JSX.Element {
  const [open, setOpen] = useState(props.open);
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [saved, setSaved] = useState(false);
  const add = async (): Promise<void> => {
    const trimmed = name.trim();
    if (trimmed === '') {
      throw new Fault('invalid', words.nameMissing);
    }
    if (props.taken.includes(trimmed)) {
      throw new Fault('invalid', words.nameTaken);
    }
    if (!/^rtsps?:\/\/[^\s/]+/i.test(url.trim())) {
      throw new Fault('invalid', words.urlWrong);
    }
    await addDoorbell(trimmed, url.trim());
    setSaved(true);
    setName('');
    setUrl('');
    setOpen(false);
    props.onAdded();
  };
  return (
    <section class="my-4">
      {saved && <Notice kind="success">{words.savedRestart}</Notice>}
      {open ? (
        <>
          <h2 class="h5">{props.title}</h2>
          <Field label={words.name} hint={words.nameHint} value={name} onValue={setName} />
          <Field label={words.url} hint={words.urlHint} value={url} onValue={setUrl} type="url" />
          <ActionButton label={texts.common.save} act={add} />
        </>
      ) : (
        <button type="button" class="btn btn-secondary" onClick={() => setOpen(true)}>
          {props.title}
        </button>
      )}
    </section>
  );
}
