import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `condition` holds; fails with its name when it does not in time. */
export async function until(what: string, condition: () => boolean, withinMs = 15_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > deadline) {
      throw new Error(`It did not happen within ${withinMs} ms: ${what}.`);
    }
    await delay(20);
  }
}
