import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ask } from '../link.js';
import type { Go, PageName } from '../places.js';
import { configuredDoorbells } from '../settings.js';
import { texts } from '../texts.js';
import { Notice, ProgressBar } from './basic.js';
import { useAnswer } from './loading.js';

/** How often the plugin is asked how it is while it trains, ms. */
const TRAINING_MS = 600;

/** What everybody should know on every page: not running, not set up, book unusable, training. */
export function PluginState({ page, go }: { page: PageName; go: Go }): JSX.Element | null {
  const [status, reload] = useAnswer(() => ask('status', {}), 'status', [
    'guests',
    'gallery',
    'settings',
    'everything-forgotten',
  ]);
  const [doorbells] = useAnswer(configuredDoorbells, page);
  const trains = status.state === 'here' && status.value.training.state === 'running';
  useEffect(() => {
    const timer = trains ? setInterval(reload, TRAINING_MS) : undefined;
    return () => clearInterval(timer);
  }, [trains, reload]);
  const unreachable = status.state === 'failed' && ['unreachable', 'gone'].includes(status.fault.fault);
  if (unreachable && doorbells.state === 'here' && doorbells.value.length === 0 && page !== 'doorbells') {
    return (
      <Notice kind="info">
        <p>{texts.faults.notConfigured}</p>
        <button type="button" class="btn btn-primary" onClick={() => go({ page: 'doorbells' })}>
          {texts.faults.toDoorbells}
        </button>
      </Notice>
    );
  }
  if (status.state !== 'here') {
    return null;
  }
  const { bookFault, readOnly, training } = status.value;
  return (
    <>
      {bookFault !== undefined && (
        <Notice kind="danger" title={texts.faults.book}>
          {bookFault}
        </Notice>
      )}
      {readOnly && bookFault === undefined && <Notice kind="warning">{texts.faults.readOnly}</Notice>}
      {training.state === 'running' && (
        <Notice kind="info">
          <p>{texts.accuracy.training(training.step)}</p>
          {training.progress !== undefined && <ProgressBar share={training.progress} label={texts.accuracy.progress} />}
        </Notice>
      )}
      {training.state === 'failed' && training.message !== undefined && (
        <Notice kind="danger">{training.message}</Notice>
      )}
    </>
  );
}
