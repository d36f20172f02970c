import type { GrantRefresh } from '../ports/platform-grants.ts';
import { defineChanges, has, run, type Steps, select } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';

const assign = defineStatement('UPDATE grants SET connection = $2 WHERE id = $1');
const removeOthers = defineStatement('DELETE FROM grants WHERE site = $1 AND id <> $2 AND connection = $3');
const findEarlierClicks = defineStatement<{ readonly state: string }>(
  `SELECT earlier.click_check AS state FROM grants earlier JOIN grants given ON given.id = $2 AND given.account = earlier.account
   WHERE earlier.site = $1 AND earlier.id <> $2 AND earlier.connection = $3 AND earlier.click_check IS NOT NULL`,
);
const keepClicks = defineStatement('UPDATE grants SET click_check = $2 WHERE id = $1');
/** The goal of late purchases that an earlier sign-in of the same account made. */
const keepLateGoal = defineStatement(
  `UPDATE grants SET late_goal = (SELECT max(earlier.late_goal) FROM grants earlier WHERE earlier.site = $1 AND earlier.id <> $2
     AND earlier.connection = $3 AND earlier.account = grants.account) WHERE id = $2 AND late_goal IS NULL`,
);
const findOne = defineStatement('SELECT 1 FROM grants WHERE site = $1 AND id = $2');
const putTokens = defineStatement(
  `UPDATE grants SET secret = $3, dead_code = NULL, dead_since = NULL, revision = revision + 1, refresher = NULL
   WHERE id = $1 AND (revision = $2 OR dead_code IS NOT NULL)`,
);
const markDead = defineStatement(
  `UPDATE grants SET dead_code = $3, dead_since = coalesce(dead_since, $4), secret = coalesce($5, secret), revision = revision + 1, refresher = NULL
   WHERE id = $1 AND revision = $2`,
);
const endRefresh = defineStatement('UPDATE grants SET refresher = NULL WHERE id = $1 AND revision = $2 AND refresher = $3');
const replaceSecret = defineStatement('UPDATE grants SET secret = $3 WHERE id = $1 AND secret = $2');
const putClient = defineStatement(
  `INSERT INTO platform_clients (platform, config, secret) VALUES ($1, $2, $3)
   ON CONFLICT (platform) DO UPDATE SET config = excluded.config, secret = excluded.secret`,
);
const replaceClientSecret = defineStatement('UPDATE platform_clients SET secret = $3 WHERE platform = $1 AND secret = $2');
const removeClient = defineStatement('DELETE FROM platform_clients WHERE platform = $1');
const removeOfConnection = defineStatement('DELETE FROM grants WHERE site = $1 AND connection = $2');
const removeUnassigned = defineStatement('DELETE FROM grants WHERE connection IS NULL AND created_at < $1');
const removeOfSite = defineStatement('DELETE FROM grants WHERE site = $1');

/** Returns the statements that remove the grants of a site, or of one of its connections. */
export const grantRemovals = (site: string, connection?: string) => [
  connection === undefined ? removeOfSite(site) : removeOfConnection(site, connection),
];

function toStatement(id: string, revision: number, owner: string, result: GrantRefresh) {
  if (result === 'unchanged') return endRefresh(id, revision, owner);
  return 'dead' in result
    ? markDead(id, revision, result.dead.code, result.dead.since, result.secret ?? null)
    : putTokens(id, revision, result.secret);
}

/** Returns the counts of an earlier sign-in. Its failure says nothing about the new one. */
function withoutFailure(state: string): string {
  const { failure: _, ...known } = JSON.parse(state);
  return JSON.stringify(known);
}

const defineGrantChange = defineChanges('grants');
/** Runs in the writer's thread of SQLite too, so it loads no schemas. Tokens that were replaced are purged. */
export const grantChanges = {
  assign: defineGrantChange(
    'assign',
    function* (site: string, id: string, connection: string): Steps<boolean> {
      if (!(yield* has(findOne(site, id)))) return false;
      const [clicks] = yield* select(findEarlierClicks(site, id, connection));
      if (clicks) yield* run(keepClicks(id, withoutFailure(clicks.state)));
      yield* run(keepLateGoal(site, id, connection), removeOthers(site, id, connection), assign(id, connection));
      return true;
    },
    { purges: true },
  ),
  finishRefresh: defineGrantChange(
    'finish-refresh',
    (id: string, revision: number, owner: string, result: GrantRefresh) => has(toStatement(id, revision, owner, result)),
    { purges: true },
  ),
  replaceSecret: defineGrantChange('replace-secret', (id: string, from: string, to: string) => has(replaceSecret(id, from, to)), {
    purges: true,
  }),
  remove: defineGrantChange('remove', (site: string, connection: string) => run(removeOfConnection(site, connection)), {
    purges: true,
  }),
  saveClient: defineGrantChange(
    'save-client',
    (platform: string, config: string, secret: string) => run(putClient(platform, config, secret)),
    { purges: true },
  ),
  replaceClientSecret: defineGrantChange(
    'replace-client-secret',
    (platform: string, from: string, to: string) => has(replaceClientSecret(platform, from, to)),
    { purges: true },
  ),
  removeClient: defineGrantChange('remove-client', (platform: string) => run(removeClient(platform)), { purges: true }),
  removeUnassigned: defineGrantChange('remove-unassigned', (createdBefore: number) => run(removeUnassigned(createdBefore)), {
    purges: true,
  }),
};
