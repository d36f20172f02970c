import type { Offset } from '../log/event-log.ts';
import { type ConsumerId, connectionConsumerRange } from '../ports/consumer-id.ts';
import type { DeadLetterStore, ExpiredRange } from '../ports/dead-letters.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';
import { type DeadLetterRow, toDeadLetter } from './rows/dead-letters.ts';

interface OffsetRow {
  readonly offset: Offset;
}

const newest = defineStatement<DeadLetterRow>(
  `SELECT * FROM dead_letters WHERE consumer = $1 AND (at, "offset") <= ($2, $3) ORDER BY at DESC, "offset" DESC LIMIT $4`,
);
const following = defineStatement<OffsetRow>(
  'SELECT "offset" FROM dead_letters WHERE consumer = $1 AND "offset" > $2 ORDER BY "offset" LIMIT $3',
);
const ofSite = defineStatement<DeadLetterRow & { readonly consumer: ConsumerId }>(
  `SELECT * FROM dead_letters WHERE (consumer, "offset") > ($1, $2) AND consumer < $3 ORDER BY consumer, "offset" LIMIT $4`,
);
const ranges = defineStatement<ExpiredRange>(
  'SELECT after, last_offset AS "lastOffset", events, at FROM expired_ranges WHERE consumer = $1 ORDER BY at DESC, after DESC',
);

export function createDeadLetterStore(sql: Sql): DeadLetterStore {
  const { encodeTexts, isAmong } = sql.dialect;
  const among = defineStatement<OffsetRow>(
    `SELECT "offset" FROM dead_letters WHERE consumer = $1 AND ${isAmong('"offset"', '$2')} ORDER BY "offset"`,
  );
  return {
    listDeadLetters: async (consumer, limit, from = { at: Number.MAX_SAFE_INTEGER, offset: '' }) =>
      (await sql.read(newest(consumer, from.at, from.offset, limit))).map(toDeadLetter),
    async findDeadLetterOffsets(consumer, which) {
      const statement = 'after' in which ? following(consumer, which.after, which.limit) : among(consumer, encodeTexts(which));
      return (await sql.read(statement)).map(({ offset }) => offset);
    },
    async listSiteDeadLetters(site, after, limit) {
      const [from, before] = connectionConsumerRange(site);
      const rows = await sql.read(ofSite(after?.consumer ?? from, after?.offset ?? '', before, limit));
      return rows.map((row) => ({ ...toDeadLetter(row), consumer: row.consumer }));
    },
    listExpiredRanges: (consumer) => sql.read(ranges(consumer)),
  };
}
