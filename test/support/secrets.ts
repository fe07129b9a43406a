/** What may stand in no log of this test file, in every way in which it is written. */
const secrets = new Set<string>();
/** Every line that anything told in this test file. */
const told: string[] = [];

/** From now on this may stand in no log; too short to be a secret is what stands in logs by chance. */
export function keepSecret(secret: string): void {
  [secret, encodeURIComponent(secret)].filter(({ length }) => length >= 6).forEach((form) => secrets.add(form));
}

/** A line of a log: of a logger, of Homebridge. */
export function noteLine(line: string): void {
  told.push(line);
}

/** The lines that tell a secret. */
export function telltales(): string[] {
  return told.filter((line) => [...secrets].some((secret) => line.includes(secret)));
}
