import { largestRequest } from './frames.js';

/** Leaves room for the envelope around the entries. */
const room = largestRequest - 16 * 1024;

/** Cuts a list into runs that each fit one request, of at most so many entries. */
export function* fitting<T>(entries: readonly T[], most: number): Generator<T[]> {
  let run: T[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (run.length > 0 && (run.length === most || bytes + size > room)) {
      yield run;
      run = [];
      bytes = 0;
    }
    run.push(entry);
    bytes += size;
  }
  if (run.length > 0) {
    yield run;
  }
}
