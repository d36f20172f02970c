import type { SecretsKey } from '../config/master-key.ts';
import type { ConfigProblem } from '../config/sites.ts';
import type { DashboardConnection, DashboardSite } from '../storage/store/dashboard-sites.ts';
import {
  decryptSecret,
  encryptionKeyId,
  encryptSecret,
  type FindKey,
  reencryptSecret,
  type SecretLocation,
} from './envelope-encryption.ts';

/** Encrypts and decrypts secret settings of connections (as JSON) and webhook secrets, each bound to its location. */

export function encryptSecrets(
  secrets: Readonly<Record<string, unknown>>,
  place: { readonly site: string; readonly connection: string },
  key: SecretsKey,
): DashboardConnection['secrets'] {
  const encrypted = Object.entries(secrets).map(([setting, secret]) => [
    setting,
    encryptSecret(JSON.stringify(secret), { ...place, setting }, key),
  ]);
  return Object.fromEntries(encrypted);
}

/** Decrypts the secret settings of a connection. `lost` lists those that cannot be decrypted. */
export function decryptSecrets(
  { site, id, secrets }: Pick<DashboardConnection, 'site' | 'id' | 'secrets'>,
  findKey: FindKey,
): { readonly opened: Readonly<Record<string, unknown>>; readonly lost: readonly ConfigProblem[] } {
  const opened: Record<string, unknown> = {};
  const lost: ConfigProblem[] = [];
  for (const [setting, encrypted] of Object.entries(secrets)) {
    const text = decryptSecret(encrypted, { site, connection: id, setting }, findKey);
    if (text === undefined) lost.push({ path: `settings.${setting}`, message: keyMissing });
    else opened[setting] = JSON.parse(text);
  }
  return { opened, lost };
}

const keyMissing =
  'The key that encrypted this secret is missing, or the secret is damaged. Restore the key and restart Convey, or enter the secret again.';

/** Decrypts the webhook secrets of a site. `lost` has the ids of those that cannot be decrypted. */
export function decryptWebhookSecrets(
  { id: site, webhookSecrets }: Pick<DashboardSite, 'id' | 'webhookSecrets'>,
  findKey: FindKey,
): { readonly opened: readonly string[]; readonly lost: readonly string[] } {
  const all = webhookSecrets.map(({ id, sealed }) => ({
    id,
    secret: decryptSecret(sealed, { site, webhookSecret: id }, findKey),
  }));
  return {
    opened: all.flatMap(({ secret }) => secret ?? []),
    lost: all.flatMap(({ id, secret }) => (secret === undefined ? [id] : [])),
  };
}

/** Encrypts all secrets with `key`, and counts the changed ones. Secrets that cannot be decrypted stay unchanged. */
export function reencryptAll(
  key: SecretsKey,
  { sites, connections }: EncryptedSecrets,
  find: FindKey,
): EncryptedSecrets & { readonly resealed: number; readonly lost: number } {
  let [resealed, lost] = [0, 0];
  const reencrypt = (encrypted: string, place: SecretLocation): string => {
    if (encryptionKeyId(encrypted) === key.id) return encrypted;
    const next = reencryptSecret(encrypted, place, find, key);
    if (next === undefined) lost += 1;
    else resealed += 1;
    return next ?? encrypted;
  };
  return {
    connections: connections.map((one) => {
      const { site, id: connection } = one;
      const secrets = Object.entries(one.secrets).map(([setting, encrypted]) => [
        setting,
        reencrypt(encrypted, { site, connection, setting }),
      ]);
      return { ...one, secrets: Object.fromEntries(secrets) };
    }),
    sites: sites.map((one) => ({
      ...one,
      webhookSecrets: one.webhookSecrets.map((secret) => {
        return { ...secret, sealed: reencrypt(secret.sealed, { site: one.id, webhookSecret: secret.id }) };
      }),
    })),
    resealed,
    lost,
  };
}

/** The sites and connections with their encrypted secrets. */
interface EncryptedSecrets {
  readonly sites: readonly DashboardSite[];
  readonly connections: readonly DashboardConnection[];
}
