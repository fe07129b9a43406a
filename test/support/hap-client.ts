import { EventEmitter } from 'node:events';
import httpClient from 'hap-controller/lib/transport/ip/http-client.js';
import { LiveStream, type LiveWish } from './live-stream.js';

/** Short UUIDs of the HomeKit types that tests ask for (HAP specification R2, sections 8 and 9). */
export const SERVICE = {
  accessoryInformation: '3E',
  contactSensor: '80',
  doorbell: '121',
  motionSensor: '85',
  occupancySensor: '86',
  cameraStreamManagement: '110',
  recordingManagement: '204',
  statelessProgrammableSwitch: '89',
} as const;

export const CHARACTERISTIC = {
  active: 'B0',
  configuredName: 'E3',
  contactSensorState: '6A',
  motionDetected: '22',
  name: '23',
  occupancyDetected: '71',
  programmableSwitchEvent: '73',
  recordingAudioActive: '226',
  selectedRecordingConfiguration: '209',
  selectedStreamConfiguration: '117',
  setupDataStream: '131',
  setupEndpoints: '118',
  statusActive: '75',
  statusFault: '77',
  streamingStatus: '120',
} as const;

/** One characteristic of a paired accessory, by its names. */
export interface Found {
  /** `aid.iid` */
  readonly id: string;
  readonly aid: number;
  /** The accessory's name. */
  readonly accessory: string;
  /** Short UUIDs. */
  readonly service: string;
  readonly characteristic: string;
  readonly serviceIid: number;
  readonly value: unknown;
  readonly perms: readonly string[];
}

export interface HapEvent extends Omit<Found, 'perms' | 'serviceIid'> {
  /** By `performance.now()`. */
  readonly at: number;
}

export interface HapClientOptions {
  readonly host?: string;
  readonly port: number;
  readonly pin: string;
}

const HttpClient = httpClient.default;
type HttpClientInstance = InstanceType<typeof HttpClient>;
type PairingData = NonNullable<ReturnType<HttpClientInstance['getLongTermData']>>;

/** A HomeKit controller, paired with one bridge or accessory, as a phone would be. */
export class HapClient {
  /** Every event since `subscribe`, in order. */
  readonly events: HapEvent[] = [];
  private readonly arrivals = new EventEmitter();
  private readonly http: HttpClientInstance;
  private known = new Map<string, Found>();

  private constructor(
    private readonly host: string,
    port: number,
    readonly pairing: PairingData,
  ) {
    this.http = new HttpClient('doorman-test', host, port, pairing, {
      usePersistentConnections: true,
      subscriptionsUseSameConnection: true,
    });
    this.http.on('event', (message: { characteristics: { aid: number; iid: number; value: unknown }[] }) => {
      for (const { aid, iid, value } of message.characteristics) {
        const found = this.known.get(`${aid}.${iid}`);
        if (found !== undefined) {
          const { perms: _perms, serviceIid: _serviceIid, ...named } = found;
          this.events.push({ ...named, value, at: performance.now() });
          this.arrivals.emit('event');
        }
      }
    });
  }

  /** Pairs, and lists what is there. */
  static async pair({ host = '127.0.0.1', port, pin }: HapClientOptions): Promise<HapClient> {
    const http = new HttpClient('doorman-test', host, port);
    await http.pairSetup(pin);
    const pairing = http.getLongTermData();
    await http.close();
    if (pairing === null) {
      throw new Error('pairing gave no keys');
    }
    return HapClient.connect(pairing, { host, port });
  }

  /** Comes back with the keys of an earlier pairing. */
  static async connect(
    pairing: PairingData,
    { host = '127.0.0.1', port }: Omit<HapClientOptions, 'pin'>,
  ): Promise<HapClient> {
    const client = new HapClient(host, port, pairing);
    await client.refresh();
    return client;
  }

  /** Reads the accessory database again; returns every characteristic. */
  async refresh(): Promise<readonly Found[]> {
    const { accessories } = await this.http.getAccessories();
    const all = accessories.flatMap((accessory) => {
      const { aid } = accessory;
      const nameOf = (service: (typeof accessory.services)[number], type: string) =>
        service.characteristics.find((characteristic) => short(characteristic.type ?? '') === type)?.value;
      const information = accessory.services.find(({ type }) => short(type) === SERVICE.accessoryInformation);
      const name = information && nameOf(information, CHARACTERISTIC.name);
      return accessory.services.flatMap((service) =>
        service.characteristics.map((characteristic): Found => ({
          id: `${aid}.${characteristic.iid ?? 0}`,
          aid,
          accessory: typeof name === 'string' ? name : '',
          service: short(service.type),
          serviceIid: service.iid,
          characteristic: short(characteristic.type ?? ''),
          value: characteristic.value,
          perms: characteristic.perms ?? [],
        })),
      );
    });
    this.known = new Map(all.map((found) => [found.id, found]));
    return all;
  }

  /** The accessories' names. */
  get accessories(): string[] {
    return [...new Set([...this.known.values()].map(({ accessory }) => accessory))];
  }

  /** The characteristics of a type, of every accessory or of the named one. */
  find(characteristic: string, accessory?: string): Found[] {
    return [...this.known.values()].filter(
      (found) => found.characteristic === characteristic && (accessory === undefined || found.accessory === accessory),
    );
  }

