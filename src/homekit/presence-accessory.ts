import type { API, Characteristic, PlatformAccessory, Service, WithUUID } from 'homebridge';
import type { PlannedAccessory, SensorKind } from './accessory-plan.js';
import { Hold } from './hold.js';
import { homekitName } from './names.js';

/** What Homebridge keeps with the accessory between starts. */
interface AccessoryMemory {
  key?: string;
  /** The name this plugin gave; another `ConfiguredName` is the user's own and stays. */
  givenName?: string;
}

interface SensorTerms {
  readonly service: WithUUID<typeof Service>;
  readonly characteristic: WithUUID<new () => Characteristic>;
  readonly on: number | boolean;
  readonly off: number | boolean;
}

/** One bridged accessory: a sensor or a switch with one name. */
export class PresenceAccessory {
  private readonly hold = new Hold(() => this.show());
  private isSet = false;
  private service?: Service;
  private watched?: Characteristic;
  private terms?: SensorTerms;

  constructor(
    private readonly api: API,
    readonly accessory: PlatformAccessory,
    /** Homebridge writes its cache only when told. */
    private readonly changed: () => void,
  ) {}

  /** Gives the accessory the service and the name that the plan wants; keeps a name the user chose in Home. */
  become(planned: PlannedAccessory): void {
    const { Characteristic: C, Service: S } = this.api.hap;
    const wanted =
      planned.service === 'switch' ? S.StatelessProgrammableSwitch : this.sensorTerms(planned.service).service;
    this.terms = planned.service === 'switch' ? undefined : this.sensorTerms(planned.service);
    const name = homekitName(planned.name);
    for (const service of [...this.accessory.services]) {
      if (service.UUID !== wanted.UUID && service.UUID !== S.AccessoryInformation.UUID) {
        this.accessory.removeService(service);
      }
    }
    this.service = this.accessory.getService(wanted) ?? this.accessory.addService(wanted, name);
    this.accessory
      .getService(S.AccessoryInformation)
      ?.setCharacteristic(C.Manufacturer, 'Doorman')
      .setCharacteristic(C.Model, planned.service === 'switch' ? 'Guest switch' : 'Guest sensor')
      .setCharacteristic(C.SerialNumber, this.accessory.UUID.slice(0, 8));
    this.name(name, planned.key);
    this.show();
  }

  /** On for this long, or until told again. Nothing happens in Home when it is on already. */
  keep(ms: number, holder?: string): void {
    this.hold.keep(ms, holder);
  }

  /** On or off until told otherwise, whatever else holds it on. */
  set(on: boolean): void {
    this.isSet = on;
    this.show();
  }

  /** One press of a switch accessory. */
  press(): void {
    this.service
      ?.getCharacteristic(this.api.hap.Characteristic.ProgrammableSwitchEvent)
      .sendEventNotification(this.api.hap.Characteristic.ProgrammableSwitchEvent.SINGLE_PRESS);
  }

  stop(): void {
    this.hold.stop();
    this.isSet = false;
    this.show();
  }

  private name(name: string, key: string): void {
    const { Characteristic: C } = this.api.hap;
    const memory = this.accessory.context as AccessoryMemory;
    const service = this.service!;
    if (!service.testCharacteristic(C.ConfiguredName)) {
      service.addOptionalCharacteristic(C.ConfiguredName);
    }
    const inHome = service.testCharacteristic(C.ConfiguredName)
      ? service.getCharacteristic(C.ConfiguredName).value
      : '';
    const renamedByUser = memory.givenName !== undefined && inHome !== '' && inHome !== memory.givenName;
    if (!renamedByUser && (memory.givenName !== name || inHome !== name)) {
      service.updateCharacteristic(C.Name, name);
      service.updateCharacteristic(C.ConfiguredName, name);
      this.accessory.getService(this.api.hap.Service.AccessoryInformation)?.updateCharacteristic(C.Name, name);
      this.accessory.displayName = name;
    }
    memory.key = key;
    if (!renamedByUser) {
      memory.givenName = name;
    }
    const configured = service.getCharacteristic(C.ConfiguredName);
    if (this.watched !== configured) {
      this.watched = configured;
      configured.on('change', () => this.changed());
    }
  }

  private show(): void {
    if (this.terms !== undefined) {
      const on = this.isSet || this.hold.isOn;
      this.service?.updateCharacteristic(this.terms.characteristic, on ? this.terms.on : this.terms.off);
    }
  }

  private sensorTerms(kind: SensorKind): SensorTerms {
    const { Characteristic: C, Service: S } = this.api.hap;
    switch (kind) {
      case 'occupancy':
        return { service: S.OccupancySensor, characteristic: C.OccupancyDetected, on: 1, off: 0 };
      case 'motion':
        return { service: S.MotionSensor, characteristic: C.MotionDetected, on: true, off: false };
      case 'contact':
        // Home says "opened" when contact is lost, and that is what makes the notification.
        return { service: S.ContactSensor, characteristic: C.ContactSensorState, on: 1, off: 0 };
    }
  }
}
