import { type CipherGCMTypes, createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { keyBytes, type SecretsKey } from '../config/master-key.ts';

/**
 * How a secret is kept: encrypted under a key of its own, which is encrypted under the secrets key. So the secrets key can change
 * without the secret being told to anybody. Both are bound to their place: what is moved to another place, or has one bit changed,
 * does not open.
 *
 * `1.<id of the secrets key>.<own key, wrapped>.<secret>`, the last two as base64url of IV, ciphertext and tag.
 */

/** Which secret setting of which connection, or which of the secrets that a site's webhooks are signed with. */
export type SecretLocation =
  | { readonly site: string; readonly connection: string; readonly setting: string }
  | { readonly site: string; readonly webhookSecret: string };

/** Finds a secrets key by its id. */
export type FindKey = (id: string) => SecretsKey | undefined;

const form = '1';
const algorithm: CipherGCMTypes = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

export function encryptSecret(secret: string, place: SecretLocation, { id, key }: SecretsKey): string {
  const own = randomBytes(keyBytes);
  const sealed = encrypt(Buffer.from(secret), createSecretKey(own), boundTo(place));
  return [form, id, encrypt(own, key, boundTo(place)), sealed].join('.');
}

/** The secret; `undefined` where its key is missing, or where it was tampered with. */
export function decryptSecret(sealed: string, place: SecretLocation, find: FindKey): string | undefined {
  const own = ownKey(sealed, place, find);
  const [, , , secret = ''] = sealed.split('.');
  return own && decrypt(secret, own, boundTo(place))?.toString();
}

/** The same secret under another secrets key; `undefined` as in `unseal`. The secret itself stays closed. */
export function reencryptSecret(
  sealed: string,
  place: SecretLocation,
  find: FindKey,
  { id, key }: SecretsKey,
): string | undefined {
  const own = ownKey(sealed, place, find);
  const [, , , secret = ''] = sealed.split('.');
  return own && [form, id, encrypt(own.export(), key, boundTo(place)), secret].join('.');
}

export function encryptionKeyId(sealed: string): string {
  return sealed.split('.')[1] ?? '';
}

function ownKey(sealed: string, place: SecretLocation, find: FindKey): KeyObject | undefined {
  const [version, id = '', wrapped = ''] = sealed.split('.');
  const key = version === form ? find(id) : undefined;
  const own = key && decrypt(wrapped, key.key, boundTo(place));
  return own && createSecretKey(own);
}

/** Table, row, column and version. */
function boundTo(place: SecretLocation): Buffer {
  const at =
    'connection' in place
      ? `made_connections:${place.site}/${place.connection}:${place.setting}`
      : `made_sites:${place.site}:webhookSecrets/${place.webhookSecret}`;
  return Buffer.from(`${at}:${form}`);
}

/** The IV is random each time, and no key seals more than a few: its own key one, the secrets key one for each secret. */
function encrypt(plain: Buffer, key: KeyObject, bound: Buffer): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(bound);
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

function decrypt(text: string, key: KeyObject, bound: Buffer): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length < ivBytes + tagBytes) return undefined;
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
    .setAAD(bound)
    .setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}
