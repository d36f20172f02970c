import type { Offset } from '../log/event-log.ts';
import { type ConsumerId, connectionConsumerRange } from '../ports/consumer-id.ts';
import { type DeadLetterGroup, type DeadLetterStore, type ExpiredRange, maxDeadLetterGroups } from '../ports/dead-letters.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';
import { type DeadLetterRow, toDeadLetter, toSample } from './rows/dead-letters.ts';

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
  const { encodeTexts, isAmong, getLastField } = sql.dialect;
  const code = `coalesce(${getLastField('issues', 'code')}, '')`;
  const among = defineStatement<OffsetRow>(
    `SELECT "offset" FROM dead_letters WHERE consumer = $1 AND ${isAmong('"offset"', '$2')} ORDER BY "offset"`,
  );
  const ofReason = defineStatement<OffsetRow>(
    `SELECT "offset" FROM dead_letters WHERE consumer = $1 AND "offset" > $2 AND cause = $4 AND ${code} = $5 ORDER BY "offset" LIMIT $3`,
  );
  const groups = defineStatement<Omit<DeadLetterGroup, 'sample'> & { readonly sample: Offset }>(
    `WITH newest AS (SELECT cause, ${code} AS code, "offset", at FROM dead_letters WHERE consumer = $1
       ORDER BY at DESC, "offset" DESC LIMIT $2)
     SELECT cause, code, count(*) AS events, min(at) AS "firstAt", max(at) AS "lastAt", max("offset") AS sample
     FROM newest GROUP BY cause, code ORDER BY 3 DESC, 1, 2 LIMIT ${maxDeadLetterGroups}`,
  );
  const samples = defineStatement<Omit<DeadLetterRow, 'bytes'>>(
    `SELECT "offset", issues, event_name, event_id FROM dead_letters WHERE consumer = $1 AND ${isAmong('"offset"', '$2')}`,
  );
  return {
    async groupDeadLetters(consumer, among) {
      const rows = await sql.read(groups(consumer, among));
      const found = await sql.read(samples(consumer, encodeTexts(rows.map(({ sample }) => sample))));
      const sampleOf = new Map(found.map((row) => [row.offset, toSample(row)]));
      // A letter may be retried between the two reads.
      return rows.flatMap(({ sample: offset, ...group }) => {
        const sample = sampleOf.get(offset);
        return sample ? [{ ...group, sample }] : [];
      });
    },
    listDeadLetters: async (consumer, limit, from = { at: Number.MAX_SAFE_INTEGER, offset: '' }) =>
      (await sql.read(newest(consumer, from.at, from.offset, limit))).map(toDeadLetter),
    async findDeadLetterOffsets(consumer, which) {
      if (!('after' in which)) return (await sql.read(among(consumer, encodeTexts(which)))).map(({ offset }) => offset);
      const { after, limit, reason } = which;
      const statement = reason ? ofReason(consumer, after, limit, reason.cause, reason.code) : following(consumer, after, limit);
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
