import type { EncoderId, FaceEvidence } from '../types.js';
import { UiLinkError, type Progress } from '../ui-link/protocol.js';
import type { LiveEnrolment } from '../worker/messages.js';
import { resultOf } from './result.js';

/** A doorbell as a live enrolment sees it. */
export interface LiveDoorbell {
  readonly name: string;
  readonly health: { readonly online: boolean } | undefined;
  readonly ready: { readonly encoder: EncoderId } | undefined;
  /** Guides whoever stands there until enough is covered, it takes too long, or the signal says so. */
  enrol(signal: AbortSignal, tell: (step: LiveEnrolment) => void): Promise<void>;
}

/**
 * Enrols whoever stands before a doorbell. Resolves when enough is covered or nothing more comes.
 *
 * @param tell gets what to show, and a face with the encoder that encoded it whenever one was taken
 * @throws UiLinkError `failed` when the doorbell cannot see, or stops doing so
 */
export async function enrolAtDoorbell(
  doorbell: LiveDoorbell,
  signal: AbortSignal,
  tell: (progress: Progress, evidence: FaceEvidence | undefined, encoder: EncoderId) => void,
): Promise<void> {
  const { name, health, ready } = doorbell;
  if (ready === undefined || health?.online === false) {
    throw new UiLinkError('failed', `${name} shows no picture now; see the page "Doorbells" for the reason.`);
  }
  const { encoder } = ready;
  let looks = 0;
  let telling = Promise.resolve();
  await doorbell.enrol(signal, (step) => {
    // Pictures are made small one after the other, so that what is told keeps its order.
    telling = telling.then(async () => {
      const { guidance, coverage, picture, taken, refused } = step;
      const look =
        taken === undefined && refused === undefined
          ? undefined
          : await resultOf({ source: `look ${++looks}`, ...(taken && { taken }), ...(refused && { refused }) });
      tell(
        {
          done: coverage.filter(({ covered }) => covered).length,
          total: coverage.length,
          guidance,
          coverage: coverage.map((part) => ({ ...part })),
          ...(picture && { picture: Buffer.from(picture).toString('base64') }),
          ...(look && { result: look }),
        },
        taken,
        encoder,
      );
    });
  });
  await telling;
}
