import type { Offset } from '../log/event-log.ts';
import type { ErasureStore } from '../ports/erasure.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';
import { unfinished } from './rows/erasure.ts';

const selectUnfinished = defineStatement<{ readonly offset: Offset }>(
  'SELECT "offset" FROM unfinished_erasures WHERE site = $1 ORDER BY "offset"',
);
const findUnfinished = defineStatement('SELECT 1 FROM unfinished_erasures WHERE site = $1 LIMIT 1');
export const removeUnfinished = defineStatement('DELETE FROM unfinished_erasures WHERE site = $1');
const selectCheck = defineStatement('SELECT 1 FROM visitor_checks WHERE site = $1');
const putCheck = defineStatement('INSERT INTO visitor_checks (site) VALUES ($1) ON CONFLICT DO NOTHING');

/** The members of the port that note how far erasures and checks are. */
type ErasureNotes = Pick<
  ErasureStore,
  'hasUnfinishedErasure' | 'getUnfinishedErasure' | 'isVisitorCheckDone' | 'endVisitorCheck'
>;

export function createErasureNotes(sql: Sql): ErasureNotes {
  return {
    hasUnfinishedErasure: async (site) => (await sql.read(findUnfinished(site))).length > 0,
    async getUnfinishedErasure(site) {
      const noted = await sql.read(selectUnfinished(site));
      return noted.length === 0 ? undefined : noted.map(({ offset }) => offset).filter((offset) => offset !== unfinished);
    },
    isVisitorCheckDone: async (site) => (await sql.read(selectCheck(site))).length > 0,
    endVisitorCheck: async (site) => void (await sql.write(putCheck(site))),
  };
}
