import type { CameraRecordingConfiguration, CameraRecordingOptions, HAP } from 'homebridge';
import { hapValues } from './hap-values.js';
import { PREBUFFER_MS, type RecordingWish } from './recording-policy.js';

/** Fragments as HomeKit's own cameras have them, ms. */
const FRAGMENT_MS = 4000;

/** What the doorbell can record, in HomeKit's terms; the sizes and rates that HomeKit insists on. */
export function recordingOptions(hap: HAP): CameraRecordingOptions {
  const values = hapValues(hap);
  const { H264Profile, H264Level, AudioRecordingSamplerate } = values;
  return {
    prebufferLength: PREBUFFER_MS,
    mediaContainerConfiguration: { type: values.MediaContainerType.FRAGMENTED_MP4, fragmentLength: FRAGMENT_MS },
    video: {
      type: values.VideoCodecType.H264,
      parameters: {
        profiles: [H264Profile.BASELINE, H264Profile.MAIN, H264Profile.HIGH],
        levels: [H264Level.LEVEL3_1, H264Level.LEVEL3_2, H264Level.LEVEL4_0],
      },
      resolutions: [
        [1280, 720, 15],
        [1280, 720, 24],
        [1280, 720, 30],
        [1920, 1080, 15],
        [1920, 1080, 24],
        [1920, 1080, 30],
      ],
    },
    // HomeKit insists on a codec; whether there is any sound shows in the recording.
    audio: {
      codecs: {
        type: values.AudioRecordingCodecType.AAC_LC,
        audioChannels: 1,
        samplerate: [
          AudioRecordingSamplerate.KHZ_16,
          AudioRecordingSamplerate.KHZ_24,
          AudioRecordingSamplerate.KHZ_32,
          AudioRecordingSamplerate.KHZ_48,
        ],
      },
    },
  };
}

/** Hz, by HomeKit's numbers. */
const SAMPLE_RATES = [8000, 16_000, 24_000, 32_000, 44_100, 48_000];

/** What the hub has chosen. @param withAudio whether the household lets sound be recorded */
export function wishOf(chosen: CameraRecordingConfiguration, withAudio: boolean): RecordingWish {
  const { videoCodec, audioCodec, mediaContainerConfiguration } = chosen;
  const [width, height, fps] = videoCodec.resolution;
  const { profile, level, bitRate, iFrameInterval } = videoCodec.parameters;
  return {
    ...{ width, height, fps, profile, level, bitrate: bitRate },
    fragmentMs: Math.min(mediaContainerConfiguration.fragmentLength, iFrameInterval),
    ...(withAudio && {
      audio: {
        sampleRate: SAMPLE_RATES[audioCodec.samplerate] ?? 16_000,
        bitrate: Math.max(16, audioCodec.bitrate),
        channels: audioCodec.audioChannels ?? 1,
      },
    }),
  };
}
