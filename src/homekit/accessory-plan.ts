/** How a guest's presence is shown: each makes its own kind of notification and automation trigger in Home. */
export type SensorKind = 'occupancy' | 'motion' | 'contact';

/** What an accessory stands for. */
export type AccessoryRole = 'guest' | 'switch' | 'verified' | 'unknown' | 'someone' | 'photo' | 'offline';

/** One bridged accessory that ought to be there. */
export interface PlannedAccessory {
  /** Unchanging; the accessory's UUID comes from it. */
  readonly key: string;
  readonly role: AccessoryRole;
  readonly guestId?: string;
  readonly name: string;
  readonly service: SensorKind | 'switch';
}

export interface GuestAccessoryOptions {
  readonly sensor: SensorKind;
  /** A stateless programmable switch per guest as well. */
  readonly switches: boolean;
  /** A contact sensor per guest that opens only for a visitor verified under the strict liveness policy. */
  readonly verified: boolean;
  /** A sensor for visitors who may be a picture of a guest. */
  readonly possiblyPhoto: boolean;
  /** The doorbells that have a sensor for a camera that does not deliver. */
  readonly cameraOffline: readonly string[];
}

/** What the plan needs of a guest. */
export interface NamedGuest {
  readonly id: string;
  readonly name: string;
}

/** @param of the guest's id, or the doorbell's name for `offline` */
export const accessoryKey = (role: AccessoryRole, of?: string): string => (of === undefined ? role : `${role}:${of}`);

/** Which accessories belong to these guests and options. One accessory each: Home shows no names of services. Pure. */
export function planAccessories(guests: readonly NamedGuest[], options: GuestAccessoryOptions): PlannedAccessory[] {
  const shared = (role: 'unknown' | 'someone' | 'photo', name: string): PlannedAccessory => ({
    key: accessoryKey(role),
    role,
    name,
    service: options.sensor,
  });
  const own = (
    role: 'guest' | 'switch' | 'verified',
    guest: NamedGuest,
    name: string,
    service: PlannedAccessory['service'],
  ): PlannedAccessory => ({ key: accessoryKey(role, guest.id), role, guestId: guest.id, name, service });
  return [
    shared('unknown', 'Unknown visitor'),
    shared('someone', 'Someone we know'),
    ...(options.possiblyPhoto ? [shared('photo', 'Possibly a photo')] : []),
    ...options.cameraOffline.map((doorbell): PlannedAccessory => ({
      key: accessoryKey('offline', doorbell),
      role: 'offline',
      name: `${doorbell} camera offline`,
      service: 'contact',
    })),
    ...guests.flatMap((guest) => [
      own('guest', guest, guest.name, options.sensor),
      ...(options.switches ? [own('switch', guest, `${guest.name} switch`, 'switch')] : []),
      ...(options.verified ? [own('verified', guest, `${guest.name} verified`, 'contact')] : []),
    ]),
  ];
}
