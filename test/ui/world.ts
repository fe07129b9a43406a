import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { bookFolder } from '../../src/ui-link/socket-place.js';
import { ConfigUi } from '../support/config-ui.js';
import { startHomebridge, type Homebridge } from '../support/homebridge.js';
import { installHomebridge2 } from '../support/homebridge-2.js';
import { launchBrowser, SettingsPage, type Viewing } from '../support/settings-page.js';
import { keyFile } from './household.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Set to draw the pictures of docs/figures anew: `DOORMAN_FIGURES=1 npm test -- test/ui`. */
const drawsFigures = process.env.DOORMAN_FIGURES !== undefined;

const BLOCK_MS = 15_000;
/** Tall enough for what is worth seeing, px. */
const FIGURE_HEIGHT = 1250;

export interface DoormanBlock {
  readonly doorbells?: readonly {
    readonly name: string;
    readonly url: string;
    readonly ignoreRegions?: readonly { x: number; y: number; width: number; height: number }[];
  }[];
}

type Versions = Partial<Awaited<ReturnType<typeof installHomebridge2>>>;

/** `DOORMAN_HOME=homebridge-2 npm test -- test/ui` runs every flow in the newest of everything. */
const versions = async (): Promise<Versions> =>
  process.env.DOORMAN_HOME === 'homebridge-2' ? installHomebridge2() : {};

/** A household's machine: Homebridge with the plugin, its user interface, and a browser. */
export class World {
  homebridge: Homebridge | undefined;
  ui!: ConfigUi;
  private versions: Versions = {};
  browser!: Browser;

  private constructor(
    readonly storage: string,
    private readonly doorman: object,
  ) {}

  /**
   * @param doorman settings beside name and key
   * @param before runs on the storage folder before the plugin starts
   */
  static async start(doorman: object, before?: (storage: string) => Promise<void>): Promise<World> {
    const storage = await mkdtemp(join(tmpdir(), 'doorman-ui-'));
    const world = new World(storage, doorman);
    await before?.(storage);
    world.versions = await versions();
    [, world.browser] = await Promise.all([world.startHomebridge(), launchBrowser()]);
    const { configUiPath: packagePath, nodePath } = world.versions;
    world.ui = await ConfigUi.start({ storage, ...(packagePath && { packagePath }), ...(nodePath && { nodePath }) });
    return world;
  }

  /** Starts Homebridge with what config.json says, or with the settings given at first. */
  async startHomebridge(): Promise<void> {
    const platforms = await this.platforms();
    const { homebridgePath, nodePath } = this.versions;
    this.homebridge = await startHomebridge({
      ...(homebridgePath && { homebridgePath }),
      ...(nodePath && { nodePath }),
      pluginPath: root,
      storage: this.storage,
      config: { platforms, accessories: [] },
    });
    await this.homebridge.logged(/\[Doorman\]|Doorman/);
  }

  async stopHomebridge(): Promise<void> {
    await this.homebridge?.stop();
    this.homebridge = undefined;
  }

  /** The plugin's block in config.json as soon as it is like this: Homebridge's page answers before it is written. */
  async blockWhere(isSo: (block: DoormanBlock) => boolean): Promise<DoormanBlock> {
    const deadline = Date.now() + BLOCK_MS;
    for (;;) {
      const block: DoormanBlock = (await this.platforms()).find(({ platform }) => platform === 'Doorman') ?? {};
      if (isSo(block) || Date.now() > deadline) {
        return block;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  open(viewing?: Viewing): Promise<SettingsPage> {
    return SettingsPage.open(this.browser, this.ui.url, viewing);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await Promise.all([this.ui.stop(), this.stopHomebridge()]);
    await rm(this.storage, { recursive: true, force: true });
  }

  private async platforms(): Promise<Record<string, unknown>[]> {
    const path = join(this.storage, 'config.json');
    const config = await readFile(path, 'utf8').then(
      (text) => JSON.parse(text) as { platforms?: Record<string, unknown>[] },
      () => undefined,
    );
    return (
      config?.platforms ?? [{ platform: 'Doorman', name: 'Doorman', keyFile: keyFile(this.storage), ...this.doorman }]
    );
  }
}

/** Converting the models takes a while; the tests share what is converted. */
export async function shareModels(storage: string): Promise<void> {
  await mkdir(bookFolder(storage), { recursive: true });
  const models = join(root, '.cache', 'test-models');
  await mkdir(models, { recursive: true });
  await symlink(models, join(bookFolder(storage), 'models'));
}

/** Keeps a picture of the page, or of a part of it, for the documentation, when asked to. */
export async function figure(page: SettingsPage, name: string, part?: string): Promise<void> {
  if (drawsFigures) {
    const folder = join(root, 'docs', 'figures');
    await mkdir(folder, { recursive: true });
    const viewport = page.host.viewportSize() ?? { width: 1280, height: 1000 };
    const height = viewport.width < 500 ? viewport.height : FIGURE_HEIGHT;
    await page.host.setViewportSize({ ...viewport, height });
    await page.host.addStyleTag({ content: '#toast-container { display: none }' });
    await page.host.waitForTimeout(400);
    if (part !== undefined) {
      const path = join(folder, `settings-${name}.png`);
      await page.frame.locator(part).screenshot({ path, animations: 'disabled' });
      await page.host.setViewportSize(viewport);
      return;
    }
    const box = await page.host.locator('.modal-content').first().boundingBox();
    if (box !== null) {
      const clip = { ...box, y: Math.max(0, box.y), height: Math.min(box.height, height - Math.max(0, box.y)) };
      await page.host.screenshot({ path: join(folder, `settings-${name}.png`), clip, animations: 'disabled' });
    }
    await page.host.setViewportSize(viewport);
  }
}
