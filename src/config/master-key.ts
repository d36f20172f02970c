import { createSecretKey, hash, type KeyObject, randomBytes } from 'node:crypto';

/** The 256-bit key that encrypts secrets, and its id, which encrypted secrets contain. The key is never written into the store. */
export interface SecretsKey {
  readonly id: string;
  readonly key: KeyObject;
}

export const keyBytes = 32;
export const keyRule = 'Must be 32 random bytes as 64 hexadecimal digits or as base64. Create a key with `openssl rand -hex 32`.';

export function newKeyText(): string {
  return randomBytes(keyBytes).toString('hex');
}

/** Parses a key. Returns `undefined` if the text is not a key. */
export function readKey(text: string): SecretsKey | undefined {
  const trimmed = text.trim();
  const isHex = /^[0-9a-f]{64}$/i.test(trimmed);
  if (!isHex && !/^[\w+/-]{43}=?$/.test(trimmed)) return undefined;
  const bytes = Buffer.from(trimmed, isHex ? 'hex' : 'base64');
  return bytes.length === keyBytes ? { id: keyId(bytes), key: createSecretKey(bytes) } : undefined;
}

/** Returns an id that distinguishes keys without revealing them. */
function keyId(bytes: Buffer): string {
  return hash('sha256', Buffer.concat([Buffer.from('convey secrets key\n'), bytes])).slice(0, 16);
}
