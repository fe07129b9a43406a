import type { MediaPacket } from './packets.js';

/** So many bytes at most; a camera of 16 Mbit/s fills them in sixteen seconds. */
const MAX_BYTES = 32 * 1024 * 1024;

/** A step of the stream's time beyond this, s, is a jump: what came before is no past of what follows. */
const JUMP_S = 10;

/** The newest packets of a camera, from a key frame on: a prebuffer by time, bounded in bytes. */
export class PacketRing {
  private packets: MediaPacket[] = [];
  private bytes = 0;
  private newest = 0;

  constructor(private readonly maxBytes = MAX_BYTES) {}

  /** @param keepMs how much of the past is wanted beyond the newest key frame */
  push(packet: MediaPacket, keepMs: number): void {
    if (this.packets.length > 0 && Math.abs(packet.time - this.newest) > JUMP_S) {
      this.clear();
    }
    const beginsGroup = packet.kind === 'video' && packet.isKey;
    if (this.packets.length === 0 && !beginsGroup) {
      return;
    }
    this.packets.push(packet);
    this.bytes += packet.data.length;
    this.newest = packet.kind === 'video' ? packet.time : Math.max(this.newest, packet.time);
    if (beginsGroup) {
      this.dropBefore(this.indexFor(keepMs));
    }
    while (this.bytes > this.maxBytes) {
      this.dropBefore(this.nextKey(1));
    }
  }

  /** From the newest key frame that is at least `prebufferMs` old, or the oldest there is. */
  since(prebufferMs: number): readonly MediaPacket[] {
    return this.packets.slice(this.indexFor(prebufferMs));
  }

  clear(): void {
    this.packets = [];
    this.bytes = 0;
  }

  private indexFor(ms: number): number {
    const limit = this.newest - ms / 1000;
    for (let index = this.packets.length - 1; index > 0; index--) {
      const { kind, isKey, time } = this.packets[index]!;
      if (kind === 'video' && isKey && time <= limit) {
        return index;
      }
    }
    return 0;
  }

  private nextKey(from: number): number {
    const index = this.packets.findIndex(({ kind, isKey }, at) => at >= from && kind === 'video' && isKey);
    return index < 0 ? this.packets.length : index;
  }

  private dropBefore(index: number): void {
    for (const { data } of this.packets.splice(0, index)) {
      this.bytes -= data.length;
    }
  }
}
