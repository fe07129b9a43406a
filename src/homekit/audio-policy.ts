/** The two codecs that HomeKit takes for a live view. */
export type AudioCodec = 'aac-eld' | 'opus';

/** What the phone wants of the sound. */
export interface WantedAudio {
  readonly codec: AudioCodec;
  /** Hz */
  readonly sampleRate: number;
  readonly channels: number;
  /** kbit/s */
  readonly bitrate: number;
  /** Sound in one packet, ms. */
  readonly packetMs: number;
  /** RTP payload type. */
  readonly payloadType: number;
}

/**
 * The codec that is offered: AAC-ELD where ffmpeg was built with libfdk_aac, which iOS likes best, else Opus.
 * Undefined when this ffmpeg can do neither: then the live view is silent.
 */
export function chooseAudioCodec(encoders: ReadonlySet<string>): AudioCodec | undefined {
  if (encoders.has('libfdk_aac')) {
    return 'aac-eld';
  }
  return encoders.has('libopus') ? 'opus' : undefined;
}

/** Samples in one packet. AAC-ELD's frames have a fixed size. */
export function samplesInPacket({ codec, sampleRate, packetMs }: WantedAudio): number {
  return codec === 'aac-eld' ? 480 : Math.round((sampleRate * packetMs) / 1000);
}

/** ffmpeg's options from its input to encoded packets in NUT on standard output. */
export function audioOutput(wanted: WantedAudio): string[] {
  const { codec, sampleRate, channels, bitrate, packetMs } = wanted;
  return [
    ...['-map', '0:a:0', '-ac', String(channels), '-ar', String(sampleRate), '-b:a', `${Math.max(8, bitrate)}k`],
    ...['-af', 'aresample=async=1'],
    ...(codec === 'aac-eld'
      ? ['-codec:a', 'libfdk_aac', '-profile:a', 'aac_eld', '-flags', '+global_header']
      : ['-codec:a', 'libopus', '-application', 'lowdelay', '-frame_duration', String(packetMs)]),
    ...['-flush_packets', '1', '-write_index', '0', '-f', 'nut', 'pipe:1'],
  ];
}

/** What goes into an RTP packet: Opus as it is (RFC 7587), AAC behind the head that says its size (RFC 3640). */
export function audioPayload(codec: AudioCodec, encoded: Buffer): Buffer {
  if (codec === 'opus') {
    return encoded;
  }
  const head = Buffer.alloc(4);
  head.writeUInt16BE(16, 0);
  head.writeUInt16BE((encoded.length << 3) & 0xffff, 2);
  return Buffer.concat([head, encoded]);
}

/** The encoded sound in an RTP packet. */
export function audioFrom(codec: AudioCodec, payload: Buffer): Buffer {
  return codec === 'opus' ? payload : payload.subarray(2 + Math.ceil(payload.readUInt16BE(0) / 8));
}

/**
 * What a decoder needs to know beforehand: Opus' identification header (RFC 7845, section 5.1), or the
 * AudioSpecificConfig of AAC-ELD (ISO/IEC 14496-3) with frames of 480 samples.
 */
export function codecHeader(codec: AudioCodec, sampleRate: number, channels: number): Buffer {
  if (codec === 'opus') {
    const head = Buffer.from('OpusHead\x01\x01\0\0\0\0\0\0\0\0\0', 'latin1');
    head[9] = channels;
    head.writeUInt32LE(sampleRate, 12);
    return head;
  }
  const rates = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000];
  // 5 bits: escape; 6: object type 39 - 32; 4: rate; 4: channels; 1: short frames; the rest is off, 4 + 1 bits.
  const bits = (31 << 19) | (7 << 13) | (Math.max(0, rates.indexOf(sampleRate)) << 9) | (channels << 5) | (1 << 4);
  return Buffer.from([(bits >> 16) & 255, (bits >> 8) & 255, bits & 255, 0]);
}
