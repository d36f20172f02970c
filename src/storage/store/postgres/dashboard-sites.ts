import { errorMessage } from '../../../errors.ts';
import type { Offset } from '../../log/event-log.ts';
import type { Database, Transaction } from '../../postgres/database.ts';
import { getErrorCode } from '../../postgres/database-errors.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { type ConsumerId, formatConsumerId, parseConsumerId } from '../consumer-id.ts';
import { type DashboardConnection, type DashboardSite, type DashboardSiteStore, SitesChangedError } from '../dashboard-sites.ts';
import {
  type DashboardConnectionRow,
  type DashboardSiteRow,
  toDashboardConnection,
  toDashboardSite,
} from '../rows/dashboard-sites.ts';
import { toReceipt } from '../rows/receipts.ts';
import { clearedTables, listRemovalOutcomes } from '../rows/removed-connections.ts';
import { siteRoleRemovalStatements } from './accounts.ts';
import { lockSite } from './leases.ts';
import { outcomeStatements } from './outcomes.ts';
import { receiptsOfConsumer } from './receipts.ts';
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

/** Counts a change, which other processes notice. The lock of its row lets changes run one after another. */
const countChange = defineStatement('SELECT count_sites_change($1)');
const selectVersion = defineStatement<{ readonly version: number }>('SELECT version FROM sites_version');
const putSite = defineStatement(
  `INSERT INTO dashboard_sites (id, config, keys) VALUES ($1, $2, $3)
   ON CONFLICT (id) DO UPDATE SET config = excluded.config, keys = excluded.keys`,
);
const removeSite = defineStatement('DELETE FROM dashboard_sites WHERE id = $1');
const removeConnections = defineStatement('DELETE FROM dashboard_connections WHERE site = $1');
const putConnection = defineStatement(
  `INSERT INTO dashboard_connections (site, id, config, secrets) VALUES ($1, $2, $3, $4)
   ON CONFLICT (site, id) DO UPDATE SET config = excluded.config, secrets = excluded.secrets`,
);
const removeConnection = defineStatement('DELETE FROM dashboard_connections WHERE site = $1 AND id = $2');
const putSecrets = defineStatement('UPDATE dashboard_connections SET secrets = $3 WHERE site = $1 AND id = $2');
const selectSites = defineStatement<DashboardSiteRow>('SELECT id, config, keys FROM dashboard_sites ORDER BY id');
const selectConnections = defineStatement<DashboardConnectionRow>(
  'SELECT site, id, config, secrets FROM dashboard_connections ORDER BY site, id',
);

const selectConnectionsWithoutSecrets = defineStatement<DashboardConnectionRow>(
  "SELECT site, id, config, '{}' AS secrets FROM dashboard_connections ORDER BY site, id",
);

/** Runs a change of the sites. @throws SitesChangedError */
export async function changeSites<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (getErrorCode(error) !== sitesChangedCode) throw error;
    throw new SitesChangedError(errorMessage(error), { cause: error });
  }
}

/** Returns the statements that store a site. @param version the expected one */
export function siteStatements(
  { id, config, secretKeys, oldWriteKeys, webhookSecrets }: DashboardSite,
  version?: number,
): readonly Statement[] {
  const keys = JSON.stringify({ secretKeys, oldWriteKeys, webhookSecrets });
  return [countChange(version), putSite(id, JSON.stringify(config), keys)];
}

/** Returns the statements that store a connection. @param version the expected one */
export function connectionStatements({ site, id, config, secrets }: DashboardConnection, version?: number): readonly Statement[] {
  return [countChange(version), putConnection(site, id, JSON.stringify(config), JSON.stringify(secrets))];
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
    transaction.query(receiptsOfConsumer(consumer)),
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
export function createDashboardSites(database: Database, version?: number, readsSecrets = true): DashboardSiteStore {
  const commit = (statements: readonly Statement[]) => changeSites(async () => void (await database.commit(statements)));
  return {
    async listDashboardSites() {
      return (await database.read(selectSites())).map(toDashboardSite);
    },
    async listDashboardConnections() {
      return (await database.read(readsSecrets ? selectConnections() : selectConnectionsWithoutSecrets())).map(
        toDashboardConnection,
      );
    },
    async getSitesVersion() {
      return (await readRow(database, selectVersion()))?.version ?? 0;
    },
    saveDashboardSite: (site, isNew = false) =>
      commit([...(isNew ? siteRoleRemovalStatements(site.id) : []), ...siteStatements(site, version)]),
    removeDashboardSite: (id, whole) =>
      commit([...(whole ? [removeConnections(id), ...siteRoleRemovalStatements(id)] : []), countChange(version), removeSite(id)]),
    saveDashboardConnection: (connection, created) =>
      changeSites(() =>
        database.transact(async (transaction) => {
          if (created) await retire(transaction, formatConsumerId(connection.site, connection.id), created.now);
          for (const statement of connectionStatements(connection, version)) await transaction.query(statement);
        }),
      ),
    removeDashboardConnection: (site, id) => commit([countChange(version), removeConnection(site, id)]),
    saveSecrets: (connections, sites) =>
      commit([
        countChange(version),
        ...connections.map(({ site, id, secrets }) => putSecrets(site, id, JSON.stringify(secrets))),
        ...sites.flatMap((site) => siteStatements(site)),
      ]),
    retireConnection: (site, id, now) => database.transact((transaction) => retire(transaction, formatConsumerId(site, id), now)),
  };
}
