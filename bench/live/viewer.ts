import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { LiveSession } from '../../src/homekit/live-session.js';
import type { Ffmpeg } from '../../src/video/ffmpeg.js';
import type { SharedCamera } from '../../src/video/shared-camera.js';
import { quiet } from '../pipeline/household.js';

const REPORT_MS = 500;

/** A phone in this process that watches the camera's own stream and looks at nothing. */
export class Viewer {
  private constructor(
    private readonly session: LiveSession,
    private readonly phone: Socket,
    private readonly reports: NodeJS.Timeout,
  ) {}

  static async watch(camera: SharedCamera, ffmpeg: Ffmpeg): Promise<Viewer> {
    const onEnd = (reason: string): void => quiet.error(`the live view ended: ${reason}`);
    const session = await LiveSession.open({ name: 'viewer', logger: quiet, onEnd }, false);
    const phone = createSocket('udp4');
    phone.bind(0, '127.0.0.1');
    await once(phone, 'listening');
    session.play(
      { camera, ffmpeg, configured: 'copy', encoder: undefined },
      { address: '127.0.0.1', port: phone.address().port, keyAndSalt: randomBytes(30), ssrc: 1 },
      {
        ...{ width: 1920, height: 1080, fps: 30, max_bit_rate: 4000, profile: 2, level: 2 },
        ...{ pt: 99, mtu: 1378, rtcp_interval: 0.5 },
      },
    );
    const reports = setInterval(() => phone.send('report', session.port, '127.0.0.1'), REPORT_MS);
    return new Viewer(session, phone, reports);
  }

  stop(): void {
    clearInterval(this.reports);
    this.session.stop();
    this.phone.close();
  }
}
