import { createHash } from 'node:crypto';
import { noticeTypes } from './notice-policy.js';

/** What the discovery messages are made from. */
export interface DiscoveryWishes {
  /** The first level of every topic. */
  readonly topic: string;
  /** Home Assistant's discovery prefix. */
  readonly prefix: string;
  readonly version: string;
  readonly pictures: boolean;
}

export interface DiscoveryMessage {
  readonly topic: string;
  readonly payload: string;
}

/** Where one doorbell's messages stand below the first level; ids of guests are random, so no topic holds a name. */
export const doorTopics = (topic: string, doorbell: string) => {
  const base = `${topic}/${doorbellId(doorbell)}`;
  return {
    event: `${base}/event`,
    ring: `${base}/ring`,
    visitor: `${base}/visitor`,
    presence: `${base}/presence`,
    camera: `${base}/camera`,
    picture: `${base}/picture`,
    guest: (id: string) => `${base}/guest/${id}`,
  } as const;
};

/** Whether Doorman runs: `online` or `offline`. */
export const statusTopic = (topic: string): string => `${topic}/status`;

/** A doorbell's name as topics and ids take it: letters without marks, digits, `_`; unlike names never fall together. */
export function doorbellId(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  const isExact = plain.replaceAll('_', ' ') === name.toLowerCase();
  return isExact ? plain : `${plain}_${createHash('sha256').update(name).digest('hex').slice(0, 6)}`.replace(/^_/, '');
}

/** The topics under which this Doorman's discovery messages stand, for finding those that are out of date. */
export const discoveryPattern = ({ prefix, topic }: DiscoveryWishes, doorbell: string): string =>
  `${prefix}/+/${nodeId(topic, doorbell)}/+/config`;

/**
 * What tells Home Assistant of one doorbell: its bell, visits, presence, camera, perhaps the picture, and presence of
 * each guest. Fields after Home Assistant's pages on MQTT discovery and its event, sensor, binary sensor and image
 * platforms.
 */
export function discoveryOf(
  doorbell: string,
  guests: readonly { readonly id: string; readonly name: string }[],
  wishes: DiscoveryWishes,
): DiscoveryMessage[] {
  const { topic, prefix, version, pictures } = wishes;
  const node = nodeId(topic, doorbell);
  const topics = doorTopics(topic, doorbell);
  const common = {
    availability_topic: statusTopic(topic),
    device: {
      identifiers: [node],
      name: doorbell,
      manufacturer: 'Doorman',
      model: 'Video doorbell',
      sw_version: version,
    },
    origin: { name: 'homebridge-doorman', sw_version: version },
  };
  const entity = (
    component: string,
    object: string,
    settings: Readonly<Record<string, unknown>>,
  ): DiscoveryMessage => ({
    topic: `${prefix}/${component}/${node}/${object}/config`,
    payload: JSON.stringify({ unique_id: `${node}_${object}`, ...settings, ...common }),
  });
  return [
    entity('event', 'ring', {
      name: 'Bell',
      device_class: 'doorbell',
      event_types: ['ring'],
      state_topic: topics.ring,
    }),
    entity('event', 'visit', {
      name: 'Visit',
      icon: 'mdi:account-question',
      event_types: noticeTypes,
      state_topic: topics.event,
      // Home Assistant leaves an empty object out: what comes late switches nothing on.
      value_template: "{{ '{}' if value_json.late is defined else value }}",
    }),
    entity('sensor', 'visitor', {
      name: 'Visitor',
      icon: 'mdi:account',
      state_topic: topics.visitor,
      value_template:
        "{{ value_json.name | default('Unknown visitor' if value_json.outcome == 'unknown' else 'Visitor') }}",
      json_attributes_topic: topics.visitor,
    }),
    entity('binary_sensor', 'presence', {
      name: 'Somebody at the door',
      device_class: 'occupancy',
      state_topic: topics.presence,
    }),
    entity('binary_sensor', 'camera', {
      name: 'Camera',
      device_class: 'connectivity',
      entity_category: 'diagnostic',
      state_topic: topics.camera,
    }),
    ...(pictures ? [entity('image', 'picture', { name: 'Picture', image_topic: topics.picture })] : []),
    ...guests.map(({ id, name }) =>
      entity('binary_sensor', `guest_${id}`, {
        name: `${name} at the door`,
        icon: 'mdi:account-check',
        device_class: 'occupancy',
        state_topic: topics.guest(id),
      }),
    ),
  ];
}

const nodeId = (topic: string, doorbell: string): string =>
  `${topic.replace(/[^A-Za-z0-9_-]+/g, '_')}_${doorbellId(doorbell)}`;
