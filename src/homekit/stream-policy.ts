import { levelName, profileName } from './hap-values.js';

/** What this room needs to know of the ffmpeg found; `Ffmpeg` of the video room is one. */
export interface StreamingFfmpeg {
  readonly path: string;
  readonly encoders: ReadonlySet<string>;
  /** The option that bounds RTSP's waiting, without its dash: `stimeout` before ffmpeg 5, then `timeout`. */
  readonly rtspTimeoutOption: string;
}

/** The camera's stream as it is to be opened. */
export interface CameraStream {
  /** May hold the camera's password: for ffmpeg only, never for a log. */
  readonly url: string;
  readonly transport: 'tcp' | 'udp' | 'auto';
  /** `auto`, `copy`, or the name of one of ffmpeg's H.264 encoders. */
  readonly encoder?: string;
}

/** Where one session's packets go, and the keys they are sealed with. */
export interface SrtpTarget {
  readonly address: string;
  readonly port: number;
  /** Master key and salt, 30 bytes. */
  readonly keyAndSalt: Buffer;
  readonly ssrc: number;
}

/** What is wanted of the picture: the part of HomeKit's `VideoInfo` that ffmpeg is told. */
export interface WantedVideo {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** kbit/s */
  readonly max_bit_rate: number;
  /** RTP payload type */
  readonly pt: number;
  /** The largest packet in bytes. */
  readonly mtu: number;
  /** HomeKit's numbers: 0 baseline, 1 main, 2 high; 0 … 2 for the levels 3.1, 3.2, 4.0. */
  readonly profile: number;
  readonly level: number;
}

/**
 * Sizes offered to HomeKit, with the greatest frame rate. 320×240 at 15 is what the Watch asks for; the rest are
 * the sizes that Apple's accessories certification wants of a camera.
 */
export const RESOLUTIONS: readonly (readonly [width: number, height: number, fps: number])[] = [
  [320, 180, 30],
  [320, 240, 15],
  [320, 240, 30],
  [480, 270, 30],
  [480, 360, 30],
  [640, 360, 30],
  [640, 480, 30],
  [1280, 720, 30],
  [1280, 960, 30],
  [1920, 1080, 30],
];

const RTSP_TIMEOUT_US = 10_000_000;
/** Seconds between keyframes: a phone that lost packets sees again after this long. */
const KEYFRAME_INTERVAL_S = 2;

/** The encoder for a live stream: the configured one if ffmpeg has it, else libx264, else whatever encodes H.264. */
export function chooseEncoder(wanted: string | undefined, encoders: ReadonlySet<string>): string | undefined {
  if (wanted === 'copy') {
    return 'copy';
  }
  if (wanted !== undefined && wanted !== 'auto' && encoders.has(wanted)) {
    return wanted;
  }
  return ['libx264', 'libopenh264', 'h264_videotoolbox', 'h264_v4l2m2m'].find((name) => encoders.has(name));
}

/** ffmpeg's options before and with `-i` for a camera, set for a quick start. */
export function cameraInput(stream: CameraStream, ffmpeg: StreamingFfmpeg): string[] {
  const overRtsp = /^rtsps?:/i.test(stream.url);
  return [
    ...(overRtsp ? [`-${ffmpeg.rtspTimeoutOption}`, String(RTSP_TIMEOUT_US)] : []),
    ...(overRtsp && stream.transport !== 'auto' ? ['-rtsp_transport', stream.transport] : []),
    ...['-fflags', '+nobuffer+discardcorrupt', '-flags', 'low_delay'],
    // Guessing the frame rate would cost a second; nothing here needs it.
    ...['-probesize', '1000000', '-analyzeduration', '1000000', '-fpsprobesize', '0'],
    ...['-i', stream.url],
  ];
}

/** ffmpeg's options for the picture: what it is made into, as HomeKit wants it. */
export function videoOutput(wanted: WantedVideo, encoder: string): string[] {
  if (encoder === 'copy') {
    return ['-map', '0:v:0', '-an', '-sn', '-dn', '-codec:v', 'copy'];
  }
  const bitrate = Math.max(80, wanted.max_bit_rate);
  const size = `'min(${wanted.width},iw)':'min(${wanted.height},ih)'`;
  return [
    ...['-map', '0:v:0', '-an', '-sn', '-dn', '-codec:v', encoder],
    ...(encoder === 'libx264' ? ['-preset', 'ultrafast', '-tune', 'zerolatency'] : []),
    ...(encoder === 'libx264' ? ['-profile:v', profileName(wanted.profile), '-level:v', levelName(wanted.level)] : []),
    ...['-pix_fmt', 'yuv420p', '-bf', '0'],
    ...[
      '-vf',
      `fps=${wanted.fps},scale=${size}:force_original_aspect_ratio=decrease,scale=trunc(iw/2)*2:trunc(ih/2)*2`,
    ],
    ...['-g', String(wanted.fps * KEYFRAME_INTERVAL_S)],
    ...['-b:v', `${bitrate}k`, '-maxrate', `${bitrate}k`, '-bufsize', `${bitrate * 2}k`],
  ];
}

/** ffmpeg's options for sending one H.264 stream as SRTP, sealed with AES_CM_128_HMAC_SHA1_80. */
export function srtpOutput(target: SrtpTarget, wanted: Pick<WantedVideo, 'pt' | 'mtu'>): string[] {
  const host = target.address.includes(':') ? `[${target.address}]` : target.address;
  return [
    ...['-payload_type', String(wanted.pt), '-ssrc', String(target.ssrc), '-f', 'rtp'],
    ...['-srtp_out_suite', 'AES_CM_128_HMAC_SHA1_80', '-srtp_out_params', target.keyAndSalt.toString('base64')],
    `srtp://${host}:${target.port}?rtcpport=${target.port}&pkt_size=${wanted.mtu}`,
  ];
}

/** How long a phone may be silent: it owes a receiver report every `rtcpInterval` seconds. */
export function silenceAllowed(rtcpInterval: number): number {
  return Math.max(8000, rtcpInterval * 6 * 1000);
}

/** Takes the camera's address with its password, and SRTP keys, out of a text that goes to a log. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const named = secrets
    .filter((secret) => secret !== '')
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  return named.replace(/([a-z][a-z0-9+.-]*:\/\/)[^@/\s]*@/gi, '$1***@');
}
