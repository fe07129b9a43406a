/** Reads NUT's numbers from the bytes at hand; `starved()` says that there were too few. */
export class NutCursor {
  private short = false;

  constructor(
    private readonly source: Uint8Array,
    public position = 0,
  ) {}

  /** Whether more was asked for than there is. */
  starved(): boolean {
    return this.short;
  }

  byte(): number {
    const value = this.source[this.position++];
    this.short ||= value === undefined;
    return value ?? 0;
  }

  uint32(): number {
    return this.byte() * 0x1000000 + (this.byte() << 16) + (this.byte() << 8) + this.byte();
  }

  /** The specification's `v`: seven bits a byte, most significant first. */
  unsigned(): number {
    let value = 0;
    for (;;) {
      const byte = this.byte();
      value = value * 128 + (byte & 0x7f);
      if ((byte & 0x80) === 0) {
        return value;
      }
    }
  }

  /** The specification's `s`. */
  signed(): number {
    const value = this.unsigned() + 1;
    return value % 2 === 1 ? -Math.floor(value / 2) : value / 2;
  }

  skip(count: number): void {
    this.position += count;
    this.short ||= this.position > this.source.length;
  }

  /** A copy of the next bytes. */
  bytes(length: number): Uint8Array {
    const start = this.position;
    this.skip(length);
    return this.source.slice(start, start + length);
  }

  text(length: number): string {
    const start = this.position;
    this.skip(length);
    return String.fromCharCode(...this.source.subarray(start, start + length));
  }
}
