import type { GuestBook } from '../guestbook/book.js';
import { tuningReport } from '../ui-link/plugin-messages.js';
import { UiLinkError, type PluginHandlers } from '../ui-link/protocol.js';
import type { Training } from './training.js';
import type { HouseholdTuning } from './tuning.js';
import { reasonOf } from './words.js';

type TuningPart = 'tune' | 'tune-cancel' | 'tune-state' | 'tune-back';

/** What the settings page and the command may ask of tuning. */
export function tuningHandlers(
  book: GuestBook,
  tuning: HouseholdTuning,
  training: Training,
): Pick<PluginHandlers, TuningPart> {
  return {
    tune: async (asked, call) => {
      try {
        return tuningReport.parse(await tuning.run(asked, (progress) => call.progress(progress)));
      } catch (error) {
        throw error instanceof UiLinkError ? error : new UiLinkError('failed', reasonOf(error));
      }
    },
    'tune-cancel': () => Promise.resolve({ cancelled: tuning.cancel() }),
    'tune-state': async () => {
      const report = tuningReport.safeParse(await book.tuningReport()).data;
      return { tuning: tuning.state, inForce: book.tunedEncoder() !== undefined, ...(report && { report }) };
    },
    'tune-back': async () => {
      const steppedBack = await book.stepBackEncoder();
      if (steppedBack) {
        // Faces that were enrolled meanwhile are the tuned encoder's; they are encoded again in the background.
        void training.run().catch(() => undefined);
      }
      return { steppedBack };
    },
  };
}
