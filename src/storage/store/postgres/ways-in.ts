import { countBucketStart } from '../../ports/event-counts.ts';
import type { ReceivedReport } from '../../ports/reports.ts';
import { wayInCountedMs } from '../../ports/site-activity.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { sourceBits } from '../rows/event-index.ts';
import { selectWayReports } from '../rows/ways-in.ts';
import { text } from './sql.ts';

/** The same table as `sqlite/ways-in.ts` describes, filled from the events of earlier versions. */
export const wayInTables = `
  CREATE TABLE ways_in (site ${text} NOT NULL, reporter ${text} NOT NULL, via ${text} NOT NULL, bucket bigint NOT NULL,
    reports bigint NOT NULL, undecided bigint NOT NULL, last_at bigint NOT NULL, PRIMARY KEY (site, reporter, via, bucket));
  ${Object.entries(sourceBits)
    .map(
      ([
        reporter,
        bit,
      ]) => `INSERT INTO ways_in SELECT site, '${reporter}', '', received_at - received_at % 300000, count(*), 0, max(received_at)
        FROM event_index WHERE reporters & ${bit} <> 0 GROUP BY 1, 4;`,
    )
    .join('\n')}
`;

/** `newest` leaves out what is older than one day before the newest report of its way in, so that no row is inserted and removed at once. */
const add = defineStatement(
  `WITH given AS (
     SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[])
       AS g("offset", reporter, via, bucket, undecided, at)
     WHERE "offset" > coalesce((SELECT cursor FROM identity WHERE site = $1), '')
   ), newest AS (
     SELECT reporter, via, max(bucket) - ${wayInCountedMs} AS since FROM given GROUP BY reporter, via
   ), remove_old AS (
     DELETE FROM ways_in w USING newest n WHERE w.site = $1 AND w.reporter = n.reporter AND w.via = n.via AND w.bucket < n.since
   )
   INSERT INTO ways_in AS w (site, reporter, via, bucket, reports, undecided, last_at)
   SELECT $1, g.reporter, g.via, g.bucket, count(*), sum(g.undecided)::bigint, max(g.at)
   FROM given g JOIN newest n ON n.reporter = g.reporter AND n.via = g.via WHERE g.bucket >= n.since GROUP BY g.reporter, g.via, g.bucket
   ON CONFLICT (site, reporter, via, bucket) DO UPDATE SET reports = w.reports + excluded.reports,
     undecided = w.undecided + excluded.undecided, last_at = greatest(w.last_at, excluded.last_at)`,
);

/** Returns the statement that counts reports by way in. It runs before the cursor moves: reports up to the cursor are counted. */
export function wayInStatements(site: string, reports: readonly ReceivedReport[]): readonly Statement[] {
  const counted = selectWayReports(reports);
  if (counted.length === 0) return [];
  return [
    add(
      site,
      encodeTexts(counted.map(({ offset }) => offset)),
      encodeTexts(counted.map(({ reporter }) => reporter)),
      encodeTexts(counted.map(({ via = '' }) => via)),
      encodeBigints(counted.map(({ at }) => countBucketStart(at))),
      encodeBigints(counted.map(({ isUndecided }) => Number(isUndecided ?? false))),
      encodeBigints(counted.map(({ at }) => at)),
    ),
  ];
}
