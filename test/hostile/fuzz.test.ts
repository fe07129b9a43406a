import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { whichDoorbell } from '../../src/button/which-doorbell.js';
import { parseConfig } from '../../src/config.js';
import { packArchive, unpackArchive } from '../../src/guestbook/archive.js';
import { GuestBookError } from '../../src/guestbook/errors.js';
import { pictureFault, photoLimits } from '../../src/guestbook/picture.js';
import { plainName } from '../../src/studio/uploads.js';
import { FrameReader, largestRequest } from '../../src/ui-link/frames.js';
import { faultFromLog } from '../../src/video/camera-fault.js';
import { CameraUrlError, maskSecrets, parseCameraUrl } from '../../src/video/camera-url.js';
import { NutError, type NutVideoStream } from '../../src/video/nut-format.js';
import { NutReader } from '../../src/video/nut-reader.js';
import { nutFrameHeader, nutHeader } from '../../src/video/nut-writer.js';
import { describeStream } from '../../src/video/stream-log.js';
import { jpeg } from '../guestbook/support/fixtures.js';

/** The same inputs on every machine: what fails here fails everywhere. */
const steady = { seed: 20_261_126 };

/** Long enough not to be found by chance; with everything that addresses give a meaning to. */
const password = fc
  .array(fc.constantFrom(...Array.from('abcXYZ019!$&\'()*+,;=:@/?#[]%"<>\\^`{|}~ é€')), { minLength: 3, maxLength: 20 })
  .map((letters) => `S3cr3t${letters.join('')}`);

describe('the configuration', () => {
  it('is refused in words, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (block, doorbells) => {
        for (const value of [block, { platform: 'Doorman', doorbells }, { doorbells: [doorbells] }]) {
          const { config, faults } = parseConfig(value);
          expect(config === undefined).toBe(faults.length > 0);
          faults.forEach(({ message }) => expect(message).not.toBe(''));
        }
      }),
      { ...steady, numRuns: 100 },
    );
  });

  it('tells no camera’s password when it complains', () => {
    fc.assert(
      fc.property(password, fc.constantFrom('rtsp', 'http', 'rtps', 'rtsp:'), (secret, scheme) => {
        for (const written of [secret, encodeURIComponent(secret)]) {
          const url = `${scheme}://door:${written}@/stream`;
          const { faults } = parseConfig({ doorbells: [{ name: 'Front Door', url, bad: true }] });
          expect(JSON.stringify(faults)).not.toContain('S3cr3t');
        }
      }),
      { ...steady, numRuns: 100 },
    );
  });
});

describe('what a camera answers', () => {
  it('never brings its password into a message', () => {
    fc.assert(
      fc.property(password, fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (secret, before, after) => {
        const url = readable(`rtsp://door:${encodeURIComponent(secret)}@192.168.1.20/stream`);
        if (url === undefined) {
          return;
        }
        const log = `${before} ${url.href} ${after}\n[tcp @ 0x1] ${secret} ${encodeURIComponent(secret)}`;
        expect(maskSecrets(log, url)).not.toContain(secret);
        expect(faultFromLog(log, url).message).not.toContain(secret);
        expect(url.masked).not.toContain(secret);
      }),
      { ...steady, numRuns: 100 },
    );
  });

  it('is described or passed over, whatever stands in the log', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        describeStream(`Stream #0:0: Video: ${text}`);
        faultFromLog(text, parseCameraUrl('rtsp://camera/'));
      }),
      { ...steady, numRuns: 100 },
    );
  });
});

