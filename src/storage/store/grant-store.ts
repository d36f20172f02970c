import { z } from 'zod';
import type { PlatformGrant, PlatformGrantStore } from '../ports/platform-grants.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';
import { grantChanges } from './grant-changes.ts';

/** `scopes` and `account` are JSON. */
interface GrantRow {
  readonly id: string;
  readonly site: string;
  readonly connection: string | null;
  readonly platform: string;
  readonly identity_provider: string;
  readonly user_name: string;
  readonly scopes: string;
  readonly account: string | null;
  readonly secret: string;
  readonly dead_code: string | null;
  readonly dead_since: number | null;
  readonly revision: number;
  readonly goal_check: string | null;
  readonly click_check: string | null;
  readonly late_goal: string | null;
  readonly late_report: string | null;
  readonly created_at: number;
}

const selectAll = defineStatement<GrantRow>("SELECT * FROM grants ORDER BY site, coalesce(connection, ''), id");
const selectOne = defineStatement<GrantRow>('SELECT * FROM grants WHERE id = $1');
const selectOfConnection = defineStatement<GrantRow>('SELECT * FROM grants WHERE site = $1 AND connection = $2');
const selectDue = defineStatement<GrantRow>(
  'SELECT * FROM grants WHERE connection IS NOT NULL AND account IS NOT NULL AND goals_due <= $1 ORDER BY goals_due, id',
);
const findUnassigned = defineStatement('SELECT 1 FROM grants WHERE connection IS NULL AND created_at < $1 LIMIT 1');
const add = defineStatement(
  `INSERT INTO grants (id, site, platform, identity_provider, user_name, scopes, account, secret, revision, refresh_until, goals_due, created_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 0, 0, $9)`,
);
const setAccount = defineStatement('UPDATE grants SET account = $2 WHERE id = $1');
const claimCheck = defineStatement('UPDATE grants SET goals_due = $3 WHERE id = $1 AND goals_due <= $2');
const saved = 'goal_check = $2, goals_due = CASE WHEN goals_due = 0 THEN 0 ELSE CAST($3 AS bigint) END';
const saveCheck = defineStatement(`UPDATE grants SET ${saved} WHERE id = $1`);
const replaceCheck = defineStatement(`UPDATE grants SET ${saved} WHERE id = $1 AND coalesce(goal_check, '') = $4`);
const requestCheck = defineStatement('UPDATE grants SET goals_due = 0 WHERE site = $1 AND connection = $2');
const selectDueClicks = defineStatement<GrantRow>(
  'SELECT * FROM grants WHERE connection IS NOT NULL AND account IS NOT NULL AND clicks_due <= $1 ORDER BY clicks_due, id',
);
const claimClicks = defineStatement('UPDATE grants SET clicks_due = $3 WHERE id = $1 AND clicks_due <= $2');
const saveClicks = defineStatement('UPDATE grants SET click_check = $2, clicks_due = $3 WHERE id = $1');
const saveLateGoal = defineStatement('UPDATE grants SET late_goal = $2, late_report_due = 0 WHERE id = $1');
const selectDueReports = defineStatement<GrantRow>(
  'SELECT * FROM grants WHERE connection IS NOT NULL AND late_goal IS NOT NULL AND late_report_due <= $1 ORDER BY late_report_due, id',
);
const claimReport = defineStatement('UPDATE grants SET late_report_due = $3 WHERE id = $1 AND late_report_due <= $2');
const saveReport = defineStatement('UPDATE grants SET late_report = $2, late_report_due = $3 WHERE id = $1');
const claim = defineStatement(
  `UPDATE grants SET refresher = $3, refresh_until = $4
   WHERE id = $1 AND revision = $2 AND (refresher IS NULL OR refresher = $3 OR refresh_until <= $5)`,
);

const selectClients = defineStatement<{ readonly platform: string; readonly config: string; readonly secret: string }>(
  'SELECT platform, config, secret FROM platform_clients ORDER BY platform',
);

const scopesSchema = z.array(z.string()).readonly();
const configSchema = z.record(z.string(), z.string());
const accountSchema = z.object({ customerId: z.string(), accountId: z.string() });

