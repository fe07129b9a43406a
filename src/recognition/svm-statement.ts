import type { Candidate, Identification } from '../types.js';
import { meansOf, type SvmState } from './svm-state.js';

/** The statement *unknown* with the candidates it was made from. */
export function notNamed(frames: number, ranked: readonly Candidate[], reasons: readonly string[]): Identification {
  const [best, second] = ranked;
  return { ...(best && { best }), ...(second && { second }), confidence: 0.5, frames, reasons };
}

/** The state in which a guest is never named again; labels of the others stay what they were trained with. */
export function withoutGuest(state: SvmState, guestId: string): SvmState {
  const labels = state.labels ?? state.guests.map((_, index) => index);
  const kept = state.guests.flatMap((guest, index) => (guest.id === guestId ? [] : [index]));
  const guests = kept.map((index) => state.guests[index]!);
  return {
    ...state,
    guests,
    means: meansOf(guests),
    labels: kept.map((index) => labels[index]!),
    tau: new Map([...state.tau].filter(([id]) => id !== guestId)),
    lookAlikes: state.lookAlikes.filter(({ first, second }) => first.id !== guestId && second.id !== guestId),
  };
}
