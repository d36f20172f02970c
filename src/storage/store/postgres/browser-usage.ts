import type { Offset } from '../../log/event-log.ts';
import type { IdentityCommit } from '../../ports/consumers.ts';
import type { Store } from '../../ports/store.ts';
import type { BrowserUse, NetworkPurchases } from '../../ports/visitor-profiles.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { sourceBits } from '../rows/event-index.ts';
import { readRow, text } from './sql.ts';

/** The bytes of a day, and the purchases of each network, which share the day's budget. */
export const browserBudgetTables = `
  ALTER TABLE event_index ADD COLUMN network_place bigint;
  ALTER TABLE browser_usage ADD COLUMN bytes bigint NOT NULL DEFAULT 0;
  CREATE TABLE browser_networks (site ${text} NOT NULL, network ${text} NOT NULL, day bigint NOT NULL, purchases bigint NOT NULL,
    PRIMARY KEY (site, network));
`;

const putUse = defineStatement(
  `INSERT INTO browser_usage (site, day, visitors, links, bytes) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (site) DO UPDATE SET day = excluded.day, visitors = excluded.visitors, links = excluded.links, bytes = excluded.bytes`,
);
const putNetworks = defineStatement(
  `INSERT INTO browser_networks (site, network, day, purchases)
   SELECT $1, g.* FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS g
   ON CONFLICT (site, network) DO UPDATE SET day = excluded.day, purchases = excluded.purchases`,
);
const removeEarlier = defineStatement('DELETE FROM browser_networks WHERE site = $1 AND day < $2');

/** Returns the statements that store the day's budget use. */
export function budgetStatements({ site, browserUse, networkPurchases = [] }: IdentityCommit): readonly Statement[] {
  const statements: Statement[] = [];
  if (browserUse) statements.push(putUse(site, browserUse.day, browserUse.visitors, browserUse.links, browserUse.bytes));
  if (networkPurchases.length > 0) {
    const days = networkPurchases.map(({ day }) => day);
    const networks = encodeTexts(networkPurchases.map(({ network }) => network));
    const counts = encodeBigints(networkPurchases.map(({ purchases }) => purchases));
    statements.push(putNetworks(site, networks, encodeBigints(days), counts), removeEarlier(site, Math.min(...days)));
  }
  return statements;
}

const selectUse = defineStatement<BrowserUse>('SELECT day, visitors, links, bytes FROM browser_usage WHERE site = $1');
const selectNetworks = defineStatement<Pick<NetworkPurchases, 'network' | 'purchases'>>(
  'SELECT network, purchases FROM browser_networks WHERE site = $1 AND network = ANY ($2::text[])',
);
const browserPurchases = defineStatement<{ readonly count: number; readonly last: Offset | null }>(
  `SELECT count(*) AS count, max("offset") AS last FROM (SELECT "offset" FROM event_index
     WHERE site = $1 AND name = 'Purchase' AND "offset" > $2 AND reporters = ${sourceBits.browser}
       AND ($4::bigint IS NULL OR coalesce(network_place, 0) <= $4::bigint) ORDER BY "offset" LIMIT $3) purchases`,
);
const crowdedPurchases = defineStatement<{ readonly offset: Offset }>(
  'SELECT "offset" FROM event_index WHERE site = $1 AND "offset" = ANY ($2::text[]) AND network_place > $3',
);

type BrowserUsageReads = Pick<
  Store,
  'getBrowserUsage' | 'getNetworkPurchases' | 'countBrowserPurchases' | 'findCrowdedPurchases'
>;

export function createBrowserUsage(database: Database): BrowserUsageReads {
  return {
    getBrowserUsage: (site) => readRow(database, selectUse(site)),
    async getNetworkPurchases(site, networks) {
      const rows = networks.length === 0 ? [] : await database.read(selectNetworks(site, encodeTexts(networks)));
      return new Map(rows.map(({ network, purchases }) => [network, purchases]));
    },
    async countBrowserPurchases(site, after, most, maxPlace) {
      const row = await readRow(database, browserPurchases(site, after, most, maxPlace));
      const { count, last } = row ?? { count: 0, last: null };
      return { count, ...(last !== null && { last }) };
    },
    async findCrowdedPurchases(site, offsets, maxPlace) {
      const rows = offsets.length === 0 ? [] : await database.read(crowdedPurchases(site, encodeTexts(offsets), maxPlace));
      return new Set(rows.map(({ offset }) => offset));
    },
  };
}
