import { z } from 'zod';

/** A fault of the configuration: where it is, and what is wrong in plain words. */
export interface ConfigFault {
  /** For example `doorbells[0].url`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** What is no rectangle is a fault of shape, and told as that. */
const region = z
  .object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
  .catch({ x: 0, y: 0, width: 1, height: 1 });

/** What the shape alone cannot say. Looks at the raw block, so that it speaks up beside faults of shape. */
export function semanticFaults(block: unknown): ConfigFault[] {
  const loose = z.object({
    doorbells: z.array(
      z.object({
        name: z.string().catch(''),
        ignoreRegions: z.array(region).catch([]),
      }),
    ),
  });
  const doorbells = loose.safeParse(block).data?.doorbells ?? [];
  const faults: ConfigFault[] = [];
  faults.push(...brokerFaults(block));
  const seen = new Map<string, number>();
  doorbells.forEach(({ name, ignoreRegions }, index) => {
    const key = name.trim().toLowerCase();
    const earlier = seen.get(key);
    if (earlier !== undefined && key !== '') {
      faults.push({
        path: `doorbells[${index}].name`,
        message: `"${name}" is already the name of doorbells[${earlier}]; each doorbell needs a name of its own`,
      });
    }
    seen.set(key, index);
    ignoreRegions.forEach((region, at) => {
      if (region.x + region.width > 1.0001 || region.y + region.height > 1.0001) {
        faults.push({ path: `doorbells[${index}].ignoreRegions[${at}]`, message: 'reaches beyond the picture' });
      }
    });
  });
  return faults;
}

/** A button over MQTT needs a broker, and a topic in which Doorman does not write itself. */
function brokerFaults(block: unknown): ConfigFault[] {
  const loose = z.object({
    button: z.object({ mqtt: z.object({ url: z.unknown().optional(), topic: z.string().catch('') }) }),
    notify: z
      .object({ mqtt: z.object({ url: z.unknown().optional(), topic: z.string().catch('doorman') }).optional() })
      .optional(),
  });
  const found = loose.safeParse(block).data;
  if (found === undefined) {
    return [];
  }
  const button = found.button.mqtt;
  const notices = found.notify?.mqtt;
  if (notices === undefined) {
    return button.url === undefined
      ? [{ path: 'button.mqtt.url', message: 'is missing; name a broker here or under notify.mqtt' }]
      : [];
  }
  const isSameBroker = button.url === undefined || button.url === notices.url;
  return isSameBroker && `${button.topic}/`.startsWith(`${notices.topic}/`)
    ? [
        {
          path: 'button.mqtt.topic',
          message: `lies within "${notices.topic}", where Doorman writes its own messages (notify.mqtt.topic); take another, such as "button"`,
        },
      ]
    : [];
}

export function describeIssue(issue: z.core.$ZodIssue): ConfigFault {
  const path = issue.path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );
  if (issue.code === 'unrecognized_keys') {
    return {
      path,
      message: `has ${issue.keys.map((key) => `"${key}"`).join(', ')}, which is not a setting of Doorman`,
    };
  }
  if (issue.code === 'invalid_type') {
    return { path, message: issue.input === undefined ? 'is missing' : `must be ${article(issue.expected)}` };
  }
  if (issue.code === 'invalid_value') {
    return { path, message: `must be one of ${issue.values.map(String).join(', ')}` };
  }
  if (issue.code === 'too_small' && issue.origin === 'number') {
    return {
      path,
      message: `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${String(issue.minimum)}`,
    };
  }
  if (issue.code === 'too_big' && issue.origin === 'number') {
    return { path, message: `must be at most ${String(issue.maximum)}` };
  }
  return { path, message: issue.message };
}

function article(expected: string): string {
  const words: Record<string, string> = { object: 'a group of settings', array: 'a list', string: 'a text' };
  return words[expected] ?? `a ${expected}`;
}
