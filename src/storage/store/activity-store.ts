import { emptyHead } from '../../activity/activity-chain.ts';
import { parseCheckpoint } from '../../activity/activity-checkpoint.ts';
import type { ActivityEntry } from '../../activity/activity-entry.ts';
import { toCanonicalJson } from '../../activity/canonical-json.ts';
import type { ChainRow } from '../../activity/verify-chain.ts';
import type { AccountId, ActivityStore } from '../ports/activity.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement, defineVariants } from '../sql/statement.ts';
import { type ActivityInput, activityChanges, selectHead } from './activity-changes.ts';

const newestTime = Number.MAX_SAFE_INTEGER;
const columns = 'seq, at, kind, actor, site, entry, hash';
const selectChain = defineStatement<ChainRow>(`SELECT ${columns} FROM activity WHERE seq > $1 ORDER BY seq LIMIT $2`);
const selectCheckpoint = defineStatement<{ readonly checkpoint: string }>('SELECT checkpoint FROM activity_checkpoint');
const selectBefore = defineStatement<ChainRow>(
  `SELECT ${columns} FROM activity
   WHERE at < $1 AND seq < coalesce((SELECT min(seq) FROM activity WHERE at >= $1), 9007199254740991) ORDER BY seq DESC LIMIT 1`,
);
const selectAccounts = defineStatement<AccountId>('SELECT id, name, created_at AS "createdAt" FROM accounts ORDER BY name');
/** The variant is the condition that a column is in a list. */
const selectNewest = defineVariants<ChainRow>(
  (conditions) =>
    `SELECT ${columns} FROM activity WHERE seq < $1 AND at >= $2 AND at < $3 AND (CAST($4 AS text) IS NULL OR actor = $4)
     AND (CAST($5 AS text) IS NULL OR replace(entry, $5, '') <> entry) AND ${conditions} ORDER BY seq DESC LIMIT $10`,
);

export function toActivityInput(entry: ActivityEntry): ActivityInput {
  const { at, kind, actor } = entry;
  return { at, kind, actor, site: ('site' in entry ? entry.site : undefined) ?? null, entry: toCanonicalJson(entry) };
}

/** The members of the port that both databases share: all but the append. */
export type SharedActivityStore = Omit<ActivityStore, 'appendActivity'>;

export function createActivityStore(sql: Sql): SharedActivityStore {
  const { encodeTexts, isAmong } = sql.dialect;
  const isOne = (column: string, list: string, isAny: string) => `(CAST(${isAny} AS bigint) = 1 OR ${isAmong(column, list)})`;
  const select = selectNewest(`${isOne('kind', '$6', '$7')} AND ${isOne('site', '$8', '$9')}`);
  return {
    listActivity({ since = 0, until = newestTime, sites, connection, kinds, actor }, before, limit) {
      const toList = (texts: readonly string[] | undefined) => [encodeTexts(texts ?? []), Number(texts === undefined)];
      // Entries are canonical JSON, so the member is written in one way.
      const member = connection === undefined ? undefined : `"connection":${JSON.stringify(connection)}`;
      const lists = [...toList(kinds), ...toList(sites)];
      return sql.read(select(before ?? Number.MAX_SAFE_INTEGER, since, until, actor, member, ...lists, limit));
    },
    readActivity: (after, limit) => sql.read(selectChain(after, limit)),
    getActivityHead: async () => (await sql.read(selectHead()))[0] ?? emptyHead,
    async getActivityCheckpoint() {
      const [row] = await sql.read(selectCheckpoint());
      return row && parseCheckpoint(row.checkpoint);
    },
    findActivityBefore: async (at) => (await sql.read(selectBefore(at)))[0],
    replaceActivityPrefix: (checkpoint) => sql.change(activityChanges.replacePrefix, checkpoint),
    listAccountIds: () => sql.read(selectAccounts()),
  };
}
