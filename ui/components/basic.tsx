import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { asFault, type Fault } from '../link.js';
import { texts } from '../texts.js';

/** A message of Bootstrap's kinds; errors are read out at once, the rest when there is time. */
export function Notice(props: {
  kind: 'info' | 'success' | 'warning' | 'danger';
  title?: string;
  children: ComponentChildren;
}): JSX.Element {
  const { kind, title, children } = props;
  return (
    <div
      class={`alert alert-${kind} doorman-notice doorman-notice-${kind} mb-3`}
      role={kind === 'danger' || kind === 'warning' ? 'alert' : 'status'}
    >
      {title !== undefined && <strong class="d-block">{title}</strong>}
      {children}
    </div>
  );
}

/** What went wrong, in words, with a way out. */
export function FaultNotice({ fault, again }: { fault: Fault; again?: (() => void) | undefined }): JSX.Element {
  const unreachable = fault.fault === 'unreachable' || fault.fault === 'gone';
  return (
    <Notice kind={unreachable ? 'warning' : 'danger'} {...(unreachable && { title: texts.faults.notRunning })}>
      {unreachable ? texts.faults.notRunningRemedy : fault.message}
      {again !== undefined && (
        <div class="mt-2">
          <button type="button" class="btn btn-sm btn-secondary" onClick={again}>
            {texts.common.again}
          </button>
        </div>
      )}
    </Notice>
  );
}

/** A button that works on something: disabled meanwhile; what fails is shown beside it. */
export function ActionButton(props: {
  label: string;
  act: () => Promise<void> | void;
  kind?: string;
  disabled?: boolean;
  describe?: string;
}): JSX.Element {
  const { label, act, kind = 'primary', disabled = false, describe } = props;
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const alive = useRef(true);
  useEffect(() => () => void (alive.current = false), []);
  const run = async (): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      await act();
    } catch (error) {
      if (alive.current) {
        setFault(asFault(error));
      }
    } finally {
      if (alive.current) {
        setBusy(false);
      }
    }
  };
  return (
    <>
      <button
        type="button"
        class={`btn btn-${kind}`}
        disabled={busy || disabled}
        aria-busy={busy}
        aria-label={describe}
        onClick={() => void run()}
      >
        {busy ? texts.common.asking : label}
      </button>
      {fault !== undefined && (
        <div class="mt-2 w-100">
          <FaultNotice fault={fault} />
        </div>
      )}
    </>
  );
}

/** A button that asks once more before it acts; the frame allows no dialogs. */
export function ConfirmButton(props: {
  label: string;
  sure: string;
  act: () => Promise<void> | void;
  kind?: string;
}): JSX.Element {
  const { label, sure, act, kind = 'outline-danger' } = props;
  const [asking, setAsking] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const asked = useRef(false);
  useEffect(() => {
    if (asking) {
      asked.current = true;
      box.current?.focus();
    } else if (asked.current) {
      opener.current?.focus();
    }
  }, [asking]);
  if (!asking) {
    return (
      <button type="button" class={`btn btn-${kind}`} ref={opener} onClick={() => setAsking(true)}>
        {label}
      </button>
    );
  }
  return (
    <div
      class="alert alert-warning doorman-notice doorman-notice-warning w-100 mb-0"
      role="group"
      aria-label={`${label}: ${sure}`}
      tabIndex={-1}
      ref={box}
      onKeyDown={(event) => event.key === 'Escape' && setAsking(false)}
    >
      <p>{sure}</p>
      <div class="d-flex flex-wrap gap-2">
        <ActionButton label={label} kind="danger" act={act} />
        <button type="button" class="btn btn-secondary" onClick={() => setAsking(false)}>
          {texts.common.cancel}
        </button>
      </div>
    </div>
  );
}

/** An input with its label and hint, and what is wrong with what stands in it. */
export function Field(props: {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string;
  fault?: string | undefined;
  type?: 'text' | 'url' | 'date' | 'password' | 'search';
  autocomplete?: string;
  placeholder?: string;
  rows?: number;
}): JSX.Element {
  const { label, value, onValue, hint, fault, type = 'text', autocomplete = 'off', placeholder, rows } = props;
  const id = useId();
  const described = [...(hint === undefined ? [] : [`${id}-hint`]), ...(fault === undefined ? [] : [`${id}-fault`])];
  const common = {
    id,
    class: `form-control${fault === undefined ? '' : ' is-invalid'}`,
    value,
    placeholder,
    'aria-invalid': fault !== undefined,
    'aria-describedby': described.length > 0 ? described.join(' ') : undefined,
    onInput: (event: { readonly currentTarget: HTMLInputElement | HTMLTextAreaElement }) =>
      onValue(event.currentTarget.value),
  };
  return (
    <div class="mb-3">
      <label class="form-label" for={id}>
        {label}
      </label>
      {rows === undefined ? (
        <input {...common} {...({ type } as { type: 'text' })} autocomplete={autocomplete} />
      ) : (
        <textarea {...common} rows={rows} />
      )}
      {hint !== undefined && (
        <div class="form-text" id={`${id}-hint`}>
          {hint}
        </div>
      )}
      {fault !== undefined && (
        <div class="doorman-fault" id={`${id}-fault`} role="alert">
          {fault}
        </div>
      )}
    </div>
  );
}

export function Choice(props: {
  label: string;
  value: string;
  options: readonly { readonly value: string; readonly label: string }[];
  onValue: (value: string) => void;
  hideLabel?: boolean;
}): JSX.Element {
  const { label, value, options, onValue, hideLabel = false } = props;
  const id = useId();
  return (
    <div>
      <label class={hideLabel ? 'visually-hidden' : 'form-label'} for={id}>
        {label}
      </label>
      <select id={id} class="form-select" value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Tick(props: {
  label: string;
  checked: boolean;
  onChecked: (checked: boolean) => void;
  fault?: string | undefined;
}): JSX.Element {
  const id = useId();
  const { fault } = props;
  return (
    <div class="form-check mb-3">
      <input
        id={id}
        class={`form-check-input${fault === undefined ? '' : ' is-invalid'}`}
        type="checkbox"
        checked={props.checked}
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : `${id}-fault`}
        onChange={(event) => props.onChecked(event.currentTarget.checked)}
      />
      <label class="form-check-label" for={id}>
        {props.label}
      </label>
      {fault !== undefined && (
        <div class="doorman-fault" id={`${id}-fault`} role="alert">
          {fault}
        </div>
      )}
    </div>
  );
}

/** A heading that takes the focus when what it heads appears, so that keyboard and screen reader go on from there. */
export function Arrival(props: { children: ComponentChildren; class?: string }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <h2 class={`h5 text-break ${props.class ?? ''}`} tabIndex={-1} ref={heading}>
      {props.children}
    </h2>
  );
}

/** Puts the focus on the first thing in the form that is wrong, once it is marked. */
export function focusFirstFault(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('#doorman [aria-invalid="true"]')?.focus());
}

/** What stands where nothing is yet: what it is for, and what to do first. */
export function Empty(props: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="doorman-empty card card-body mb-3">
      <h2 class="h5">{props.title}</h2>
      {props.children}
    </div>
  );
}

/** Says aloud what has changed, for those who do not see it. */
export function Spoken({ words }: { words: string }): JSX.Element {
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {words}
    </div>
  );
}

export function ProgressBar({ share, label }: { share: number; label: string }): JSX.Element {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
  return (
    <div
      class="progress"
      role="progressbar"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <div class="progress-bar" style={{ width: `${percent}%` }} />
    </div>
  );
}
