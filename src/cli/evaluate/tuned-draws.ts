import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TunedReport } from './tuned.js';

/**
 * What tuning made of the protocol's draws, on disk, one line of JSON each: a draw takes minutes, and an evaluation that
 * is stopped goes on with the draw it was at. A line that was cut short is passed over.
 */
export class TunedDraws {
  private constructor(
    private readonly file: string,
    private readonly reports: Map<string, TunedReport>,
  ) {}

  static async open(cache: string): Promise<TunedDraws> {
    const file = join(cache, 'evaluate', 'protocol-tuned.jsonl');
    await mkdir(dirname(file), { recursive: true });
    const reports = new Map<string, TunedReport>();
    for (const line of (await readFile(file, 'utf8').catch(() => '')).split('\n')) {
      try {
        const { key, report } = JSON.parse(line) as { key: string; report: TunedReport };
        reports.set(key, report);
      } catch {
        // Empty, or cut short by a crash.
      }
    }
    return new TunedDraws(file, reports);
  }

  /** The report of a draw, made by `tune` unless it is there. `facts` is everything that it depends on. */
  async of(facts: unknown, tune: () => Promise<TunedReport>): Promise<TunedReport> {
    const key = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 24);
    const known = this.reports.get(key);
    if (known !== undefined) {
      return known;
    }
    const report = await tune();
    // The newline comes first, so that a line cut short does not spoil the next.
    await appendFile(this.file, `\n${JSON.stringify({ key, report })}`);
    return report;
  }
}
