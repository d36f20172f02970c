import { describe, expect, it } from 'vitest';
import { newKeyText, readKey, type SecretsKey } from '../config/master-key.ts';
import { decryptSecret, encryptSecret, reencryptSecret, type SecretLocation } from './envelope-encryption.ts';

function aKey(): SecretsKey {
  const key = readKey(newKeyText());
  if (!key) throw new Error('a new key can be read');
  return key;
}

const key = aKey();
const place: SecretLocation = { site: 'shop', connection: 'bing', setting: 'token' };
const find = (id: string) => (id === key.id ? key : undefined);

describe('an encrypted secret', () => {
  it('decrypts at its location and contains no plain text', () => {
    const sealed = encryptSecret('canary-token-4711', place, key);
    expect(decryptSecret(sealed, place, find)).toBe('canary-token-4711');
    expect(sealed).not.toContain('canary');
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('canary');
  });

  it('differs each time', () => {
    expect(encryptSecret('same', place, key)).not.toBe(encryptSecret('same', place, key));
  });

  it.each([
    { ...place, site: 'other' },
    { ...place, connection: 'other' },
    { ...place, setting: 'other' },
    // The parts of a place cannot run into each other.
    { site: 'shop', connection: 'bing:token', setting: '1' },
  ])('does not open at another place: %o', (other) => {
    expect(decryptSecret(encryptSecret('secret', place, key), other, find)).toBeUndefined();
  });

  it('does not decrypt with another key', () => {
    const { id } = key;
    expect(decryptSecret(encryptSecret('secret', place, key), place, () => undefined)).toBeUndefined();
    expect(decryptSecret(encryptSecret('secret', place, key), place, () => ({ ...aKey(), id }))).toBeUndefined();
  });

  it('does not decrypt with any bit changed', () => {
    const [form = '', id = '', wrapped = '', secret = ''] = encryptSecret('secret', place, key).split('.');
    for (const [part, text] of [wrapped, secret].entries()) {
      const bytes = Buffer.from(text, 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const parts = part === 0 ? [changed.toString('base64url'), secret] : [wrapped, changed.toString('base64url')];
        expect(decryptSecret([form, id, ...parts].join('.'), place, find), `bit ${bit}`).toBeUndefined();
      }
    }
  });

  it.each(['', '1', '1.x', '2.a.b.c', '1.a.b.c', 'plain text'])('%j is rejected without an error', (text) => {
    expect(decryptSecret(text, place, () => key)).toBeUndefined();
    expect(reencryptSecret(text, place, () => key, aKey())).toBeUndefined();
  });

  it('is re-encrypted with another key without being decrypted', () => {
    const next = aKey();
    const sealed = encryptSecret('secret', place, key);
    const resealed = reencryptSecret(sealed, place, find, next) ?? '';
    expect(resealed.split('.')[3]).toBe(sealed.split('.')[3]);
    expect(decryptSecret(resealed, place, () => next)).toBe('secret');
    expect(decryptSecret(resealed, place, find)).toBeUndefined();
  });

  it('is not re-encrypted if its key is missing', () => {
    expect(reencryptSecret(encryptSecret('secret', place, aKey()), place, find, key)).toBeUndefined();
  });
});

describe('a secrets key', () => {
  it.each(['hex', 'base64', 'base64url'] as const)('is read from %s', (form) => {
    const bytes = Buffer.alloc(32, 7);
    expect(readKey(` ${bytes.toString(form)}\n`)?.id).toBe(readKey(bytes.toString('hex'))?.id);
  });

  it.each(['', 'short', 'ab'.repeat(31), 'ab'.repeat(33), 'not base64 at all, but forty-three letters!!'])(
    'is not read from %j',
    (text) => {
      expect(readKey(text)).toBeUndefined();
    },
  );

  it('has an id that does not reveal it, and is not serialized to JSON', () => {
    const text = newKeyText();
    const read = readKey(text);
    expect(read?.id).toMatch(/^[0-9a-f]{16}$/);
    expect(text).not.toContain(read?.id);
    expect(JSON.stringify(read)).not.toContain(text.slice(0, 8));
  });
});
