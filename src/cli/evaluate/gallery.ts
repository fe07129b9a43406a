import type { Embedding, EncoderDescription, EncoderId, GuestTemplates, Probe } from '../../types.js';
import type { FaceRecord } from './embedding-cache.js';

/** A person with embeddings, as the evaluation enrols them. */
export function guestFrom(name: string, embeddings: readonly Embedding[], encoder: EncoderId): GuestTemplates {
  const { id, version } = encoder;
  return {
    id: name,
    name,
    templates: embeddings.map((embedding, index) => ({
      id: `${name}/${index}`,
      encoder: { id, version },
      embedding,
      quality: 1,
    })),
  };
}

/** A record as a probe; undefined where no face was found. */
export function probeFrom(record: FaceRecord): Probe | undefined {
  return record.embedding === undefined ? undefined : { embedding: record.embedding, quality: record.quality };
}

/** The encoder in the words of a report. */
export function encoderLabel({ id, version }: EncoderDescription): string {
  return `${id} ${version}`;
}
