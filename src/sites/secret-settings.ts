import type { SecretsKey } from '../config/master-key.ts';
import {
  decryptSecret,
  encryptionKeyId,
  encryptSecret,
  type FindKey,
  reencryptSecret,
  type SecretLocation,
} from './envelope-encryption.ts';

/** Encrypts and decrypts the secret settings of a connection or of an alert channel, as JSON. */

type SettingsLocation = { readonly site: string; readonly connection: string } | { readonly alertChannel: string };

/** Encrypted secrets by the name of their setting. */
type EncryptedSettings = Readonly<Record<string, string>>;

export function encryptSettings(
  secrets: Readonly<Record<string, unknown>>,
  place: SettingsLocation,
  key: SecretsKey,
): EncryptedSettings {
  const encrypted = Object.entries(secrets).map(([setting, secret]) => [
    setting,
    encryptSecret(JSON.stringify(secret), { ...place, setting }, key),
  ]);
  return Object.fromEntries(encrypted);
}

/** Decrypts secret settings. `lost` has the names of those that cannot be decrypted. */
export function decryptSettings(
  secrets: EncryptedSettings,
  place: SettingsLocation,
  findKey: FindKey,
): { readonly opened: Readonly<Record<string, unknown>>; readonly lost: readonly string[] } {
  const opened: Record<string, unknown> = {};
  const lost: string[] = [];
  for (const [setting, encrypted] of Object.entries(secrets)) {
    const text = decryptSecret(encrypted, { ...place, setting }, findKey);
    if (text === undefined) lost.push(setting);
    else opened[setting] = JSON.parse(text);
  }
  return { opened, lost };
}

export interface ReencryptionCounts {
  /** The number of secrets that were encrypted with another key before. */
  readonly resealed: number;
  /** The number of unchanged secrets, whose key is missing. */
  readonly lost: number;
}

/** Encrypts secrets with another secrets key, and counts them. Secrets that cannot be decrypted stay unchanged. */
export class Reencryption {
  readonly #key: SecretsKey;
  readonly #find: FindKey;
  #counts: ReencryptionCounts = { resealed: 0, lost: 0 };

  constructor(key: SecretsKey, find: FindKey) {
    this.#key = key;
    this.#find = find;
  }

  get counts(): ReencryptionCounts {
    return this.#counts;
  }

  reencrypt(encrypted: string, place: SecretLocation): string {
    if (encryptionKeyId(encrypted) === this.#key.id) return encrypted;
    const next = reencryptSecret(encrypted, place, this.#find, this.#key);
    const { resealed, lost } = this.#counts;
    this.#counts = next === undefined ? { resealed, lost: lost + 1 } : { resealed: resealed + 1, lost };
    return next ?? encrypted;
  }

  reencryptSettings(secrets: EncryptedSettings, place: SettingsLocation): EncryptedSettings {
    const changed = Object.entries(secrets).map(([setting, encrypted]) => [
      setting,
      this.reencrypt(encrypted, { ...place, setting }),
    ]);
    return Object.fromEntries(changed);
  }
}
