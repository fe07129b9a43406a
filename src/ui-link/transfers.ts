import { randomUUID } from 'node:crypto';
import { UiLinkError } from './protocol.js';
import { largestPiece } from './values.js';

/** Archives under way at once. They are held in memory, so there are few and they end by themselves. */
const mostTransfers = 2;

/** A transfer nobody has touched for so long is dropped. */
const idleMs = 5 * 60_000;

interface Transfer {
  readonly direction: 'in' | 'out';
  readonly connection: string;
  readonly bytes: Buffer;
  received: number;
  timer: NodeJS.Timeout;
}

/** Archives on their way through the link, piece by piece; each belongs to one connection and ends with it. */
export class Transfers {
  private readonly transfers = new Map<string, Transfer>();

  /** @param largest largest archive taken in, in bytes */
  constructor(private readonly largest: number) {}

  /** An archive to be fetched. */
  offer(archive: Uint8Array, connection: string): string {
    const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
    return this.begin({ direction: 'out', bytes, connection, received: bytes.length });
  }

  /** Room for an archive of this size. @throws UiLinkError `too-large` */
  expect(length: number, connection: string): string {
    if (length > this.largest) {
      const megabytes = Math.floor(this.largest / 1024 / 1024);
      throw new UiLinkError('too-large', `The archive was refused: it is larger than ${megabytes} MB.`);
    }
    // Pages are only used once they are written to, so a promise of much costs nothing until it is kept.
    return this.begin({ direction: 'in', bytes: Buffer.alloc(length), connection, received: 0 });
  }

  fetch(transfer: string, offset: number, connection: string): { piece: string; last: boolean } {
    const { bytes } = this.find(transfer, 'out', connection);
    if (offset >= bytes.length) {
      throw new UiLinkError('invalid', 'There is no such piece of the archive.');
    }
    const end = Math.min(bytes.length, offset + largestPiece);
    const last = end === bytes.length;
    const piece = bytes.toString('base64', offset, end);
    if (last) {
      this.end(transfer);
    }
    return { piece, last };
  }

  /** Takes the next piece; pieces come in order. @returns bytes received so far */
  accept(transfer: string, offset: number, piece: string, connection: string): number {
    const { bytes, received } = this.find(transfer, 'in', connection);
    const part = Buffer.from(piece, 'base64');
    if (offset !== received || offset + part.length > bytes.length) {
      throw new UiLinkError('invalid', `The piece does not follow: ${received} of ${bytes.length} bytes are there.`);
    }
    part.copy(bytes, offset);
    return (this.transfers.get(transfer)!.received = received + part.length);
  }

  /** The whole archive; the transfer is over. */
  finish(transfer: string, connection: string): Buffer {
    const { bytes, received } = this.find(transfer, 'in', connection);
    if (received !== bytes.length) {
      throw new UiLinkError('invalid', `The archive is incomplete: ${received} of ${bytes.length} bytes are there.`);
    }
    this.end(transfer);
    return bytes;
  }

  /** Gives a transfer up; nothing happens when it is over already. */
  cancel(transfer: string, connection: string): void {
    if (this.transfers.get(transfer)?.connection === connection) {
      this.end(transfer);
    }
  }

  private end(transfer: string): void {
    clearTimeout(this.transfers.get(transfer)?.timer);
    this.transfers.delete(transfer);
  }

  /** Drops what a connection that is gone has begun. */
  endAllOf(connection: string): void {
    for (const [id, transfer] of this.transfers) {
      if (transfer.connection === connection) {
        this.end(id);
      }
    }
  }

  private begin(transfer: Omit<Transfer, 'timer'>): string {
    if (this.transfers.size >= mostTransfers) {
      throw new UiLinkError('busy', 'Another export or import is under way; try again in a few minutes.');
    }
    const id = randomUUID();
    this.transfers.set(id, { ...transfer, timer: this.expire(id) });
    return id;
  }

  private find(id: string, direction: Transfer['direction'], connection: string): Transfer {
    const transfer = this.transfers.get(id);
    if (transfer?.direction !== direction || transfer.connection !== connection) {
      throw new UiLinkError('not-found', 'This export or import is over; begin it again.');
    }
    clearTimeout(transfer.timer);
    transfer.timer = this.expire(id);
    return transfer;
  }

  private expire(id: string): NodeJS.Timeout {
    return setTimeout(() => this.end(id), idleMs).unref();
  }
}
