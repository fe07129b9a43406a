import { ms, type Row } from '../report.js';
import type { LiveFigures, Starts } from './sessions.js';

const spread = ({ count, median, percentile95 }: Starts): string => `${ms(median)}, ${ms(percentile95)} (${count})`;

export function liveRows(figures: LiveFigures): Row[] {
  const { sessions, vanished, decodable, copied, encoded, left, connections, snapshots, visits, dead } = figures;
  return [
    ['live views, of them ended by vanishing', `${sessions}, ${vanished}`],
    ['decodable, sealed rightly, in the right size', `${decodable} of ${sessions}`, String(sessions)],
    ['asking to first whole picture, copied: median, 95th percentile', spread(copied)],
    ['asking to first whole picture, encoded: median, 95th percentile', spread(encoded)],
    [
      'left over: ffmpeg processes, file descriptors, busy services',
      `${left.processes}, ${left.descriptors}, ${left.busy}`,
      '0, 0, 0',
    ],
    ['RTSP connections at the camera from beginning to end', String(connections), '1'],
    [`snapshots during live views and ${visits} visits: median, 95th percentile`, spread(snapshots)],
    ['longest snapshot', ms(snapshots.longest), '< 5000 ms'],
    ['snapshots of a dead camera: median, 95th percentile', spread(dead)],
    ['longest of them', ms(dead.longest), '< 5000 ms'],
  ];
}
