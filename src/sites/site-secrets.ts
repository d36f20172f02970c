import type { SecretsKey } from '../config/master-key.ts';
import type { ConfigProblem } from '../config/sites.ts';
import type { DashboardConnection, DashboardSite } from '../storage/ports/dashboard-sites.ts';
import { decryptSecret, type FindKey } from './envelope-encryption.ts';
import { decryptSettings, Reencryption, type ReencryptionCounts } from './secret-settings.ts';

/** Decrypts secret settings of connections and secrets of sites' webhooks and hooks, each bound to its location. */

/** Decrypts the secret settings of a connection. `lost` lists those that cannot be decrypted. */
export function decryptSecrets(
  { site, id, secrets }: Pick<DashboardConnection, 'site' | 'id' | 'secrets'>,
  findKey: FindKey,
): { readonly opened: Readonly<Record<string, unknown>>; readonly lost: readonly ConfigProblem[] } {
  const { opened, lost } = decryptSettings(secrets, { site, connection: id }, findKey);
  return { opened, lost: lost.map((setting) => ({ path: `settings.${setting}`, message: keyMissing })) };
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

/** Decrypts the secrets of a site's hooks. `lost` has the ids of those that cannot be decrypted. */
export function decryptHookSecrets(
  { id: site, hookSecrets = [] }: Pick<DashboardSite, 'id' | 'hookSecrets'>,
  findKey: FindKey,
): { readonly opened: ReadonlyMap<string, readonly string[]>; readonly lost: readonly string[] } {
  const opened = new Map<string, readonly string[]>();
  const lost: string[] = [];
  for (const { id, hook, sealed } of hookSecrets) {
    const secret = decryptSecret(sealed, { site, hook, hookSecret: id }, findKey);
    if (secret === undefined) lost.push(id);
    else opened.set(hook, [...(opened.get(hook) ?? []), secret]);
  }
  return { opened, lost };
}

/** Encrypts all secrets with `key`, and counts the changed ones. Secrets that cannot be decrypted stay unchanged. */
export function reencryptAll(
  key: SecretsKey,
  { sites, connections }: EncryptedSecrets,
  find: FindKey,
): EncryptedSecrets & ReencryptionCounts {
  const reencryption = new Reencryption(key, find);
  return {
    connections: connections.map((one) => {
      const place = { site: one.site, connection: one.id };
      return { ...one, secrets: reencryption.reencryptSettings(one.secrets, place) };
    }),
    sites: sites.map((one) => ({
      ...one,
      webhookSecrets: one.webhookSecrets.map((secret) => {
        return { ...secret, sealed: reencryption.reencrypt(secret.sealed, { site: one.id, webhookSecret: secret.id }) };
      }),
      ...(one.hookSecrets && {
        hookSecrets: one.hookSecrets.map((secret) => {
          const place = { site: one.id, hook: secret.hook, hookSecret: secret.id };
          return { ...secret, sealed: reencryption.reencrypt(secret.sealed, place) };
        }),
      }),
    })),
    ...reencryption.counts,
  };
}

/** The sites and connections with their encrypted secrets. */
interface EncryptedSecrets {
  readonly sites: readonly DashboardSite[];
  readonly connections: readonly DashboardConnection[];
}
