import { describe, expect, it } from '@jest/globals';
import { CameraUrlError, maskSecrets, maskUrl, parseCameraUrl } from '../../src/video/camera-url.js';

describe('a camera address', () => {
  it.each([
    ['rtsp://192.168.1.20/stream1', 'rtsp://192.168.1.20/stream1', '192.168.1.20', 554],
    ['rtsps://cam.local:8322/a?b=1@2', 'rtsps://cam.local:8322/a?b=1@2', 'cam.local', 8322],
    ['rtsp://[fe80::1]:88/', 'rtsp://[fe80::1]:88/', 'fe80::1', 88],
    ['RTSP://admin@host', 'rtsp://admin@host', 'host', 554],
    ['rtsp://admin:p%40ss@host/x', 'rtsp://admin:p%40ss@host/x', 'host', 554],
    ['rtsp://admin:p@ss:word@host:99/x', 'rtsp://admin:p%40ss%3Aword@host:99/x', 'host', 99],
    ['rtsp://admin:a/b?c#d@1.2.3.4/x?at=y@z', 'rtsp://admin:a%2Fb%3Fc%23d@1.2.3.4/x?at=y@z', '1.2.3.4', 554],
    ['rtsp://admin:100%@host/x', 'rtsp://admin:100%25@host/x', 'host', 554],
  ])('%s is read', (text, href, host, port) => {
    expect(parseCameraUrl(text)).toMatchObject({ href, host, port });
  });

  it.each([
    ['http://u:secret@192.168.1.20/video', /is an http address; Doorman reads rtsp/],
    ['192.168.1.20/stream', /must look like rtsp:\/\//],
    ['rtsp:///stream', /names no camera/],
    ['rtsp://u:secret@:554/stream', /names no camera/],
    ['rtsp://host:99999/stream', /names no camera/],
  ])('%s is refused with a reason', (text, reason) => {
    const parse = () => parseCameraUrl(text);
    expect(parse).toThrow(CameraUrlError);
    expect(parse).toThrow(reason);
    expect(parse).not.toThrow(/secret/);
  });
});

describe('credentials', () => {
  it('are masked in an address', () => {
    expect(maskUrl('rtsp://admin:p@ss@host/x')).toBe('rtsp://admin:***@host/x');
    expect(parseCameraUrl('rtsp://admin:p@ss/w@host/x').masked).not.toContain('w@');
  });

  it('are masked among parameters', () => {
    const url = parseCameraUrl('rtsp://10.0.0.9/user=admin&password=hunter2&channel=1');
    expect(url.masked).toBe('rtsp://10.0.0.9/user=admin&password=***&channel=1');
    expect(maskSecrets('cannot open hunter2', url)).toBe('cannot open ***');
  });

  it('are removed from any text, in every spelling', () => {
    const url = parseCameraUrl('rtsp://admin:p@ss w@host/x');
    const text = `open ${url.href} failed; "p@ss w" and p%40ss%20w are wrong`;
    expect(maskSecrets(text, url)).toBe('open rtsp://***@host/x failed; "***" and *** are wrong');
  });
});
