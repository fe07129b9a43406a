import { beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { annotate, bandHeight, fit, placeholder, plainMarkup, type Size } from '../../src/homekit/label.js';

const SIZE = { width: 640, height: 360 };
const GREY = 128;

const plain = ({ width, height }: Size): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: { r: GREY, g: GREY, b: GREY } } })
    .jpeg()
    .toBuffer();

async function grey(jpeg: Buffer) {
  const { data, info } = await sharp(jpeg).greyscale().raw().toBuffer({ resolveWithObject: true });
  return { ...info, at: (x: number, y: number) => data[y * info.width + x]! };
}

/** Columns from the first to the last bright pixel inside the band, and how many bright pixels there are. */
async function words(jpeg: Buffer) {
  const image = await grey(jpeg);
  const top = image.height - bandHeight(image);
  const columns: number[] = [];
  let bright = 0;
  for (let x = 0; x < image.width; x++) {
    for (let y = top; y < image.height; y++) {
      if (image.at(x, y) > 180) {
        bright++;
        columns.push(x);
      }
    }
  }
  return { bright, left: columns[0]!, right: columns.at(-1)!, width: columns.at(-1)! - columns[0]! };
}

describe('the label', () => {
  let picture: Buffer;
  beforeAll(async () => {
    picture = await plain(SIZE);
  });

  it('is drawn on the lower edge and leaves the rest of the picture alone', async () => {
    const image = await grey(await annotate(picture, 'Anna'));
    expect(image).toMatchObject(SIZE);
    const top = SIZE.height - bandHeight(SIZE);
    for (const y of [0, 100, top - 9]) {
      expect(Math.abs(image.at(320, y) - GREY)).toBeLessThan(4);
    }
    expect(image.at(3, top + 10)).toBeLessThan(70);
    expect((await words(await annotate(picture, 'Anna'))).bright).toBeGreaterThan(300);
  });

  it('says different things for different names', async () => {
    const [anna, christopher] = await Promise.all([annotate(picture, 'Anna'), annotate(picture, 'Christopher')]);
    expect((await words(christopher)).width).toBeGreaterThan(1.5 * (await words(anna)).width);
  });

  it.each(['Zoë Ångström', 'Олег Иванов', 'Ελένη Παπαδοπούλου', 'שרה', 'سارة', 'Նարե', 'ნინო'])(
    'draws %s',
    async (name) => {
      // A script that the font lacks would be drawn as boxes, all alike whatever the letters are.
      const [whole, other] = await Promise.all([
        annotate(picture, name),
        annotate(picture, Array.from(name).reverse().join('')),
      ]);
      expect((await words(whole)).bright).toBeGreaterThan(150);
      expect(whole.equals(other)).toBe(false);
    },
  );

  it.each(['<img onerror>', 'A & B', '&amp;', '<span foreground="black">x', 'O\'Neil "Bo"', '</span>', '\u0000\u0007'])(
    'shows %j as it is written',
    async (name) => {
      expect((await words(await annotate(picture, `.${name}.`))).bright).toBeGreaterThan(10);
    },
  );

  it('does not let a name be markup', async () => {
    const [markup, word] = await Promise.all([annotate(picture, '<b>Anna</b>'), annotate(picture, 'Anna')]);
    expect((await words(markup)).width).toBeGreaterThan(1.5 * (await words(word)).width);
  });

  it.each([
    { width: 320, height: 180 },
    { width: 320, height: 240 },
    { width: 1920, height: 1080 },
    { width: 100, height: 60 },
    { width: 240, height: 480 },
  ])('keeps a long name inside a picture of %j', async (size) => {
    const jpeg = await annotate(await plain(size), 'Maximiliane-Alexandra von und zu Hohenlohe-Bartenstein und Söhne');
    const { left, right } = await words(jpeg);
    expect(left).toBeGreaterThanOrEqual(0.02 * size.width);
    expect(right).toBeLessThanOrEqual(0.98 * size.width);
    expect(await sharp(jpeg).metadata()).toMatchObject(size);
  });

  it('is high enough to be read on a watch', async () => {
    const image = await grey(await annotate(await plain({ width: 320, height: 180 }), 'Anna'));
    const rows = new Set<number>();
    for (let y = 0; y < image.height; y++) {
      for (let x = 0; x < image.width; x++) {
        if (image.at(x, y) > 200) {
          rows.add(y);
        }
      }
    }
    expect(rows.size).toBeGreaterThanOrEqual(11);
  });

  it('rejects what is not a picture', async () => {
    await expect(annotate(Buffer.from('not a picture'), 'Anna')).rejects.toThrow();
  });
});

describe('other pictures', () => {
  it('brings a picture to the asked-for size and keeps its shape', async () => {
    const image = await grey(await fit(await plain({ width: 1280, height: 720 }), { width: 320, height: 240 }));
    expect(image).toMatchObject({ width: 320, height: 240 });
    expect(image.at(160, 120)).toBeGreaterThan(GREY - 4);
    expect(image.at(160, 25)).toBeLessThan(20);
    expect(image.at(160, 35)).toBeGreaterThan(GREY - 8);
  });

  it('draws words where there is no picture', async () => {
    const jpeg = await placeholder('Front Door: camera offline', SIZE);
    const image = await grey(jpeg);
    expect(image).toMatchObject(SIZE);
    const middle = Array.from({ length: 600 }, (_, x) => Math.max(...[175, 180, 185].map((y) => image.at(x + 20, y))));
    expect(middle.filter((value) => value > 200).length).toBeGreaterThan(50);
  });

  it.each([
    ['  two\nlines\tand  spaces ', 'two lines and spaces'],
    ['a\u0000b\u202ec', 'a b c'],
    ['x'.repeat(80), `${'x'.repeat(59)}…`],
    ['👩‍👩‍👧'.repeat(61), `${'👩‍👩‍👧'.repeat(59)}…`],
    [`<&>"'`, '&lt;&amp;&gt;&quot;&#39;'],
  ])('writes %j on one line', (text, expected) => {
    expect(plainMarkup(text)).toBe(expected);
  });
});
