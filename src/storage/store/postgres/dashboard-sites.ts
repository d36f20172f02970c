import { errorMessage } from '../../../errors.ts';
import type { Offset } from '../../log/event-log.ts';
import { type ConsumerId, formatConsumerId, parseConsumerId } from '../../ports/consumer-id.ts';
import { SitesChangedError } from '../../ports/dashboard-sites.ts';
import type { SiteStore } from '../../ports/rule-changes.ts';
import type { Database, Transaction } from '../../postgres/database.ts';
import { getErrorCode, missingRight } from '../../postgres/database-errors.ts';
import { createPostgresSql } from '../../postgres/postgres-sql.ts';
import type { Sql } from '../../sql/change.ts';
import { defineStatement } from '../../sql/statement.ts';
import { selectReceipts } from '../receipt-store.ts';
import { toReceipt } from '../rows/receipts.ts';
import { clearedTables, listRemovalOutcomes } from '../rows/removed-connections.ts';
import { saveConnection, siteChanges } from '../site-changes.ts';
import { createSiteStore } from '../site-store.ts';
import { lockSite } from './leases.ts';
import { outcomeStatements } from './outcomes.ts';
import { readRow, text } from './sql.ts';

/** The SQLSTATE that `count_sites_change` raises. */
const sitesChangedCode = 'CV002';

/** All texts outside of the primary keys are JSON. */
export const dashboardSiteTables = `
  CREATE TABLE dashboard_sites (id ${text} PRIMARY KEY, config ${text} NOT NULL, keys ${text} NOT NULL);
  CREATE TABLE dashboard_connections (site ${text} NOT NULL, id ${text} NOT NULL, config ${text} NOT NULL, secrets ${text} NOT NULL,
    PRIMARY KEY (site, id));
  CREATE TABLE sites_version (id integer PRIMARY KEY, version bigint NOT NULL);
  CREATE FUNCTION count_sites_change(expected bigint) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO sites_version AS v (id, version) VALUES (1, 1)
        ON CONFLICT (id) DO UPDATE SET version = v.version + 1 WHERE expected IS NULL OR v.version = expected;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'another process changed the sites' USING ERRCODE = '${sitesChangedCode}';
      END IF;
    END $$;
`;

/**
 * The keys that pages have used. The function runs with the rights of its owner, so that a role that only collects can add a key, a bounded
 * number of them, and can neither remove one nor change a site.
 */
export const distrustedKeyTables = `
  CREATE TABLE distrusted_keys (site ${text} NOT NULL, key ${text} NOT NULL, since bigint NOT NULL, PRIMARY KEY (site, key));
  CREATE FUNCTION distrust_key(new_site text, new_key text, new_since bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      IF new_key !~ '^[0-9a-f]{64}$' OR (SELECT count(*) FROM distrusted_keys WHERE site = new_site) >= 100 THEN
        RAISE insufficient_privilege USING MESSAGE = 'permission denied for this key';
      END IF;
      INSERT INTO distrusted_keys (site, key, since) VALUES (new_site, new_key, new_since) ON CONFLICT DO NOTHING;
      IF FOUND THEN PERFORM count_sites_change(NULL); END IF;
    END $$;
  DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION distrust_key(text, text, bigint) SET search_path = %I, pg_temp', current_schema);
  END $$;
  REVOKE ALL ON FUNCTION distrust_key(text, text, bigint) FROM PUBLIC;
`;

const distrust = defineStatement('SELECT distrust_key($1, $2, $3)');

/** Counts a change, which other processes notice. The lock of its row lets changes run one after another. */
const countChange = defineStatement('SELECT count_sites_change($1)');
const selectVersion = defineStatement<{ readonly version: number }>('SELECT version FROM sites_version');
/** Runs a change of the sites. @throws SitesChangedError */
async function changeSites<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (getErrorCode(error) !== sitesChangedCode) throw error;
    throw new SitesChangedError(errorMessage(error), { cause: error });
  }
}

