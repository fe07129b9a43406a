/** What a caller may want to decide on. */
export type GuestBookFault =
  | 'closed'
  | 'consent-missing'
  | 'damaged'
  | 'folder-full'
  | 'folder-unusable'
  | 'guest-unknown'
  | 'invalid'
  | 'key-lost'
  | 'key-unusable'
  | 'locked'
  | 'name-taken'
  | 'newer-version'
  | 'not-found'
  | 'read-only'
  | 'wrong-encoder'
  | 'wrong-passphrase';

/** A refusal by the guest book: the message is one sentence for the user (what, where, what to do). */
export class GuestBookError extends Error {
  override readonly name = 'GuestBookError';

  constructor(
    readonly fault: GuestBookFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Node's error code (`ENOSPC`, `EROFS` …) of anything thrown. */
export function errorCode(error: unknown): string | undefined {
  return hasField(error, 'code') && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether the file system threw it (and not our own code). */
export function isFileError(error: unknown): boolean {
  return hasField(error, 'syscall');
}

/** Node's own errors come from another realm in some surroundings, so `instanceof Error` says nothing of them. */
function hasField<K extends string>(error: unknown, field: K): error is Record<K, unknown> {
  return typeof error === 'object' && error !== null && field in error;
}

/** Turns what the file system threw while writing into a sentence that says what to do. */
export function describeWriteFailure(error: unknown, folder: string): GuestBookError {
  if (error instanceof GuestBookError) {
    return error;
  }
  const code = errorCode(error);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new GuestBookError(
        'folder-full',
        `The guest book in ${folder} could not be saved: the disk is full. Nothing was lost; make room and try again.`,
        { cause: error },
      );
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new GuestBookError(
        'read-only',
        `The guest book in ${folder} could not be saved: the folder cannot be written to. ` +
          'Give the user that runs Homebridge the right to write there.',
        { cause: error },
      );
    default:
      return new GuestBookError(
        'folder-unusable',
        `The guest book in ${folder} could not be saved (${code ?? String(error)}). The state before is kept.`,
        { cause: error },
      );
  }
}
