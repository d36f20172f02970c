import type { UnixMs } from '../../../event/units.ts';
import type { Db } from '../../sqlite/open.ts';
import type { Account } from '../accounts.ts';
import type { DashboardSite } from '../dashboard-sites.ts';
import { accessReads } from './accounts.ts';
import { readDashboardSitesOfAnySchema } from './dashboard-sites.ts';

/** A key that a site of the dashboard accepts after a restore. Never the key itself, except a write key, which is public. */
export interface RestoredKey {
  readonly site: string;
  readonly kind: 'secret key' | 'old write key' | 'webhook secret';
  readonly id: string;
  /** When it was made; for an old write key, when it was replaced. */
  readonly at: UnixMs;
}

/** Who and what is let in after a restore: some of it may have been removed since the backup. */
export interface RestoredAccess {
  readonly accounts: readonly Account[];
  readonly keys: readonly RestoredKey[];
}

/**
 * Ends all sessions and the setup token of a restored file, and lists its accounts and keys. The file may have any older schema.
 * @throws if a row cannot be read.
 */
export async function endRestoredSessions(db: Db): Promise<RestoredAccess> {
  db.pragma('synchronous = FULL');
  db.pragma('secure_delete = ON');
  const find = db.prepare<[string], unknown>("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
  const has = (table: string) => find.get(table) !== undefined;
  const tables = ['sessions', 'setup'].filter(has);
  db.transaction(() => {
    for (const table of tables) db.exec(`DELETE FROM ${table}`);
  })();
  return {
    accounts: has('accounts') ? await accessReads(db).listAccounts() : [],
    keys: listKeys(readDashboardSitesOfAnySchema(db)),
  };
}

function listKeys(sites: readonly DashboardSite[]): readonly RestoredKey[] {
  return sites.flatMap(({ id: site, secretKeys, oldWriteKeys, webhookSecrets }) => [
    ...secretKeys.map(({ id, createdAt }) => ({ site, kind: 'secret key', id, at: createdAt }) as const),
    ...oldWriteKeys.map(({ key, retiredAt }) => ({ site, kind: 'old write key', id: key, at: retiredAt }) as const),
    ...webhookSecrets.map(({ id, createdAt }) => ({ site, kind: 'webhook secret', id, at: createdAt }) as const),
  ]);
}
