import type { Socket } from 'node:dgram';
import { audioPayload, samplesInPacket, type WantedAudio } from './audio-policy.js';
import { RtpStream, type SrtpTarget } from './rtp-stream.js';

const REPORT_MS = 2000;

/** Sends one stream of encoded sound to a phone as SRTP, with the sender reports it owes. Time is in samples. */
export class AudioSender {
  private readonly stream: RtpStream;
  private readonly reports: NodeJS.Timeout;
  private readonly startedAt = performance.now();
  private next = 0;
  private stopped = false;

  constructor(
    socket: Socket,
    target: SrtpTarget,
    private readonly wanted: WantedAudio,
  ) {
    this.stream = new RtpStream(socket, target, wanted.payloadType);
    this.reports = setInterval(() => this.report(), REPORT_MS);
  }

  /** Sends one encoded frame: `packetMs` of sound. */
  send(encoded: Buffer): void {
    if (this.stopped) {
      return;
    }
    const now = this.samplesNow();
    // After a pause the time goes on where it is, not where it was.
    const time = Math.abs(now - this.next) > this.wanted.sampleRate ? now : this.next;
    this.next = time + samplesInPacket(this.wanted);
    const payload = audioPayload(this.wanted.codec, encoded);
    this.stream.send(this.stream.packet(payload, this.stream.firstTimestamp + time, this.stream.isFresh));
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.reports);
  }

  private report(): void {
    if (!this.stream.isFresh) {
      this.stream.report(this.stream.firstTimestamp + this.samplesNow());
    }
  }

  private samplesNow(): number {
    return Math.round(((performance.now() - this.startedAt) * this.wanted.sampleRate) / 1000);
  }
}
