import type { RetentionStore } from '../ports/retention.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';

const selectSweep = defineStatement<{ readonly at: number; readonly suspected_at: number | null }>(
  'SELECT at, suspected_at FROM sweeps WHERE site = $1',
);
const putSweep = defineStatement(
  `INSERT INTO sweeps (site, at, suspected_at) VALUES ($1, $2, $3)
   ON CONFLICT (site) DO UPDATE SET at = excluded.at, suspected_at = excluded.suspected_at`,
);
const selectSites = defineStatement<{ readonly site: string }>('SELECT site FROM identity ORDER BY site');

export function createSweepStore(sql: Sql): Pick<RetentionStore, 'getLastSweep' | 'saveLastSweep' | 'listSites'> {
  return {
    async getLastSweep(site) {
      const [row] = await sql.read(selectSweep(site));
      return row && { at: row.at, ...(row.suspected_at !== null && { suspectedAt: row.suspected_at }) };
    },
    saveLastSweep: async (site, { at, suspectedAt }) => void (await sql.write(putSweep(site, at, suspectedAt))),
    listSites: async () => (await sql.read(selectSites())).map(({ site }) => site),
  };
}
