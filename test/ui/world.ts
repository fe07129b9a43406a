import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { ConfigUi } from '../support/config-ui.js';
import { startHomebridge, type Homebridge } from '../support/homebridge.js';
import { launchBrowser, SettingsPage, type Viewing } from '../support/settings-page.js';
import { keyFile } from './household.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Set to draw the pictures of docs/figures anew: `DOORMAN_FIGURES=1 npm test -- test/ui`. */
const drawsFigures = process.env.DOORMAN_FIGURES !== undefined;

/** A household's machine: Homebridge with the plugin, its user interface, and a browser. */
export class World {
  homebridge: Homebridge | undefined;
  ui!: ConfigUi;
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
    [, world.browser] = await Promise.all([world.startHomebridge(), launchBrowser()]);
    world.ui = await ConfigUi.start({ storage });
    return world;
  }

  /** Starts Homebridge with what config.json says, or with the settings given at first. */
  async startHomebridge(): Promise<void> {
    const platforms = await this.platforms();
    this.homebridge = await startHomebridge({
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

  /** The plugin's block as it stands in config.json. */
  async block(): Promise<Readonly<Record<string, unknown>>> {
    return (await this.platforms()).find(({ platform }) => platform === 'Doorman') ?? {};
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

/** Keeps a picture of the page for the documentation, when asked to. */
export async function figure(page: SettingsPage, name: string): Promise<void> {
  if (drawsFigures) {
    const folder = join(root, 'docs', 'figures');
    await mkdir(folder, { recursive: true });
    await page.host
      .locator('.toast-close-button, .ngx-toastr')
      .first()
      .click({ timeout: 500 })
      .catch(() => undefined);
    const box = await page.host.locator('.modal-content').first().boundingBox();
    const height = page.host.viewportSize()?.height ?? 0;
    if (box !== null) {
      const clip = { ...box, y: Math.max(0, box.y), height: Math.min(box.height, height - Math.max(0, box.y)) };
      await page.host.screenshot({ path: join(folder, `settings-${name}.png`), clip, animations: 'disabled' });
    }
  }
}