  /** The only characteristic of its kind. @throws when there is none or more than one */
  one(characteristic: string, accessory?: string): Found {
    const found = this.find(characteristic, accessory);
    if (found.length !== 1) {
      throw new Error(`${found.length} characteristics ${characteristic} at ${accessory ?? 'all accessories'}`);
    }
    return found[0]!;
  }

  async read(found: Found): Promise<unknown> {
    const { characteristics } = await this.http.getCharacteristics([found.id]);
    return characteristics[0]?.value;
  }

  /** @throws when the accessory refuses the value */
  async write(found: Found, value: unknown): Promise<void> {
    const answer = await this.http.setCharacteristics({ [found.id]: value });
    const refused = (answer.characteristics as { status?: number }[] | undefined)?.find(
      ({ status }) => (status ?? 0) !== 0,
    );
    if (refused !== undefined) {
      throw new Error(`the accessory refused the value with HAP status ${String(refused.status)}`);
    }
  }

  /** Writes, and returns what the accessory answers with. */
  async writeForAnswer(found: Found, value: unknown): Promise<unknown> {
    const answer = await this.http.setCharacteristics({ [found.id]: { value, r: true } });
    return (answer.characteristics as { value?: unknown }[] | undefined)?.[0]?.value;
  }

  /** Writes what HomeKit only lets be written after an announcement (timed write). */
  async writeTimed(found: Found, value: unknown): Promise<void> {
    const http = this.http as unknown as {
      getDefaultVerifiedConnection(): Promise<{ put(path: string, body: Buffer): Promise<{ statusCode: number }> }>;
    };
    const connection = await http.getDefaultVerifiedConnection();
    const pid = Math.floor(Math.random() * 2 ** 32) + 1;
    const [aid, iid] = found.id.split('.').map(Number);
    await connection.put('/prepare', Buffer.from(JSON.stringify({ ttl: 5000, pid })));
    const body = JSON.stringify({ pid, characteristics: [{ aid, iid, value }] });
    const { statusCode } = await connection.put('/characteristics', Buffer.from(body));
    if (statusCode !== 204) {
      throw new Error(`the accessory answered a timed write with ${statusCode}`);
    }
  }

  /** The HomeKit session, for what is derived from its keys. */
  get session(): { readonly host: string; readonly sharedSecret: Buffer } {
    const { pairingProtocol } = this.http as unknown as {
      pairingProtocol: { pairVerify: { sharedSecret: Buffer } };
    };
    return { host: this.host, sharedSecret: pairingProtocol.pairVerify.sharedSecret };
  }

  /** Subscribes to every characteristic that gives events, or to those of the given types. */
  async subscribe(types?: readonly string[]): Promise<void> {
    const wanted = [...this.known.values()].filter(
      ({ perms, characteristic }) => perms.includes('ev') && (types === undefined || types.includes(characteristic)),
    );
    await this.http.subscribeCharacteristics(wanted.map(({ id }) => id));
  }

  /** Waits for an event that has come since `since` (an index into `events`) or comes. @throws when none does in time */
  async event(matches: (event: HapEvent) => boolean, { since = 0, timeoutMs = 10_000 } = {}): Promise<HapEvent> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const event = this.events.slice(since).find(matches);
      if (event !== undefined) {
        return event;
      }
      const left = until - performance.now();
      if (left <= 0) {
        throw new Error(`no such event within ${timeoutMs} ms; there were ${JSON.stringify(this.events.slice(since))}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(arrived, left);
        const { arrivals } = this;
        function arrived(): void {
          clearTimeout(timer);
          arrivals.off('event', arrived);
          resolve();
        }
        arrivals.on('event', arrived);
      });
    }
  }

  /** A JPEG from an accessory's camera. */
  async snapshot(width: number, height: number, aid = 1): Promise<Buffer> {
    return this.http.getImage(width, height, aid);
  }

  /** Negotiates a live view on the first free of the accessory's stream services. */
  async liveStream(wish: LiveWish = {}, index = 0): Promise<LiveStream> {
    const setup = this.find(CHARACTERISTIC.setupEndpoints)[index];
    const selected = this.find(CHARACTERISTIC.selectedStreamConfiguration)[index];
    if (setup === undefined || selected === undefined) {
      throw new Error(`the accessory has no stream service ${index}`);
    }
    return LiveStream.start(
      {
        setup: async (request) => {
          await this.write(setup, request.toString('base64'));
          return Buffer.from(String(await this.read(setup)), 'base64');
        },
        select: (configuration) => this.write(selected, configuration.toString('base64')),
      },
      wish,
    );
  }

  /** Takes the pairing back. */
  async unpair(): Promise<void> {
    await this.http.removePairing(this.pairing.iOSDevicePairingID);
  }

  async close(): Promise<void> {
    await this.http.close();
  }
}

/** `0000003E-0000-1000-8000-0026BB765291` as `3E`. */
function short(uuid: string): string {
  return uuid
    .replace(/-0000-1000-8000-0026BB765291$/i, '')
    .replace(/^0+(?=.)/, '')
    .toUpperCase();
}