const revokeLease = defineStatement('UPDATE leases SET epoch = epoch + 1, until = 0 WHERE consumer = $1');
const selectRunning = defineStatement('SELECT 1 FROM connections WHERE consumer = $1');
const selectWaiting = defineStatement<{ readonly offset: Offset }>(
  'SELECT "offset" FROM deferred_deliveries WHERE consumer = $1 ORDER BY "offset"',
);
const closeAttempts = defineStatement(
  "UPDATE attempts SET settled_at = $2, result = 'replaced', issues = '[]' WHERE consumer = $1 AND settled_at IS NULL",
);
const markBlocks = defineStatement(
  `INSERT INTO retired (consumer, block) SELECT $1, coalesce(max(id), 0) FROM outcome_blocks WHERE consumer = $1
   ON CONFLICT (consumer) DO UPDATE SET block = excluded.block`,
);
const clear = clearedTables.map((table) => defineStatement(`DELETE FROM ${table} WHERE consumer = $1`));

async function retire(transaction: Transaction, consumer: ConsumerId, now: number): Promise<void> {
  const [, , running, waiting, receipts] = await Promise.all([
    transaction.query(lockSite(parseConsumerId(consumer).site)),
    transaction.query(revokeLease(consumer)),
    transaction.query(selectRunning(consumer)),
    transaction.query(selectWaiting(consumer)),
    transaction.query(selectReceipts(consumer)),
  ]);
  const outcomes = listRemovalOutcomes(
    waiting.rows.map(({ offset }) => offset),
    receipts.rows.flatMap((row) => toReceipt(row).members.map(({ offset }) => offset)),
  );
  const statements = [
    ...(running.rowCount > 0 ? outcomeStatements(consumer, outcomes) : []),
    markBlocks(consumer),
    closeAttempts(consumer, now),
    ...clear.map((statement) => statement(consumer)),
  ];
  await Promise.all(statements.map((statement) => transaction.query(statement)));
}

/**
 * @param version the one that the sites must have when they are changed; any by default
 * @param readsSecrets whether connections are read with their secrets, which the role of a gateway that only collects may not
 */
export function createPostgresSites(
  database: Database,
  version?: number,
  readsSecrets = true,
): Omit<SiteStore, 'atSitesVersion'> {
  const sql = createPostgresSql(database);
  const opening = [countChange(version)];
  const changing: Sql = { ...sql, change: (change, ...args) => changeSites(() => sql.change(change, ...args)) };
  const shared = createSiteStore(changing, { opening, readsSecrets });
  return {
    ...shared,
    async listLateAccounts() {
      try {
        return await shared.listLateAccounts();
      } catch (error) {
        // The role of a collector lacks the right until the operator runs `collect-role.sql` again.
        if (!readsSecrets && getErrorCode(error) === missingRight) return undefined;
        throw error;
      }
    },
    async listDistrustedKeys() {
      try {
        return await shared.listDistrustedKeys();
      } catch (error) {
        // The role of a gateway that only collects gets the right when its file is run again, after the upgrade.
        if (readsSecrets || getErrorCode(error) !== missingRight) throw error;
        return [];
      }
    },
    distrustKey: async ({ site, key, since }) => void (await database.write(distrust(site, key, since))),
    getSitesVersion: async () => (await readRow(database, selectVersion()))?.version ?? 0,
    async saveDashboardConnection(connection, created) {
      if (!created) return void (await changing.change(siteChanges.saveConnection, opening, connection));
      await changeSites(() =>
        database.transact(async (transaction) => {
          await retire(transaction, formatConsumerId(connection.site, connection.id), created.now);
          await Promise.all([...opening, saveConnection(connection)].map((statement) => transaction.query(statement)));
        }),
      );
    },
    retireConnection: (site, id, now) => database.transact((transaction) => retire(transaction, formatConsumerId(site, id), now)),
  };
}
