import type { MessagePort } from 'node:worker_threads';
import type { CameraFault } from './camera-fault.js';
import type { CameraStreams, MediaPacket, PacketListener, PacketSource, SubscribeOptions } from './packets.js';

/** From the listener's thread to the camera's. Subscriptions are numbered, since answers to an old one may be under way. */
type ToCamera =
  | { readonly type: 'subscribe'; readonly id: number; readonly options: SubscribeOptions }
  | { readonly type: 'unsubscribe'; readonly id: number }
  | { readonly type: 'taken'; readonly id: number; readonly bytes: number };

type FromCamera = { readonly id: number } & (
  | { readonly type: 'connected'; readonly streams: CameraStreams; readonly backlog: readonly MediaPacket[] }
  | { readonly type: 'packet'; readonly packet: MediaPacket }
  | { readonly type: 'lost'; readonly fault: CameraFault }
);

/** A thread that is busy for longer than it takes to fill this gets nothing more until the next key frame. */
const MAX_UNDER_WAY = 8 * 1024 * 1024;

/** Lets another thread listen to a camera through `port`, until that thread ends. */
export function serveCamera(source: PacketSource, port: MessagePort): void {
  const subscriptions = new Map<number, Subscription>();
  port.on('message', (message: ToCamera) => {
    switch (message.type) {
      case 'subscribe':
        subscriptions.set(message.id, new Subscription(message.id, source, port, message.options));
        break;
      case 'unsubscribe':
        subscriptions.get(message.id)?.end();
        subscriptions.delete(message.id);
        break;
      case 'taken':
        subscriptions.get(message.id)?.taken(message.bytes);
        break;
    }
  });
  port.on('close', () => subscriptions.forEach((subscription) => subscription.end()));
}

class Subscription implements PacketListener {
  private underWay = 0;
  private skipping = false;
  private readonly unsubscribe: () => void;

  constructor(
    private readonly id: number,
    source: PacketSource,
    private readonly port: MessagePort,
    options: SubscribeOptions,
  ) {
    this.unsubscribe = source.subscribe(this, options);
  }

  connected(streams: CameraStreams, backlog: readonly MediaPacket[]): void {
    this.underWay += backlog.reduce((sum, { data }) => sum + data.length, 0);
    this.post({ type: 'connected', id: this.id, streams, backlog });
  }

  packet(packet: MediaPacket): void {
    const isFull = this.underWay > MAX_UNDER_WAY;
    this.skipping = isFull || (this.skipping && !(packet.kind === 'video' && packet.isKey));
    if (!this.skipping) {
      this.underWay += packet.data.length;
      this.post({ type: 'packet', id: this.id, packet });
    }
  }

  lost(fault: CameraFault): void {
    this.post({ type: 'lost', id: this.id, fault });
  }

  taken(bytes: number): void {
    this.underWay -= bytes;
  }

  end(): void {
    this.unsubscribe();
  }

  private post(message: FromCamera): void {
    this.port.postMessage(message);
  }
}

/** The other end: a camera whose connection another thread holds. */
export class PortCamera implements PacketSource {
  private readonly listeners = new Map<number, PacketListener>();
  private last = 0;

  constructor(private readonly port: MessagePort) {
    port.on('message', (message: FromCamera) => this.receive(message));
  }

  subscribe(listener: PacketListener, options: SubscribeOptions = {}): () => void {
    const id = ++this.last;
    this.listeners.set(id, listener);
    this.post({ type: 'subscribe', id, options });
    return () => {
      this.listeners.delete(id);
      this.post({ type: 'unsubscribe', id });
    };
  }

  /** Lets the thread end. */
  close(): void {
    this.port.close();
  }

  private receive(message: FromCamera): void {
    const { id } = message;
    const listener = this.listeners.get(id);
    switch (message.type) {
      case 'connected':
        this.post({ type: 'taken', id, bytes: message.backlog.reduce((sum, { data }) => sum + data.length, 0) });
        listener?.connected(message.streams, message.backlog);
        break;
      case 'packet':
        this.post({ type: 'taken', id, bytes: message.packet.data.length });
        listener?.packet(message.packet);
        break;
      case 'lost':
        listener?.lost(message.fault);
        break;
    }
  }

  private post(message: ToCamera): void {
    this.port.postMessage(message);
  }
}
