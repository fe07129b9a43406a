import { fingerprint } from './fingerprint.js';

/** Names files by what is in them, so that a moved folder is not computed again; every file is read once. */
export class ContentNames {
  private readonly names = new Map<string, string>();

  async of(file: string): Promise<string> {
    const name = this.names.get(file) ?? (await fingerprint(file)).slice(0, 24);
    this.names.set(file, name);
    return name;
  }
}
