/** A doorbell's name as it stands in an address or a topic: `Front Door` is `front-door`. */
export function slug(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}

/**
 * The doorbell that a name in an address, a topic or a message means.
 *
 * @param asked a name or its slug; empty for the only doorbell, or the first
 * @returns its name as configured, or undefined when there is none of that name
 */
export function whichDoorbell(asked: string, doorbells: readonly string[]): string | undefined {
  return asked.trim() === '' ? doorbells[0] : doorbells.find((name) => slug(name) === slug(asked));
}
