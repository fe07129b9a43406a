import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entrance } from './entrance.js';
import type { GuestBook } from './guestbook/book.js';
import { packageRoot } from './package-root.js';
import type { Answer, PluginHandlers } from './ui-link/protocol.js';

export interface PluginHandlersOptions {
  readonly book: GuestBook | undefined;
  /** Why the guest book cannot be used, in words. */
  readonly bookFault: string | undefined;
  readonly entrances: readonly Entrance[];
}

/** What the settings page asks of the running plugin beside the guest book. */
export function pluginHandlers({
  book,
  bookFault,
  entrances,
}: PluginHandlersOptions): Pick<PluginHandlers, 'status' | 'doorbells'> {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  return {
    status: () =>
      Promise.resolve({
        version,
        ...(bookFault !== undefined && { bookFault }),
        readOnly: book?.readOnly ?? true,
        guests: book?.guests().length ?? 0,
        doorbells: entrances.map(describe),
        training: { state: 'idle' as const },
      }),
    doorbells: () => Promise.resolve({ doorbells: entrances.map(describe) }),
  };
}

function describe({ name, health, ready, offlineReason }: Entrance): Answer<'doorbells'>['doorbells'][number] {
  return {
    name,
    ...health,
    online: health?.online ?? false,
    ...(offlineReason !== undefined && { reason: offlineReason }),
    ...(ready !== undefined && { engine: ready.engine }),
  };
}
