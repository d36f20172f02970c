import { type CipherGCMTypes, createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { keyBytes, type SecretsKey } from '../config/master-key.ts';

/**
 * Encrypts each secret with its own data key, which is encrypted with the secrets key. So the secrets key can change without decrypting the
 * secret. Both are bound to their location: a secret that was moved or changed cannot be decrypted.
 *
 * Format: `1.<id of the secrets key>.<encrypted data key>.<encrypted secret>`, the last two as base64url of IV, ciphertext and tag.
 */

/**
 * The location of a secret: a setting of a connection or of an alert channel, a secret of a site's webhooks or of one of its hooks, the tokens of a platform's grant,
 * or an attempt to connect an account.
 */
export type SecretLocation =
  | { readonly site: string; readonly connection: string; readonly setting: string }
  | { readonly alertChannel: string; readonly setting: string }
  | { readonly site: string; readonly webhookSecret: string }
  | { readonly site: string; readonly hook: string; readonly hookSecret: string }
  | { readonly table: 'grants' | 'account_links' | 'platform_clients'; readonly row: string };

/** Finds a secrets key by its id. */
export type FindKey = (id: string) => SecretsKey | undefined;

const formatVersion = '1';
const algorithm: CipherGCMTypes = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

export function encryptSecret(secret: string, place: SecretLocation, { id, key }: SecretsKey): string {
  const dataKey = randomBytes(keyBytes);
  const encrypted = encrypt(Buffer.from(secret), createSecretKey(dataKey), toAssociatedData(place));
  return [formatVersion, id, encrypt(dataKey, key, toAssociatedData(place)), encrypted].join('.');
}

/** Decrypts a secret. Returns `undefined` if its key is missing, or if it was tampered with. */
export function decryptSecret(encrypted: string, place: SecretLocation, find: FindKey): string | undefined {
  const dataKey = decryptDataKey(encrypted, place, find);
  const [, , , secret = ''] = encrypted.split('.');
  return dataKey && decrypt(secret, dataKey, toAssociatedData(place))?.toString();
}

/** Encrypts the data key of a secret with another secrets key, without decrypting the secret. Returns `undefined` as `decryptSecret` does. */
export function reencryptSecret(
  encrypted: string,
  place: SecretLocation,
  find: FindKey,
  { id, key }: SecretsKey,
): string | undefined {
  const dataKey = decryptDataKey(encrypted, place, find);
  const [, , , secret = ''] = encrypted.split('.');
  return dataKey && [formatVersion, id, encrypt(dataKey.export(), key, toAssociatedData(place)), secret].join('.');
}

export function encryptionKeyId(encrypted: string): string {
  return encrypted.split('.')[1] ?? '';
}

function decryptDataKey(encrypted: string, place: SecretLocation, find: FindKey): KeyObject | undefined {
  const [version, id = '', wrapped = ''] = encrypted.split('.');
  const key = version === formatVersion ? find(id) : undefined;
  const dataKey = key && decrypt(wrapped, key.key, toAssociatedData(place));
  return dataKey && createSecretKey(dataKey);
}

/** Returns the associated data of a location: table, row, column and version. */
function toAssociatedData(place: SecretLocation): Buffer {
  const at =
    'table' in place
      ? `${place.table}:${place.row}:secret`
      : 'alertChannel' in place
        ? `alert_settings:${place.alertChannel}:${place.setting}`
        : 'connection' in place
          ? `made_connections:${place.site}/${place.connection}:${place.setting}`
          : 'hook' in place
            ? `made_sites:${place.site}:hookSecrets/${place.hook}/${place.hookSecret}`
            : `made_sites:${place.site}:webhookSecrets/${place.webhookSecret}`;
  return Buffer.from(`${at}:${formatVersion}`);
}

/** Encrypts with a random IV, which is safe because a data key encrypts one secret, and the secrets key one data key per secret. */
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
