/**
 * A name as HomeKit takes it: letters, digits, spaces and a few marks, beginning and ending with a letter or a
 * digit (Apple's naming rules, which HAP-NodeJS warns about). The guest book keeps the name as it was given.
 */
export function homekitName(name: string, otherwise = 'Guest'): string {
  const allowed = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}’ '.,-]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .replace(/[^\p{L}\p{M}\p{N}’]+$/u, '')
    .slice(0, 60)
    .trim();
  return allowed === '' ? otherwise : allowed;
}
