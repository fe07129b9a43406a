import { HomebridgePluginUiServer } from '@homebridge/plugin-ui-utils';
import type { z } from 'zod';

import { UiLinkError } from '../ui-link/protocol.js';
import { uiLinkSocket } from '../ui-link/socket-place.js';
import { askRule, pictureRule, unwatchRule, watchRule } from './messages.js';
import type { Envelope, PictureAnswer, PictureRequest, PushedChange, PushedProgress } from './messages.js';
import { scaled } from './pictures.js';
import { PluginLink } from './plugin-link.js';
import { Watching } from './watching.js';

/** So many faces of an unknown visitor are asked for. */
const STRANGER_FACES = 4;

/**
 * The settings page's server process: passes on what the page asks. All work is done in the plugin, so this process
 * may die at any time (and does, whenever the page is closed).
 */
class PageServer extends HomebridgePluginUiServer {
  private readonly link: PluginLink;
  private readonly watching: Watching;

  constructor(storage: string) {
    super();
    this.link = new PluginLink(uiLinkSocket(storage), (kind) => {
      this.pushEvent('changed', { kind } satisfies PushedChange);
    });
    this.watching = new Watching(this.link, (answer) => this.pushEvent('watched', answer));
    this.answer('/ask', askRule, ({ request, type, body }) =>
      // What the body must look like is the plugin's to say, by the same rules for every asker.
      this.link.ask(type, body as never, {
        progress: (progress) => this.pushEvent('progress', { request, progress } satisfies PushedProgress),
      }),
    );
    this.answer('/picture', pictureRule, (wanted) => this.picture(wanted));
    this.answer('/watch', watchRule, ({ name, width }) => {
      this.watching.watch(name, width);
      return {};
    });
    this.answer('/unwatch', unwatchRule, ({ name }) => {
      this.watching.unwatch(name);
      return {};
    });
    this.ready();
  }

  /** Checks a request and answers it; every failure is an answer too, in words. */
  private answer<S extends z.ZodType, A extends object>(
    path: string,
    rule: S,
    handle: (asked: z.output<S>) => A | Promise<A>,
  ): void {
    this.onRequest(path, async (body): Promise<Envelope<A>> => {
      const asked = rule.safeParse(body);
      if (!asked.success) {
        return { error: { fault: 'invalid', message: 'The page asked for something unknown. Reload it.' } };
      }
      try {
        return { answer: await handle(asked.data) };
      } catch (error) {
        if (error instanceof UiLinkError) {
          return { error: { fault: error.fault, message: error.message } };
        }
        console.error(error);
        return { error: { fault: 'failed', message: 'That did not work; the log of Homebridge says more.' } };
      }
    });
  }

  private async picture(wanted: PictureRequest): Promise<PictureAnswer> {
    const picture = await this.find(wanted);
    return picture === undefined ? {} : { picture: await scaled(picture, wanted.width) };
  }

  private async find(wanted: PictureRequest): Promise<string | undefined> {
    switch (wanted.of) {
      case 'face':
        return (await this.link.ask('face-picture', { templateId: wanted.id })).picture;
      case 'visit':
        return (await this.link.ask('visit-picture', { id: wanted.id })).picture;
      case 'stranger': {
        const limit = Math.max(STRANGER_FACES, wanted.index + 1);
        return (await this.link.ask('inbox-pictures', { clusterId: wanted.id, limit })).pictures[wanted.index];
      }
    }
  }
}

new PageServer(process.env.HOMEBRIDGE_STORAGE_PATH ?? '.');
