import type { JSX } from 'preact';

/** Where one stands in a task of several steps. @param present counted from 0 */
export function Steps({ names, present }: { names: readonly string[]; present: number }): JSX.Element {
  return (
    <ol class="doorman-steps">
      {names.map((name, at) => (
        <li
          key={name}
          class={at < present ? 'doorman-step-done' : at === present ? 'doorman-step-present' : ''}
          aria-current={at === present ? 'step' : undefined}
        >
          <span class="doorman-step-mark" aria-hidden="true">
            {at < present ? '✓' : at + 1}
          </span>
          {name}
        </li>
      ))}
    </ol>
  );
}
