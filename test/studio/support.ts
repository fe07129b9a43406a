import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import { Studio } from '../../src/studio/studio.js';
import type { UiLinkClient } from '../../src/ui-link/client.js';
import type { Progress } from '../../src/ui-link/protocol.js';
import { recordingLogger } from '../support/recording-logger.js';

/** Converted models are shared by all test files; parallel starts are safe. */
export const cacheFolder = join(packageRoot, '.cache', 'test-models');

/** A studio in a process of its own, as the plugin runs it. */
export function openStudio(idleMs?: number): { studio: Studio; logger: ReturnType<typeof recordingLogger> } {
  const logger = recordingLogger();
  const studio = new Studio({
    settings: { engine: 'onnx', encoder: 'fusion', classifier: 'calibrated', threads: 1, cacheFolder },
    logger,
    ...(idleMs !== undefined && { idleMs }),
  });
  return { studio, logger };
}

/** A folder that the caller removes. */
export function folder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'doorman-studio-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Sends a file as the settings page does. @returns what was said about it */
export async function send(
  client: UiLinkClient,
  enrolment: string,
  file: { name: string; kind: 'photo' | 'video'; bytes: Buffer },
  progress?: (progress: Progress) => void,
): Promise<{ source: string; taken: boolean; reason?: string; quality?: number; picture?: string }[]> {
  const { name, kind, bytes } = file;
  const { file: id } = await client.ask('enrol-file', { enrolment, name, kind, bytes: bytes.length });
  const size = 192 * 1024;
  for (let offset = 0; ; offset += size) {
    const piece = bytes.subarray(offset, offset + size).toString('base64');
    const options = progress === undefined ? {} : { progress };
    const { received, results } = await client.ask('enrol-piece', { enrolment, file: id, offset, piece }, options);
    if (received === bytes.length) {
      return results ?? [];
    }
  }
}
