import type {
  AudioRecordingCodecType,
  AudioRecordingSamplerate,
  AudioStreamingCodecType,
  AudioStreamingSamplerate,
  CameraControllerEvents,
  CameraRecordingOptions,
  Categories,
  H264Level,
  H264Profile,
  HAP,
  HDSProtocolSpecificErrorReason,
  MediaContainerType,
  SRTPCryptoSuites,
} from 'homebridge';

/**
 * HAP-NodeJS declares its enumerations as ambient const enums, which a compiler that works file by file cannot
 * inline; at run time they are there. This describes those that the room uses.
 */
export interface HapValues {
  readonly Categories: { readonly VIDEO_DOORBELL: Categories };
  readonly SRTPCryptoSuites: { readonly AES_CM_128_HMAC_SHA1_80: SRTPCryptoSuites };
  readonly H264Profile: Readonly<Record<'BASELINE' | 'MAIN' | 'HIGH', H264Profile>>;
  readonly H264Level: Readonly<Record<'LEVEL3_1' | 'LEVEL3_2' | 'LEVEL4_0', H264Level>>;
  readonly HDSProtocolSpecificErrorReason: Readonly<
    Record<'UNEXPECTED_FAILURE' | 'TIMEOUT', HDSProtocolSpecificErrorReason>
  >;
  readonly MediaContainerType: { readonly FRAGMENTED_MP4: MediaContainerType };
  readonly VideoCodecType: { readonly H264: CameraRecordingOptions['video']['type'] };
  readonly AudioRecordingCodecType: { readonly AAC_LC: AudioRecordingCodecType };
  readonly AudioRecordingSamplerate: Readonly<
    Record<'KHZ_16' | 'KHZ_24' | 'KHZ_32' | 'KHZ_48', AudioRecordingSamplerate>
  >;
  readonly AudioStreamingCodecType: Readonly<Record<'OPUS' | 'AAC_ELD', AudioStreamingCodecType>>;
  readonly CameraControllerEvents: {
    readonly MICROPHONE_PROPERTIES_CHANGED: CameraControllerEvents.MICROPHONE_PROPERTIES_CHANGED;
    readonly SPEAKER_PROPERTIES_CHANGED: CameraControllerEvents.SPEAKER_PROPERTIES_CHANGED;
  };
  readonly AudioStreamingSamplerate: Readonly<Record<'KHZ_16' | 'KHZ_24', AudioStreamingSamplerate>>;
}

export const hapValues = (hap: HAP): HapValues => hap;

/** H.264 profile and level, by HomeKit's numbers, as ffmpeg's encoders call them. */
export const profileName = (profile: number): string => ['baseline', 'main', 'high'][profile] ?? 'high';
export const levelName = (level: number): string => ['3.1', '3.2', '4.0'][level] ?? '4.0';
