/** A camera's whole pictures and its glances. */
const SIZES = 2;

/** Buffers for pictures, used again and again, so that a running camera allocates nothing. */
export class FramePool {
  /** Weak: a buffer that was being filled when its decoder died is simply forgotten. */
  private readonly uses = new WeakMap<Uint8Array, number>();
  /** Free buffers by their size, the size asked for last at the end. */
  private readonly free = new Map<number, Uint8Array[]>();

  /** A buffer of `size` bytes with undefined content, held once by the caller. */
  acquire(size: number): Uint8Array {
    const free = this.free.get(size) ?? [];
    this.free.delete(size);
    this.free.set(size, free);
    const [oldest] = this.free.keys();
    if (this.free.size > SIZES && oldest !== undefined) {
      this.free.delete(oldest);
    }
    const buffer = free.pop() ?? new Uint8Array(size);
    this.uses.set(buffer, 1);
    return buffer;
  }

  retain(buffer: Uint8Array): void {
    this.uses.set(buffer, (this.uses.get(buffer) ?? 0) + 1);
  }

  /** The last one to release a buffer gives it back. */
  release(buffer: Uint8Array): void {
    const uses = this.uses.get(buffer);
    if (uses === undefined) {
      return;
    }
    if (uses > 1) {
      this.uses.set(buffer, uses - 1);
    } else {
      this.uses.delete(buffer);
      this.free.get(buffer.length)?.push(buffer);
    }
  }
}
