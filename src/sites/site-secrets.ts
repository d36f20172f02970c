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

/** The secret settings of connections, as JSON, and what webhooks are signed with: one by one, each sealed for its own place. */

export function encryptSecrets(
  secrets: Readonly<Record<string, unknown>>,
  place: { readonly site: string; readonly connection: string },
  key: SecretsKey,
): DashboardConnection['secrets'] {
  const sealed = Object.entries(secrets).map(([setting, secret]) => [
    setting,
    encryptSecret(JSON.stringify(secret), { ...place, setting }, key),
  ]);
  return Object.fromEntries(sealed);
}

/** The secret settings of a connection, and what is to be done about those that do not open. */
export function decryptSecrets(
  { site, id, secrets }: Pick<DashboardConnection, 'site' | 'id' | 'secrets'>,
  findKey: FindKey,
): { readonly opened: Readonly<Record<string, unknown>>; readonly lost: readonly ConfigProblem[] } {
  const opened: Record<string, unknown> = {};
  const lost: ConfigProblem[] = [];
  for (const [setting, sealed] of Object.entries(secrets)) {
    const text = decryptSecret(sealed, { site, connection: id, setting }, findKey);
    if (text === undefined) lost.push({ path: `settings.${setting}`, message: keyMissing });
    else opened[setting] = JSON.parse(text);
  }
  return { opened, lost };
}

const keyMissing =
  'The key that this secret was encrypted with is missing, or the secret was damaged. Put the key back and start Convey again, or enter the secret again.';

/** What the site's webhooks are signed with, and the ids of those that do not open. */
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

/** Every secret sealed under `key`, and how many were not before. Those that do not open stay as they are. */
export function reencryptAll(
  key: SecretsKey,
  { sites, connections }: Sealed,
  find: FindKey,
): Sealed & { readonly resealed: number; readonly lost: number } {
  let [resealed, lost] = [0, 0];
  const again = (sealed: string, place: SecretLocation): string => {
    if (encryptionKeyId(sealed) === key.id) return sealed;
    const next = reencryptSecret(sealed, place, find, key);
    if (next === undefined) lost += 1;
    else resealed += 1;
    return next ?? sealed;
  };
  return {
    connections: connections.map((one) => {
      const { site, id: connection } = one;
      const secrets = Object.entries(one.secrets).map(([setting, sealed]) => [
        setting,
        again(sealed, { site, connection, setting }),
      ]);
      return { ...one, secrets: Object.fromEntries(secrets) };
    }),
    sites: sites.map((one) => ({
      ...one,
      webhookSecrets: one.webhookSecrets.map((secret) => {
        return { ...secret, sealed: again(secret.sealed, { site: one.id, webhookSecret: secret.id }) };
      }),
    })),
    resealed,
    lost,
  };
}

/** Everything that a secret is kept with. */
interface Sealed {
  readonly sites: readonly DashboardSite[];
  readonly connections: readonly DashboardConnection[];
}
