import type { UnixMs } from '../../../event/units.ts';
import type { Account } from '../../ports/accounts.ts';
import type { DashboardSite } from '../../ports/dashboard-sites.ts';
import type { PlatformGrant } from '../../ports/platform-grants.ts';
import type { Db } from '../../sqlite/open.ts';
import { createReadOnlySql, prepareSqlOps } from '../../sqlite/sqlite-sql.ts';
import { createAccountStore } from '../account-store.ts';
import { activityChanges } from '../activity-changes.ts';
import { toActivityInput } from '../activity-store.ts';
import { createGrantStore } from '../grant-store.ts';
import { readDashboardSitesOfAnySchema } from './dashboard-sites.ts';

/** A key that a dashboard site accepts after a restore. Contains only ids of secrets; a write key is public. */
export interface RestoredKey {
  readonly site: string;
  readonly kind: 'secret key' | 'old write key' | 'webhook secret' | 'hook secret';
  readonly id: string;
  /** The time of creation; for an old write key, the time of its replacement. */
  readonly at: UnixMs;
}

/** The access to an account of a platform after a restore. The platform may have replaced its tokens since the backup. */
export interface RestoredGrant extends Pick<PlatformGrant, 'site' | 'platform' | 'userName' | 'createdAt'> {
  readonly connection: string;
  /** Whether the platform had ended it before the backup. */
  readonly isEnded: boolean;
}

/** The accounts, keys and grants after a restore. Some of them may have been removed since the backup. */
export interface RestoredAccess {
  readonly accounts: readonly Account[];
  readonly keys: readonly RestoredKey[];
  readonly grants: readonly RestoredGrant[];
  /** Whether the restore is an entry of the activity. A file of an earlier version has none. */
  readonly isRecorded: boolean;
}

/**
 * Ends all sessions, invitations and the setup token of a restored file, records the restore, and lists its accounts, keys and grants. The grants
 * are checked at the next start, so that an issue names those whose tokens were replaced. The file may have any older schema. The next start records the restore of one without the activity.
 * @param madeAt the time of the backup
 * @throws if a row cannot be read.
 */
export async function endRestoredSessions(db: Db, madeAt: UnixMs): Promise<RestoredAccess> {
  db.pragma('synchronous = FULL');
  db.pragma('secure_delete = ON');
  const find = db.prepare<[string], unknown>("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
  const has = (table: string) => find.get(table) !== undefined;
  const tables = ['sessions', 'setup', 'invitations', 'invitation_roles', 'account_links'].filter(has);
  db.transaction(() => {
    for (const table of tables) db.exec(`DELETE FROM ${table}`);
    // A grant that no connection uses belongs to an attempt that ended.
    if (has('grants')) db.exec('DELETE FROM grants WHERE connection IS NULL; UPDATE grants SET goals_due = 0, refresher = NULL');
    if (has('activity')) {
      const entry = toActivityInput({ kind: 'restored', at: Date.now(), actor: 'cli', madeAt });
      prepareSqlOps(db, [activityChanges.append])({
        kind: 'change',
        name: activityChanges.append.name,
        args: [entry],
        purges: false,
      });
    }
  })();
  return {
    isRecorded: has('activity'),
    accounts: await listAccountsOfAnySchema(db),
    keys: listKeys(readDashboardSitesOfAnySchema(db)),
    grants: has('grants') ? await listGrants(db) : [],
  };
}

function listKeys(sites: readonly DashboardSite[]): readonly RestoredKey[] {
  return sites.flatMap(({ id: site, secretKeys, oldWriteKeys, webhookSecrets, hookSecrets = [] }) => [
    ...secretKeys.map(({ id, createdAt }) => ({ site, kind: 'secret key', id, at: createdAt }) as const),
    ...oldWriteKeys.map(({ key, retiredAt }) => ({ site, kind: 'old write key', id: key, at: retiredAt }) as const),
    ...webhookSecrets.map(({ id, createdAt }) => ({ site, kind: 'webhook secret', id, at: createdAt }) as const),
    ...hookSecrets.map(({ id, hook, createdAt }) => ({ site, kind: 'hook secret', id: `${hook}/${id}`, at: createdAt }) as const),
  ]);
}

async function listGrants(db: Db): Promise<readonly RestoredGrant[]> {
  const grants = await createGrantStore(createReadOnlySql(db)).listGrants();
  return grants.flatMap(({ site, connection, platform, userName, createdAt, dead }) =>
    connection === undefined ? [] : [{ site, connection, platform, userName, createdAt, isEnded: dead !== undefined }],
  );
}

/** Reads the accounts of a file of any schema; a schema without the table has none. */
async function listAccountsOfAnySchema(db: Db): Promise<readonly Account[]> {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  if (!tables.includes('accounts')) return [];
  if (tables.includes('site_roles')) return createAccountStore(createReadOnlySql(db)).listAccounts();
  const accounts = db.prepare<[], Omit<Account, 'sites'>>(
    'SELECT name, role, created_at AS createdAt FROM accounts ORDER BY name',
  );
  return accounts.all().map((account) => ({ ...account, sites: [] }));
}
