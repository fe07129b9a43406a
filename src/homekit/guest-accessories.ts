import type { API, PlatformAccessory } from 'homebridge';
import type { Logger } from '../types.js';
import {
  accessoryKey,
  planAccessories,
  type AccessoryRole,
  type GuestAccessoryOptions,
  type NamedGuest,
} from './accessory-plan.js';
import { PLUGIN_NAME } from './doorbell.js';
import { homekitName } from './names.js';
import { PresenceAccessory } from './presence-accessory.js';

export const PLATFORM_NAME = 'Doorman';

export interface GuestAccessoriesOptions extends GuestAccessoryOptions {
  readonly api: API;
  readonly logger: Logger;
}

/**
 * The bridged accessories that name the guests. `configure` takes what Homebridge restores from its cache; nothing
 * is removed before the first `sync`, so a broken configuration loses no accessory, no room and no automation.
 */
export class GuestAccessories {
  private readonly restored = new Map<string, PlatformAccessory>();
  private readonly accessories = new Map<string, PresenceAccessory>();

  constructor(private readonly options: GuestAccessoriesOptions) {}

  /**
   * HAP-NodeJS collects occupancy events for 250 ms before it sends them, and sends motion, contact and rings at once;
   * a ring that is to come after the name has to wait so long.
   */
  get settleMs(): number {
    return this.options.sensor === 'occupancy' ? 270 : 0;
  }

  /** Takes an accessory that Homebridge restored from its cache. */
  configure(accessory: PlatformAccessory): void {
    this.restored.set(accessory.UUID, accessory);
    // Whoever was at the door when Homebridge ended has gone.
    const { Characteristic } = this.options.api.hap;
    for (const service of accessory.services) {
      for (const sensed of [
        Characteristic.OccupancyDetected,
        Characteristic.MotionDetected,
        Characteristic.ContactSensorState,
      ]) {
        if (service.testCharacteristic(sensed)) {
          service.updateCharacteristic(sensed, 0);
        }
      }
    }
  }

  /** Makes the accessories be those of these guests: adds, renames and removes. Call it whenever the guests change. */
  sync(guests: readonly NamedGuest[]): void {
    const plan = planAccessories(guests, this.options);
    const wanted = new Set(plan.map(({ key }) => key));
    const added: PlatformAccessory[] = [];
    for (const planned of plan) {
      const { accessory, isNew } = this.find(planned.key, planned.name);
      accessory.become(planned);
      if (isNew) {
        added.push(accessory.accessory);
      }
    }
    const gone = [...this.accessories].filter(([key]) => !wanted.has(key));
    gone.forEach(([key, accessory]) => {
      accessory.stop();
      this.accessories.delete(key);
    });
    this.tell(added, [...gone.map(([, { accessory }]) => accessory), ...this.restored.values()]);
    this.restored.clear();
  }

  /**
   * A guest is at the door: on now, and off `holdMs` later; `Infinity` holds until this holder's next call.
   *
   * @param holder which doorbell says so; several may hold one sensor
   */
  present(guestId: string, holdMs: number, holder?: string): void {
    this.keep('guest', holdMs, holder, guestId);
  }

  /** Somebody nobody knows is at the door. */
  unknown(holdMs: number, holder?: string): void {
    this.keep('unknown', holdMs, holder);
  }

  /** Any of the guests is at the door. */
  someone(holdMs: number, holder?: string): void {
    this.keep('someone', holdMs, holder);
  }

  /** A guest whose signs of life satisfied the strict policy. Nothing happens unless the option is on. */
  verified(guestId: string, holdMs: number, holder?: string): void {
    this.keep('verified', holdMs, holder, guestId);
  }

  /** Somebody may be holding up a guest's picture. Nothing happens unless the option is on. */
  possiblyPhoto(holdMs: number, holder?: string): void {
    this.keep('photo', holdMs, holder);
  }

  /** A doorbell's camera does not deliver, or does again. Nothing happens unless the option is on. */
  offline(doorbell: string, isOffline: boolean): void {
    this.accessories.get(accessoryKey('offline', doorbell))?.set(isOffline);
  }

  /** Presses a guest's switch. Nothing happens unless the option is on. */
  press(guestId: string): void {
    this.accessories.get(accessoryKey('switch', guestId))?.press();
  }

  /** Forgets every timer; the accessories stay with Homebridge. */
  stop(): void {
    this.accessories.forEach((accessory) => accessory.stop());
  }

  private keep(role: AccessoryRole, holdMs: number, holder?: string, guestId?: string): void {
    this.accessories.get(accessoryKey(role, guestId))?.keep(holdMs, holder);
  }

  private find(key: string, name: string): { accessory: PresenceAccessory; isNew: boolean } {
    const known = this.accessories.get(key);
    if (known !== undefined) {
      return { accessory: known, isNew: false };
    }
    const { api } = this.options;
    const uuid = api.hap.uuid.generate(`doorman:${key}`);
    const cached = this.restored.get(uuid);
    this.restored.delete(uuid);
    const platformAccessory = cached ?? new api.platformAccessory(homekitName(name), uuid);
    const accessory = new PresenceAccessory(api, platformAccessory, () =>
      api.updatePlatformAccessories([platformAccessory]),
    );
    this.accessories.set(key, accessory);
    return { accessory, isNew: cached === undefined };
  }

  private tell(added: PlatformAccessory[], gone: PlatformAccessory[]): void {
    const { api, logger } = this.options;
    if (added.length > 0) {
      api.registerPlatformAccessories(PLUGIN_NAME, PLATFORM_NAME, added);
      logger.info(`New in Home: ${added.map(({ displayName }) => displayName).join(', ')}`);
    }
    if (gone.length > 0) {
      api.unregisterPlatformAccessories(PLUGIN_NAME, PLATFORM_NAME, gone);
      logger.info(`Gone from Home: ${gone.map(({ displayName }) => displayName).join(', ')}`);
    }
    const kept = [...this.accessories.values()].map(({ accessory }) => accessory);
    api.updatePlatformAccessories(kept);
  }
}
