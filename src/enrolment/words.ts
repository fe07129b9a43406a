import type { FaceObservation, QualityFault } from '../types.js';
import { enrolmentFaults } from '../vision/face/quality.js';

const words: Record<QualityFault, string> = {
  'too-small': 'the face is too small',
  blurred: 'the face is blurred',
  'too-dark': 'the face is too dark',
  'too-bright': 'the face is too bright',
  'low-contrast': 'the face has too little contrast',
  'turned-away': 'the face is turned away',
  'cut-off': 'the face is cut off by the picture’s edge',
  uncertain: 'it is not clear that this is a face',
};

/** Why a face is not enrolled, as one phrase; for example `the face is too small (38 px wide)`. */
export function describeFaults(face: FaceObservation): string {
  return enrolmentFaults(face.quality)
    .map((fault) =>
      fault === 'too-small' ? `${words[fault]} (${Math.round(face.quality.size)} px wide)` : words[fault],
    )
    .join(', ');
}
