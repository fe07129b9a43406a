import { UiLinkClient, type AskOptions } from '../ui-link/client.js';
import { UiLinkError, type Answer, type Ask, type RequestType } from '../ui-link/protocol.js';

/** After a refusal, so long until the next try to follow the plugin's changes, ms. */
const RETRY_MS = 3000;

/** The page's connection to the running plugin: made when first needed, and again after the plugin was restarted. */
export class PluginLink {
  private client: Promise<UiLinkClient> | undefined;
  private retry: NodeJS.Timeout | undefined;

  /** @param onChanged hears what changes in the plugin, and `plugin` when it came or went */
  constructor(
    private readonly socketPath: string,
    private readonly onChanged: (kind: string) => void,
  ) {}

  /** @throws UiLinkError */
  async ask<T extends RequestType>(type: T, body: Ask<T>, options?: AskOptions): Promise<Answer<T>> {
    const client = await this.connected();
    try {
      return await client.ask(type, body, options);
    } catch (error) {
      if (!client.isOpen) {
        this.lost();
      }
      throw error;
    }
  }

  close(): void {
    clearTimeout(this.retry);
    void this.client?.then((client) => client.close()).catch(() => undefined);
    this.client = undefined;
  }

  private async connected(): Promise<UiLinkClient> {
    const before = await this.client?.catch(() => undefined);
    if (before?.isOpen) {
      return before;
    }
    const connecting = UiLinkClient.connect(this.socketPath);
    this.client = connecting;
    try {
      const client = await connecting;
      client.onChanged(this.onChanged);
      return client;
    } catch (error) {
      this.lost();
      throw error;
    }
  }

  /** Tells the page, and looks from time to time whether the plugin is back. */
  private lost(): void {
    if (this.retry !== undefined) {
      return;
    }
    this.client = undefined;
    this.onChanged('plugin');
    const look = (): void => {
      this.retry = setTimeout(() => {
        UiLinkClient.connect(this.socketPath).then(
          (client) => {
            client.close();
            this.retry = undefined;
            this.onChanged('plugin');
          },
          (error: unknown) => {
            if (error instanceof UiLinkError) {
              look();
            }
          },
        );
      }, RETRY_MS).unref();
    };
    look();
  }
}
