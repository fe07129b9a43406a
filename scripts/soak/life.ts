import { HapClient } from '../../test/support/hap-client.js';
import { portraitOf, stillOf } from '../../test/visitors/index.js';
import type { House } from '../endurance/house.js';

/** What a household does beside having visitors. Each resolves when it is over, and leaves nothing behind. */
export class HouseholdLife {
  private photo: Promise<Buffer> | undefined;
  private phone: HapClient | undefined;
  private newcomers = 0;

  constructor(private readonly house: House) {}

  /** Somebody opens the settings page, looks around, and closes it. */
  async lookAtPage(): Promise<void> {
    await this.house.ask(async (link) => {
      await link.ask('status', {});
      await link.ask('guests', {});
      const { visits } = await link.ask('visits', { limit: 20 });
      if (visits[0] !== undefined) {
        await link.ask('visit-picture', { id: visits[0].id });
      }
      for (const { name } of this.house.doors) {
        await link.ask('doorbell-picture', { name, width: 320 });
      }
    });
  }

  /** A guest is enrolled from a photo through the page, and forgotten again. */
  async enrolAndForget(): Promise<void> {
    this.photo ??= stillOf(portraitOf('Emma')).then((still) => still.jpeg());
    const jpeg = await this.photo;
    const name = `Newcomer ${++this.newcomers}`;
    const at = this.house.clock?.now ?? Date.now();
    await this.house.ask(async (link) => {
      const consent = { by: name, purpose: 'to be recognised at the door', at: at - 60_000 };
      const { guest } = await link.ask('guest-add', { name, consent });
      const { enrolment } = await link.ask('enrol-start', { guestId: guest.id });
      const { file } = await link.ask('enrol-file', { enrolment, name: 'a.jpg', kind: 'photo', bytes: jpeg.length });
      const piece = jpeg.toString('base64');
      await link.ask('enrol-piece', { enrolment, file, offset: 0, piece });
      await link.ask('enrol-finish', { enrolment });
      await link.ask('forget', { guestId: guest.id });
    });
  }

  /** Somebody watches the first door live for a moment, and takes a snapshot. */
  async watchLive(): Promise<void> {
    const { homebridge, doors } = this.house;
    this.phone ??= await HapClient.pair({ port: await homebridge.port(doors[0]!.name), pin: homebridge.pin });
    await this.phone.snapshot(640, 360);
    const stream = await this.phone.liveStream({ width: 320, height: 240, fps: 15 });
    await stream.received(20, 30_000);
    await stream.stop();
  }

  async close(): Promise<void> {
    await this.phone?.close();
  }
}
