import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { ActionButton, Field, Notice, ProgressBar } from '../components/basic.js';
import { ask, Fault, type Answer } from '../link.js';
import { joinPieces, sendPieces } from '../pieces.js';
import { texts } from '../texts.js';

const words = texts.privacy;
const SHORTEST_PASSPHRASE = 12;
/** Deriving the key from a passphrase is slow on purpose. */
const PATIENCE_MS = 120_000;

/** Export and import of the guest book. */
export function Transfer({ onImported }: { onImported: () => void }): JSX.Element {
  return (
    <div class="doorman-cards mb-3">
      <Export />
      <Import onImported={onImported} />
    </div>
  );
}

function Export(): JSX.Element {
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const [share, setShare] = useState<number>();
  const [ready, setReady] = useState<{ href: string; bytes: number }>();
  const run = async (): Promise<void> => {
    setReady(undefined);
    if (passphrase.length < SHORTEST_PASSPHRASE) {
      throw new Fault('invalid', words.passphraseShort);
    }
    if (passphrase !== again) {
      throw new Fault('invalid', words.passphraseDiffers);
    }
    try {
      setShare(0);
      const { transfer, bytes } = await ask('export-start', { passphrase }, { patience: PATIENCE_MS });
      const archive = await joinPieces(
        bytes,
        (offset) => ask('export-piece', { transfer, offset }),
        (received) => setShare(received / bytes),
      );
      setReady({ href: URL.createObjectURL(archive), bytes });
      setPassphrase('');
      setAgain('');
    } finally {
      setShare(undefined);
    }
  };
  return (
    <section class="card card-body">
      <h2 class="h5">{words.export}</h2>
      <p>{words.exportHint}</p>
      <Field
        label={words.passphrase}
        type="password"
        autocomplete="new-password"
        value={passphrase}
        onValue={setPassphrase}
      />
      <Field
        label={words.passphraseAgain}
        type="password"
        autocomplete="new-password"
        value={again}
        onValue={setAgain}
      />
      {share !== undefined && <ProgressBar share={share} label={words.export} />}
      {ready === undefined ? (
        <div>
          <ActionButton label={words.exportGo} act={run} />
        </div>
      ) : (
        <Notice kind="success">
          <p>{words.exported(texts.common.bytes(ready.bytes))}</p>
          <a
            class="btn btn-primary"
            href={ready.href}
            download={`doorman-${new Date().toISOString().slice(0, 10)}.doorman`}
          >
            {words.download}
          </a>
        </Notice>
      )}
    </section>
  );
}

function Import({ onImported }: { onImported: () => void }): JSX.Element {
  const id = useId();
  const [file, setFile] = useState<File>();
  const [passphrase, setPassphrase] = useState('');
  const [share, setShare] = useState<number>();
  const [report, setReport] = useState<Answer<'import-finish'>>();
  const run = async (): Promise<void> => {
    setReport(undefined);
    if (file === undefined || file.size === 0) {
      throw new Fault('invalid', words.archiveMissing);
    }
    try {
      setShare(0);
      const { transfer } = await ask('import-start', { bytes: file.size });
      await sendPieces(
        file,
        (offset, piece) => ask('import-piece', { transfer, offset, piece }),
        (sent) => setShare(sent / file.size),
      );
      setReport(await ask('import-finish', { transfer, passphrase, mode: 'merge' }, { patience: PATIENCE_MS }));
      onImported();
    } finally {
      setShare(undefined);
    }
  };
  return (
    <section class="card card-body">
      <h2 class="h5">{words.import}</h2>
      <p>{words.importHint}</p>
      <div class="mb-3">
        <label class="form-label" for={id}>
          {words.archive}
        </label>
        <input id={id} class="form-control" type="file" onChange={(event) => setFile(event.currentTarget.files?.[0])} />
      </div>
      <Field
        label={words.passphrase}
        type="password"
        autocomplete="current-password"
        value={passphrase}
        onValue={setPassphrase}
      />
      {share !== undefined && <ProgressBar share={share} label={words.import} />}
      <div>
        <ActionButton label={words.importGo} act={run} />
      </div>
      {report !== undefined && (
        <div class="mt-3">
          <Notice kind={report.refused.length === 0 ? 'success' : 'warning'}>
            {words.imported(report.guestsAdded, report.guestsMerged, report.templates)}
            {report.refused.length > 0 && (
              <ul class="mb-0">
                {report.refused.map((refusal) => (
                  <li key={refusal}>{refusal}</li>
                ))}
              </ul>
            )}
          </Notice>
        </div>
      )}
    </section>
  );
}
