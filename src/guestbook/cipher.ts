import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** Length of the book's key, in bytes (AES-256). */
export const keyLength = 32;

const nonceLength = 12;
const tagLength = 16;

/**
 * AES-256-GCM under a key derived for one purpose (NIST SP 800-38D; HKDF of RFC 5869).
 *
 * `purpose` names what is sealed (an object's id, the index' slot and generation). It goes into the key derivation
 * and the authenticated data, so a sealed piece opens only in the place it was made for: files that are swapped,
 * renamed or put back from an older copy do not open. A key of its own per object also keeps the number of
 * messages under one key far below GCM's limit for random nonces.
 *
 * @returns nonce (12 bytes), ciphertext, tag (16 bytes)
 */
export function seal(key: Uint8Array, purpose: string, plain: Uint8Array): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', deriveKey(key, purpose), nonce);
  cipher.setAAD(Buffer.from(purpose));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Opens what `seal` made for the same purpose; undefined when a single bit differs. */
export function unseal(key: Uint8Array, purpose: string, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < nonceLength + tagLength) {
    return undefined;
  }
  const decipher = createDecipheriv('aes-256-gcm', deriveKey(key, purpose), sealed.subarray(0, nonceLength));
  decipher.setAAD(Buffer.from(purpose));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceLength, sealed.length - tagLength)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Says which key made a book without saying anything about the key: 8 bytes. */
export function keyFingerprint(key: Uint8Array): Buffer {
  return createHmac('sha256', key).update('homebridge-doorman key fingerprint').digest().subarray(0, 8);
}

function deriveKey(key: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `homebridge-doorman ${purpose}`, keyLength));
}
