/** What becomes of a webhook's delivery after an attempt. */
export type DeliveryVerdict =
  | { readonly kind: 'delivered' }
  /** The receiver does not want this one, and will not want it later. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'again'; readonly why: string; readonly afterMs: number };

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Judges one attempt. A receiver that is away, overloaded or broken is tried again, each time after a longer pause;
 * a redirection is not followed, since the house's news would go where nobody sent them.
 *
 * @param status the HTTP status, or undefined when there was no answer
 * @param attempts how many there were, this one included
 * @param retryAfter the header, if there was one: seconds
 */
export function judgeDelivery(
  status: number | undefined,
  attempts: number,
  { why = '', retryAfter }: { readonly why?: string; readonly retryAfter?: string | null } = {},
): DeliveryVerdict {
  if (status !== undefined && status >= 200 && status < 300) {
    return { kind: 'delivered' };
  }
  const passing = status === undefined || status >= 500 || [408, 425, 429].includes(status);
  if (!passing) {
    return { kind: 'refused', why: status < 400 ? `it points elsewhere (${status})` : `it answers ${status}` };
  }
  const doubled = FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 10);
  const asked = Number(retryAfter ?? 0) * 1000;
  const afterMs = Math.min(LONGEST_PAUSE_MS, Math.max(doubled, Number.isFinite(asked) ? asked : 0));
  return { kind: 'again', why: status === undefined ? why : `it answers ${status}`, afterMs };
}
