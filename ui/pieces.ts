/** Bytes in one message: in base64 well below what the bridge to the browser carries (about 740 kB). */
const PIECE = 192 * 1024;

/** Reads bytes as base64. */
async function base64Of(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  // In portions: an argument list has its limits.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    bytes[at] = text.charCodeAt(at);
  }
  return bytes;
}

/**
 * Sends a file piece by piece, each after the one before has arrived; a large file is never in memory whole.
 *
 * @returns the last piece's answer
 */
export async function sendPieces<T>(
  file: Blob,
  send: (offset: number, piece: string) => Promise<T>,
  onSent: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<T | undefined> {
  let answer: T | undefined;
  for (let offset = 0; offset < file.size; offset += PIECE) {
    signal?.throwIfAborted();
    answer = await send(offset, await base64Of(file.slice(offset, offset + PIECE)));
    onSent(Math.min(file.size, offset + PIECE));
  }
  return answer;
}

/** Fetches a file piece by piece. */
export async function joinPieces(
  bytes: number,
  fetchPiece: (offset: number) => Promise<{ readonly piece: string; readonly last: boolean }>,
  onReceived: (bytes: number) => void,
): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  while (received < bytes) {
    const { piece, last } = await fetchPiece(received);
    const part = bytesOf(piece);
    pieces.push(part);
    received += part.length;
    onReceived(received);
    if (last || part.length === 0) {
      break;
    }
  }
  return new Blob(pieces, { type: 'application/octet-stream' });
}