describe('pictures from ffmpeg', () => {
  const video: NutVideoStream = {
    ...{ kind: 'video', fourcc: 'I420', width: 4, height: 2 },
    ...{ decodeDelay: 0, codecHeader: new Uint8Array(0) },
  };
  const whole = Buffer.concat([
    nutHeader([video], 0),
    ...[0, 0.1, 0.2].flatMap((time) => [nutFrameHeader(12, { stream: 0, time, isKey: true }), Buffer.alloc(12, 7)]),
  ]);

  it('end in a NutError when they are damaged, and ask for no more than was announced', () => {
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(damage, fc.integer({ min: 1, max: 40 }), (changes, step) => {
        const bytes = Buffer.from(whole);
        changes.forEach(([at, value]) => (bytes[at] = value));
        const reader = new NutReader({
          stream: () => undefined,
          buffer: (size) => {
            if (size !== 12) {
              throw new NutError('not the size of a picture');
            }
            return new Uint8Array(size);
          },
          packet: () => undefined,
        });
        try {
          for (let at = 0; at < bytes.length; at += step) {
            reader.push(bytes.subarray(at, at + step));
          }
        } catch (error) {
          expect(error).toBeInstanceOf(NutError);
        }
      }),
      { ...steady, numRuns: 200 },
    );
  });
});

describe('what is uploaded', () => {
  it('is looked at before any decoder sees it, whatever it is', () => {
    const [real] = [Buffer.from(jpeg(64, 64, 'X'))];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(real.length - 1), fc.nat(255), (noise, at, value) => {
        const changed = Buffer.from(real);
        changed[at] = value;
        for (const bytes of [noise, changed, real.subarray(0, at), Buffer.concat([real.subarray(0, at), noise])]) {
          const fault = pictureFault(bytes, photoLimits);
          expect(fault === undefined || fault.length > 0).toBe(true);
        }
      }),
      { ...steady, numRuns: 200 },
    );
  });

  it('has a name that leads nowhere', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', '../', '..\\', '/etc/', '\0'), (name, way) => {
        const plain = plainName(way + name);
        expect(plain).not.toMatch(/[/\\\0\n\r]/);
        expect(plain).not.toBe('');
      }),
      { ...steady, numRuns: 100 },
    );
  });
});

describe('messages', () => {
  it('are cut to pieces and put together again, or refused by their size alone', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), (pieces) => {
        const reader = new FrameReader(largestRequest);
        try {
          pieces.forEach((piece) =>
            reader.push(Buffer.from(piece)).forEach((text) => expect(typeof text).toBe('string')),
          );
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { ...steady, numRuns: 200 },
    );
  });

  it('of a button name a doorbell of the house, or none', () => {
    const doorbells = ['Front Door', 'Garden'];
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (asked) => {
        expect([...doorbells, undefined]).toContain(whichDoorbell(asked, doorbells));
      }),
      { ...steady, numRuns: 100 },
    );
  });
});

describe('an archive', () => {
  it('that was changed anywhere is refused in words', async () => {
    const passphrase = 'a long passphrase';
    const archive = await packArchive(passphrase, documents());
    await fc.assert(
      fc.asyncProperty(
        fc.nat(archive.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, by, cut) => {
          const changed = cut ? Buffer.from(archive.subarray(0, at)) : Buffer.from(archive);
          changed[at] = (changed[at] ?? 0) ^ by;
          await expect(read(changed, passphrase)).rejects.toBeInstanceOf(GuestBookError);
        },
      ),
      // Every try costs the format's scrypt.
      { ...steady, numRuns: 3 },
    );
  });
});

async function* documents(): AsyncGenerator<{ json: unknown; parts: Uint8Array[] }> {
  yield await Promise.resolve({ json: { kind: 'guest', name: 'Anna' }, parts: [new Uint8Array(2000)] });
}

async function read(archive: Uint8Array, passphrase: string): Promise<number> {
  let count = 0;
  for await (const _document of unpackArchive(archive, passphrase)) {
    count++;
  }
  return count;
}

function readable(text: string): ReturnType<typeof parseCameraUrl> | undefined {
  try {
    return parseCameraUrl(text);
  } catch (error) {
    expect(error).toBeInstanceOf(CameraUrlError);
    return undefined;
  }
}
