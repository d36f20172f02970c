import { createSecretKey, hash, type KeyObject, randomBytes } from 'node:crypto';

/** What secrets are locked up with: a key of 256 bits, and the name that sealed secrets call it by. It is never written into the store. */
export interface SecretsKey {
  readonly id: string;
  readonly key: KeyObject;
}

export const keyBytes = 32;
export const keyRule = 'Must be 32 random bytes as 64 hexadecimal digits or as base64. Make them with `openssl rand -hex 32`.';

export function newKeyText(): string {
  return randomBytes(keyBytes).toString('hex');
}

/** The key that a text writes out; `undefined` where it is none. */
export function readKey(text: string): SecretsKey | undefined {
  const trimmed = text.trim();
  const isHex = /^[0-9a-f]{64}$/i.test(trimmed);
  if (!isHex && !/^[\w+/-]{43}=?$/.test(trimmed)) return undefined;
  const bytes = Buffer.from(trimmed, isHex ? 'hex' : 'base64');
  return bytes.length === keyBytes ? { id: idOf(bytes), key: createSecretKey(bytes) } : undefined;
}

/** Tells keys apart, and nothing about them. */
function idOf(bytes: Buffer): string {
  return hash('sha256', Buffer.concat([Buffer.from('convey secrets key\n'), bytes])).slice(0, 16);
}
