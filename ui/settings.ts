/** The plugin's block in Homebridge's config.json, as far as this page touches it. */
export interface DoorbellBlock extends Record<string, unknown> {
  readonly name?: string;
  readonly url?: string;
  readonly ignoreRegions?: readonly Region[];
}

/** In fractions of the picture. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Block extends Record<string, unknown> {
  readonly doorbells?: readonly DoorbellBlock[];
  readonly retention?: Readonly<Record<string, unknown>>;
}

const { homebridge } = window;

async function block(): Promise<Block> {
  const [first] = await homebridge.getPluginConfig();
  return first ?? { platform: 'Doorman', name: 'Doorman' };
}

export async function configuredDoorbells(): Promise<readonly DoorbellBlock[]> {
  const { doorbells } = await block();
  return Array.isArray(doorbells) ? (doorbells as readonly DoorbellBlock[]) : [];
}

/** Changes the block and writes it into config.json; Homebridge reads it when it is restarted. */
async function change(next: (before: Block) => Block): Promise<void> {
  const [first, ...others] = await homebridge.getPluginConfig();
  const before = first ?? { platform: 'Doorman', name: 'Doorman' };
  await homebridge.updatePluginConfig([{ ...next(before) }, ...others]);
  await homebridge.savePluginConfig();
}

export function addDoorbell(name: string, url: string): Promise<void> {
  return change((before) => ({ ...before, doorbells: [...(before.doorbells ?? []), { name, url }] }));
}

export function saveRegions(doorbell: string, ignoreRegions: readonly Region[]): Promise<void> {
  return change((before) => ({
    ...before,
    doorbells: (before.doorbells ?? []).map((each) => (each.name === doorbell ? { ...each, ignoreRegions } : each)),
  }));
}

export function keepStrangers(): Promise<void> {
  return change((before) => ({ ...before, retention: { ...before.retention, inbox: true } }));
}
