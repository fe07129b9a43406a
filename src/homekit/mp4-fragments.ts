/** What a recording is made of: first `ftyp` and `moov`, then one `moof` with its `mdat` after the other. */
export interface Mp4Piece {
  readonly kind: 'initialization' | 'fragment';
  readonly bytes: Buffer;
}

/** No box of a camera's recording is larger; more is not MP4. */
const LARGEST_BOX = 256 * 1024 * 1024;

/** Cuts a fragmented MP4 (ISO/IEC 14496-12) that comes in pieces of any size at its boxes. */
export class Mp4Fragments {
  private waiting: Buffer[] = [];
  private length = 0;
  /** Whole boxes of the piece that is being put together. */
  private boxes: Buffer[] = [];

  /** Takes what has come and returns what is whole. @throws when it is not MP4 */
  push(chunk: Buffer): Mp4Piece[] {
    this.waiting.push(chunk);
    this.length += chunk.length;
    const pieces: Mp4Piece[] = [];
    for (let size = this.nextSize(); size !== undefined && this.length >= size; size = this.nextSize()) {
      const box = this.take(size);
      const type = box.toString('latin1', 4, 8);
      if (type === 'mfra') {
        continue; // An index at the very end, for files.
      }
      this.boxes.push(box);
      if (type === 'moov' || type === 'mdat') {
        pieces.push({ kind: type === 'moov' ? 'initialization' : 'fragment', bytes: Buffer.concat(this.boxes) });
        this.boxes = [];
      }
    }
    return pieces;
  }

  /** Bytes of the next box, or undefined while its head is not there. */
  private nextSize(): number | undefined {
    if (this.length < 8) {
      return undefined;
    }
    const short = this.head(4).readUInt32BE();
    if (short === 1 && this.length < 16) {
      return undefined;
    }
    const size = short === 1 ? Number(this.head(16).readBigUInt64BE(8)) : short;
    if (size < 8 || size > LARGEST_BOX) {
      throw new Error('ffmpeg did not write MP4.');
    }
    return size;
  }

  private head(bytes: number): Buffer {
    if (this.waiting[0]!.length < bytes) {
      this.waiting = [Buffer.concat(this.waiting)];
    }
    return this.waiting[0]!;
  }

  private take(size: number): Buffer {
    const all = this.waiting.length === 1 ? this.waiting[0]! : Buffer.concat(this.waiting);
    this.waiting = [all.subarray(size)];
    this.length = all.length - size;
    return all.subarray(0, size);
  }
}
