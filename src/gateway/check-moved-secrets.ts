import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { ConveyError } from '../errors.ts';
import { formatCount } from '../event/format-numbers.ts';
import { encryptionKeyId } from '../sites/envelope-encryption.ts';
import type { StoredSecrets } from '../storage/move-to-postgres.ts';

/**
 * Checks that gateways on PostgreSQL can decrypt the secrets: they take the key from the environment alone.
 * @throws ConveyError
 */
export async function assertSecretsReadable(
  stored: StoredSecrets,
  { secretsKeyFile, secretsKeys }: Pick<Config, 'secretsKeyFile' | 'secretsKeys'>,
): Promise<void> {
  const { present, old } = secretsKeys;
  if (!present && existsSync(secretsKeyFile)) {
    throw new ConveyError(
      `The key that encrypts secrets is in ${secretsKeyFile}, and gateways on PostgreSQL take it from the environment`,
      'Set CONVEY_SECRETS_KEY to the first line of that file, here and for every gateway',
    );
  }
  const known = [present, old].flatMap((key) => key?.id ?? []);
  const lost = (await listSecrets(stored)).filter((secret) => !known.includes(encryptionKeyId(secret))).length;
  if (lost === 0) return;
  throw new ConveyError(
    `CONVEY_SECRETS_KEY does not decrypt ${formatCount(lost, 'stored secret')}`,
    `Set it to the first line of ${secretsKeyFile}, or to the key that the gateway has now`,
  );
}

async function listSecrets(stored: StoredSecrets): Promise<readonly string[]> {
  const [sites, connections, alerts, grants, clients] = await Promise.all([
    stored.listDashboardSites(),
    stored.listDashboardConnections(),
    stored.getAlertSettings(),
    stored.listGrants(),
    stored.listPlatformClients(),
  ]);
  return [
    ...[...grants, ...clients].map(({ secret }) => secret),
    ...sites.flatMap(({ webhookSecrets, hookSecrets = [] }) => [...webhookSecrets, ...hookSecrets].map(({ sealed }) => sealed)),
    ...[...connections.map(({ secrets }) => secrets), ...Object.values(alerts.secrets)].flatMap((secrets) =>
      Object.values(secrets),
    ),
  ];
}
