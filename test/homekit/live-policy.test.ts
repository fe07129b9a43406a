import { describe, expect, it } from '@jest/globals';
import { isWorthChanging, planLiveView, type LiveSituation } from '../../src/homekit/live-policy.js';

const wish = { width: 1280, height: 720, fps: 30, max_bit_rate: 2000, profile: 1, level: 1 };
const traffic = { bitrate: 1500, framesPerSecond: 25, keyInterval: 2, reordered: false };
const camera = { codec: 'h264', width: 1280, height: 720, demands: { profile: 77, level: 31 } };
const fitting: LiveSituation = { configured: 'auto', canEncode: true, wish, camera, traffic };

describe('the camera’s own stream', () => {
  it.each<[string, Partial<LiveSituation>]>([
    ['fits', {}],
    ['is smaller', { camera: { ...camera, width: 640, height: 360 } }],
    ['has a simpler profile', { camera: { ...camera, demands: { profile: 66, level: 30 } } }],
    ['is no more than half above the bit rate', { traffic: { ...traffic, bitrate: 2900 } }],
    ['has told one key frame only', { traffic: { ...traffic, keyInterval: undefined } }],
    ['does not fit, but is wanted', { configured: 'copy', camera: { ...camera, width: 3840 }, traffic: undefined }],
    ['does not fit, but nothing can encode', { canEncode: false, traffic: { ...traffic, reordered: true } }],
  ])('is copied when it %s', (_, situation) => {
    expect(planLiveView({ ...fitting, ...situation })).toEqual({ kind: 'copy' });
  });

  it.each<[string, RegExp, Partial<LiveSituation>]>([
    ['is H.265', /hevc/, { camera: { ...camera, codec: 'hevc' } }],
    ['is H.265 although copying is wanted', /hevc/, { configured: 'copy', camera: { ...camera, codec: 'hevc' } }],
    ['says no profile', /profile/, { camera: { ...camera, demands: undefined } }],
    ['has a higher profile', /profile 100/, { camera: { ...camera, demands: { profile: 100, level: 31 } } }],
    ['has an unknown profile', /profile 88/, { camera: { ...camera, demands: { profile: 88, level: 31 } } }],
    ['has a higher level', /level 4 .*3\.2/, { camera: { ...camera, demands: { profile: 77, level: 40 } } }],
    ['is wider', /1920x720/, { camera: { ...camera, width: 1920 } }],
    ['is higher', /1280x960/, { camera: { ...camera, height: 960 } }],
    ['is not measured yet', /not known/, { traffic: undefined }],
    ['has B-frames', /B-frames/, { traffic: { ...traffic, reordered: true } }],
    ['is faster', /30 frames/, { wish: { ...wish, fps: 15 }, traffic: { ...traffic, framesPerSecond: 30 } }],
    ['needs more than half more bits', /3100 kbit/, { traffic: { ...traffic, bitrate: 3100 } }],
    ['has rare key frames', /every 10 s/, { traffic: { ...traffic, keyInterval: 10 } }],
    ['fits, but an encoder is configured', /configured/, { configured: 'h264_qsv' }],
  ])('is made anew when it %s', (_, because, situation) => {
    expect(planLiveView({ ...fitting, ...situation })).toEqual({
      kind: 'transcode',
      because: expect.stringMatching(because),
    });
  });

  it('cannot be shown when it is H.265 and nothing can encode', () => {
    expect(planLiveView({ ...fitting, canEncode: false, camera: { ...camera, codec: 'hevc' } })).toEqual({
      kind: 'impossible',
      because: expect.stringMatching(/install one with libx264/),
    });
  });
});

describe('another wish', () => {
  it.each([
    [{}, false],
    [{ max_bit_rate: 1600 }, false],
    [{ max_bit_rate: 1400 }, true],
    [{ max_bit_rate: 2600 }, true],
    [{ width: 640, height: 360 }, true],
    [{ fps: 15 }, true],
  ])('with %j is worth a change: %s', (change, expected) => {
    expect(isWorthChanging(wish, { ...wish, ...change })).toBe(expected);
  });
});
