import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What HAP-NodeJS keeps of an accessory that can be paired. */
interface AccessoryInfo {
  readonly displayName: string;
  readonly category: number;
  readonly pincode: string;
  readonly setupID: string;
}

interface QrCode {
  generate(text: string, options: { small: boolean }, show: (code: string) => void): void;
}

const BRIDGE = 2;
const SETUP_BY_IP = 1n << 28n;

/** The text of a HomeKit QR code (HAP specification, "Setup Payload"): category, transport and code in base 36. */
export function setupUri({ category, pincode, setupID }: AccessoryInfo): string {
  const payload = (BigInt(category) << 31n) | SETUP_BY_IP | BigInt(pincode.replaceAll('-', ''));
  return `X-HM://${payload.toString(36).toUpperCase().padStart(9, '0')}${setupID}`;
}

/** All accessories of a Homebridge storage folder that can be added to Home, the bridge first. */
export async function pairable(storage: string): Promise<AccessoryInfo[]> {
  const folder = join(storage, 'persist');
  const files = (await readdir(folder)).filter((name) => name.startsWith('AccessoryInfo.'));
  const infos = await Promise.all(
    files.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as AccessoryInfo),
  );
  return infos.sort((a, b) => Number(b.category === BRIDGE) - Number(a.category === BRIDGE));
}

/** Shows how to add the bridge (guests' sensors) and the doorbell to the Home app. */
export async function showPairing(storage: string): Promise<void> {
  const qrcode = createRequire(import.meta.url)('qrcode-terminal') as QrCode;
  for (const info of await pairable(storage)) {
    const what = info.category === BRIDGE ? 'the guests’ sensors' : 'the doorbell';
    qrcode.generate(setupUri(info), { small: true }, (code) => {
      console.log(`\nAdd ${what} to the Home app (“${info.displayName}”), code ${info.pincode}:\n${code}`);
    });
  }
}
