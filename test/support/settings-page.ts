import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type Frame, type Locator, type Page } from 'playwright-core';

/** Where Debian, Ubuntu and others put the browser; `CHROMIUM` names another place. */
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export function chromiumPath(): string {
  const found = [process.env.CHROMIUM ?? '', ...places].find((path) => path !== '' && existsSync(path));
  if (found === undefined) {
    throw new Error('These tests need a browser: "apt-get install chromium", or name one in CHROMIUM.');
  }
  return found;
}

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--force-device-scale-factor=1'],
  });

/** Nothing on the page takes longer, unless a test says so, ms. */
const WAIT_MS = 30_000;

const PHONE = { width: 390, height: 844 };

export interface Viewing {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
}

/** Doorman's settings page, opened as a person would: in Homebridge's user interface, from the plugin's card. */
export class SettingsPage {
  /** Errors that the page's own script threw. */
  readonly errors: string[] = [];

  private constructor(
    readonly host: Page,
    readonly frame: Frame,
  ) {
    host.on('pageerror', (error) => this.errors.push(error.message));
  }

  static async open(browser: Browser, url: string, viewing: Viewing = {}): Promise<SettingsPage> {
    const { width = 1280, height = 900, dark = false } = viewing;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
      acceptDownloads: true,
    });
    context.setDefaultTimeout(WAIT_MS);
    const host = await context.newPage();
    await host.goto(`${url}/plugins`, { waitUntil: 'domcontentloaded' });
    const card = host.locator('app-plugin-card', { hasText: /doorman/i }).first();
    await card.waitFor({ timeout: 30_000 });
    await card.locator('.dropdown-toggle').first().click();
    await host
      .getByText(/plugin config/i)
      .first()
      .click();
    const iframe = await host.waitForSelector('iframe', { timeout: 20_000 });
    const frame = await iframe.contentFrame();
    if (frame === null) {
      throw new Error('The settings page has no frame.');
    }
    await frame.locator('nav.doorman-pages').waitFor({ timeout: 20_000 });
    return new SettingsPage(host, frame);
  }

  /** Goes to one of the pages by its name. */
  async go(page: string): Promise<void> {
    await this.frame.locator('nav.doorman-pages').getByRole('button', { name: page, exact: true }).click();
    await this.frame.getByRole('heading', { level: 1, name: page, exact: true }).waitFor();
  }

  button(name: string | RegExp): Locator {
    return this.frame.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name });
  }

  text(words: string | RegExp): Locator {
    return this.frame.getByText(words).first();
  }

  field(label: string | RegExp): Locator {
    return this.frame.getByLabel(label).first();
  }

  /** Waits until the focus is on what has exactly these words: it moves after the page has been drawn. */
  async focusOn(words: string): Promise<void> {
    await this.frame.waitForFunction(`document.activeElement?.textContent?.trim() === ${JSON.stringify(words)}`);
  }

  /** What axe-core finds to be serious or critical, one line each. */
  async accessibilityFaults(): Promise<string[]> {
    axeSource ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await this.frame.evaluate(axeSource);
    const { violations } = await this.frame.evaluate<{ violations: Violation[] }>(
      "axe.run(document.getElementById('doorman'), { resultTypes: ['violations'] })",
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')})`);
  }

  /** The same, and what does not fit, as it is seen now and on a phone in the dark. */
  async faultsEverywhere(): Promise<string[]> {
    const desk = this.host.viewportSize()!;
    const found = await this.faultsHere('as opened');
    await this.host.setViewportSize(PHONE);
    await this.host.emulateMedia({ colorScheme: 'dark' });
    await this.frame.waitForFunction("document.querySelector('.doorman-dark') !== null");
    found.push(...(await this.faultsHere('on a phone, in the dark')));
    await this.host.setViewportSize(desk);
    await this.host.emulateMedia({ colorScheme: 'light' });
    await this.frame.waitForFunction("document.querySelector('.doorman-dark') === null");
    return found;
  }

  private async faultsHere(where: string): Promise<string[]> {
    const wider = (await this.overflow()) > 0 ? ['it is wider than the screen'] : [];
    return [...(await this.accessibilityFaults()), ...wider].map((fault) => `${where}: ${fault}`);
  }

  /** How many pixels wider than the frame the content is. */
  async overflow(): Promise<number> {
    return this.frame.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
  }

  async close(): Promise<void> {
    await this.host.context().close();
  }
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

let axeSource: string | undefined;
