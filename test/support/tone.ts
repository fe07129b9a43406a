/** G.711 A-law (ITU-T G.711) of one sample, 16 bits. */
export function aLaw(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  const magnitude = Math.min(32_767, Math.abs(sample)) >> 3;
  const exponent = magnitude < 32 ? 0 : Math.floor(Math.log2(magnitude)) - 4;
  const mantissa = exponent === 0 ? magnitude >> 1 : (magnitude >> exponent) & 0x0f;
  return (sign | (exponent === 0 ? mantissa & 0x1f : (exponent << 4) | mantissa)) ^ 0x55;
}

/** Some samples of a tone at 8 kHz, from the `from`th on. */
export function aLawTone(hertz: number, from: number, samples: number): Buffer {
  return Buffer.from(
    Array.from({ length: samples }, (_, at) =>
      aLaw(Math.round(10_000 * Math.sin((2 * Math.PI * hertz * (from + at)) / 8000))),
    ),
  );
}

/** The frequency of a tone, Hz, from how often it crosses zero. */
export function pitch(samples: Int16Array, sampleRate: number): number {
  let crossings = 0;
  for (let at = 1; at < samples.length; at++) {
    crossings += samples[at - 1]! < 0 && samples[at]! >= 0 ? 1 : 0;
  }
  return crossings / (samples.length / sampleRate);
}