function toGrant(row: GrantRow): PlatformGrant {
  const { connection, account, dead_code: code, dead_since: since } = row;
  return {
    id: row.id,
    site: row.site,
    ...(connection !== null && { connection }),
    platform: row.platform,
    identityProvider: row.identity_provider,
    userName: row.user_name,
    scopes: scopesSchema.parse(JSON.parse(row.scopes)),
    ...(account !== null && { account: accountSchema.parse(JSON.parse(account)) }),
    secret: row.secret,
    ...(code !== null && since !== null && { dead: { code, since } }),
    revision: row.revision,
    ...(row.goal_check !== null && { goalCheck: row.goal_check }),
    ...(row.click_check !== null && { clickCheck: row.click_check }),
    ...(row.late_goal !== null && { lateGoal: row.late_goal }),
    ...(row.late_report !== null && { lateReport: row.late_report }),
    createdAt: row.created_at,
  };
}

export function createGrantStore(sql: Sql): PlatformGrantStore {
  return {
    listGrants: async () => (await sql.read(selectAll())).map(toGrant),
    findGrant: async (id) => (await sql.read(selectOne(id))).map(toGrant)[0],
    findGrantOf: async (site, connection) => (await sql.read(selectOfConnection(site, connection))).map(toGrant)[0],
    listDueGrants: async (now) => (await sql.read(selectDue(now))).map(toGrant),
    async addGrant({ id, site, platform, identityProvider, userName, scopes, account, secret, createdAt }) {
      const texts = [JSON.stringify(scopes), account === undefined ? null : JSON.stringify(account)];
      await sql.write(add(id, site, platform, identityProvider, userName, ...texts, secret, createdAt));
    },
    setGrantAccount: async (id, account) => void (await sql.write(setAccount(id, JSON.stringify(account)))),
    assignGrant: (site, id, connection) => sql.change(grantChanges.assign, site, id, connection),
    claimGrantRefresh: async (id, revision, owner, now, ttlMs) =>
      (await sql.write(claim(id, revision, owner, now + ttlMs, now))) === 1,
    finishGrantRefresh: (id, revision, owner, result) => sql.change(grantChanges.finishRefresh, id, revision, owner, result),
    claimGoalCheck: async (id, now, leaseMs) => (await sql.write(claimCheck(id, now, now + leaseMs))) === 1,
    saveGoalCheck: async (id, result, due, from) =>
      (await sql.write(from === undefined ? saveCheck(id, result, due) : replaceCheck(id, result, due, from))) === 1,
    requestGoalCheck: async (site, connection) => void (await sql.write(requestCheck(site, connection))),
    listDueClickChecks: async (now) => (await sql.read(selectDueClicks(now))).map(toGrant),
    claimClickCheck: async (id, now, ttlMs) => (await sql.write(claimClicks(id, now, now + ttlMs))) === 1,
    saveClickCheck: async (id, state, dueAt) => void (await sql.write(saveClicks(id, state, dueAt))),
    saveLateGoal: async (id, goal) => void (await sql.write(saveLateGoal(id, goal))),
    listDueLateReports: async (now) => (await sql.read(selectDueReports(now))).map(toGrant),
    claimLateReport: async (id, now, ttlMs) => (await sql.write(claimReport(id, now, now + ttlMs))) === 1,
    saveLateReport: async (id, report, dueAt) => void (await sql.write(saveReport(id, report, dueAt))),
    replaceGrantSecret: (id, from, to) => sql.change(grantChanges.replaceSecret, id, from, to),
    removeGrants: (site, connection) => sql.change(grantChanges.remove, site, connection),
    listPlatformClients: async () =>
      (await sql.read(selectClients())).map((row) => ({ ...row, config: configSchema.parse(JSON.parse(row.config)) })),
    savePlatformClient: async ({ platform, config, secret }) =>
      void (await sql.change(grantChanges.saveClient, platform, JSON.stringify(config), secret)),
    replaceClientSecret: (platform, from, to) => sql.change(grantChanges.replaceClientSecret, platform, from, to),
    removePlatformClient: async (platform) => void (await sql.change(grantChanges.removeClient, platform)),
    async removeUnassignedGrants(createdBefore) {
      const isAny = (await sql.read(findUnassigned(createdBefore))).length > 0;
      return isAny ? sql.change(grantChanges.removeUnassigned, createdBefore) : 0;
    },
  };
}
