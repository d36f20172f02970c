import type { ReceivedReport } from '../../ports/reports.ts';
import { wayInCountedMs } from '../../ports/site-activity.ts';
import type { Db } from '../../sqlite/open.ts';
import { sourceBits } from '../rows/event-index.ts';
import { groupByWay } from '../rows/ways-in.ts';

/** `ways_in` has the reports of each way in by bucket, of one day before its newest report. `via` is empty for the source's own way in. */
export const wayInSchema = `
  CREATE TABLE ways_in (site TEXT NOT NULL, reporter TEXT NOT NULL, via TEXT NOT NULL, bucket INTEGER NOT NULL, reports INTEGER NOT NULL,
    undecided INTEGER NOT NULL, last_at INTEGER NOT NULL, PRIMARY KEY (site, reporter, via, bucket)) STRICT, WITHOUT ROWID;`;

/** Fills the table from the events of earlier versions, which had no other way in. */
export const fillWays = Object.entries(sourceBits)
  .map(
    ([
      reporter,
      bit,
    ]) => `INSERT INTO ways_in SELECT site, '${reporter}', '', received_at - received_at % 300000, count(*), 0, max(received_at)
      FROM event_index WHERE reporters & ${bit} <> 0 GROUP BY site, received_at - received_at % 300000;`,
  )
  .join('\n');

/** Prepares the count of reports by way in. Runs in the writer's thread, before the cursor moves: reports up to the cursor are counted. */
export function prepareWays(db: Db): (site: string, reports: readonly ReceivedReport[]) => void {
  const selectCursor = db.prepare<[string], string>('SELECT cursor FROM identity WHERE site = ?').pluck();
  const add = db.prepare(
    `INSERT INTO ways_in (site, reporter, via, bucket, reports, undecided, last_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (site, reporter, via, bucket) DO UPDATE SET reports = reports + excluded.reports,
       undecided = undecided + excluded.undecided, last_at = max(last_at, excluded.last_at)`,
  );
  const removeOld = db.prepare('DELETE FROM ways_in WHERE site = ? AND reporter = ? AND via = ? AND bucket < ?');
  return (site, reports) => {
    const before = selectCursor.get(site) ?? '';
    for (const { reporter, via, buckets, newest } of groupByWay(reports.filter(({ offset }) => offset > before))) {
      for (const { bucket, reports: count, undecided, lastAt } of buckets)
        add.run(site, reporter, via, bucket, count, undecided, lastAt);
      removeOld.run(site, reporter, via, newest - wayInCountedMs);
    }
  };
}
