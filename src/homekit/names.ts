const LONGEST_NAME = 60;

/**
 * A name as HomeKit takes it: at least two characters, letters, digits, spaces and a few marks, beginning and ending
 * with a letter or a digit (Apple's naming rules, which HAP-NodeJS warns about). The guest book keeps the name as it
 * was given. Vowel signs of Indic and other scripts stay, though HAP-NodeJS does not know them.
 */
export function homekitName(name: string, otherwise = 'Guest'): string {
  const allowed = Array.from(name.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}’ '.,-]+/gu, ' '))
    .slice(0, LONGEST_NAME)
    .join('')
    .replace(/\s+/g, ' ')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .replace(/[^\p{L}\p{M}\p{N}’]+$/u, '');
  if (allowed === '') {
    return otherwise;
  }
  return Array.from(allowed).length === 1 ? `${otherwise} ${allowed}` : allowed;
}
