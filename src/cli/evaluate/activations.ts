import { constants } from 'node:fs';
import { appendFile, mkdir, open, readFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashText, seededRandom } from '../../recognition/random.js';
import type { PackagedName } from '../../vision/encoder/packaged.js';
import { KeptFaces } from '../../vision/tuning/kept-faces.js';
import { quietLogger } from '../setup.js';
import { ContentNames } from './content-names.js';
import { degradationVersion, degradedFrame } from '../../enrolment/degrade.js';
import { decode, nearestToMiddle, type Picture } from './faces.js';

/** Which look at a picture: 0 as it is, others changed (see augment.ts). */
export interface Look extends Picture {
  readonly look: number;
}

/**
 * What the frozen part of a network makes of pictures, on disk: a file of numbers, and a line of JSON for each of its
 * records. Stopped and started again it goes on where it was.
 */
export class Activations {
  private readonly places = new Map<string, number>();
  private readonly contents = new ContentNames();
  private next = 0;

  private constructor(
    private readonly faces: KeptFaces,
    private readonly index: string,
    private readonly file: FileHandle,
  ) {}

  static async open(cache: string, network: PackagedName): Promise<Activations> {
    const faces = await KeptFaces.open(network, { cacheFolder: join(cache, 'models'), logger: quietLogger });
    const index = join(cache, 'evaluate', `${network}-cut.jsonl`);
    await mkdir(dirname(index), { recursive: true });
    const made = new Activations(
      faces,
      index,
      await open(index.replace(/jsonl$/, 'f32'), constants.O_RDWR | constants.O_CREAT),
    );
    const lines = (await readFile(index, 'utf8').catch(() => '')).split('\n').slice(0, -1);
    for (const line of lines) {
      const { key, at } = JSON.parse(line) as { key: string; at: number };
      made.places.set(key, at);
      made.next = Math.max(made.next, at + 1);
    }
    return made;
  }

  /** Values of a face. */
  get size(): number {
    return this.faces.size;
  }

  /** The values at the cut; undefined where no face is found. */
  async of({ file, visitFrame, look }: Look): Promise<Float32Array | undefined> {
    const content = await this.contents.of(file);
    const shown = visitFrame === undefined ? content : `${content}:${degradationVersion}:${visitFrame}`;
    const key = `${shown}#${look}`;
    const known = this.places.get(key);
    if (known !== undefined) {
      return known < 0 ? undefined : this.read(known);
    }
    const frame =
      visitFrame === undefined ? await decode(file) : await degradedFrame(await readFile(file), content, visitFrame);
    const face = nearestToMiddle(await this.faces.find(frame), frame);
    if (face === undefined) {
      await this.note(key, -1);
      return undefined;
    }
    const random = seededRandom(hashText(`look:${content}:${look}`));
    const values = look === 0 ? await this.faces.asSeen(frame, face) : await this.faces.changed(frame, face, random);
    const at = this.next++;
    // At its place, whatever a crash has left behind the last record that was noted.
    await this.file.write(values, 0, values.byteLength, at * values.byteLength);
    await this.note(key, at);
    return values;
  }

  async close(): Promise<void> {
    await this.file.close();
    await this.faces.dispose();
  }

  private async note(key: string, at: number): Promise<void> {
    this.places.set(key, at);
    await appendFile(this.index, `${JSON.stringify({ key, at })}\n`);
  }

  private async read(at: number): Promise<Float32Array> {
    const values = new Float32Array(this.faces.size);
    const bytes = new Uint8Array(values.buffer);
    await this.file.read(bytes, 0, bytes.byteLength, at * bytes.byteLength);
    return values;
  }
}
