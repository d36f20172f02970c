import { pendingConsentMs } from '../../../event/consent.ts';
import type { Offset } from '../../log/event-log.ts';
import { connectionConsumerRange, formatConsumerId } from '../../ports/consumer-id.ts';
import type { IdentityCommit } from '../../ports/consumers.ts';
import { addedCount, countBucketStart } from '../../ports/event-counts.ts';
import type { AbsentReason, ReceivedReport } from '../../ports/reports.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { neededRelease, primaryName } from '../release-states.ts';
import { sourceBits } from '../rows/event-index.ts';
import { type DuplicateRow, groupByPrimary, type ReportReads, toSources } from '../rows/reports.ts';
import { firstBucketSql } from './event-counts.ts';
import { readRow, text } from './sql.ts';
import { wayInStatements } from './ways-in.ts';

/**
 * `primary_reports.released` is 1 or 2 (see `releaseStates`) once a later report of the shop may be a new event. `absent` has the reasons why
 * bodies were removed from the event log; `pending`, the events that wait for consent.
 */
export const reportTables = `
  CREATE TABLE primary_reports (site ${text} NOT NULL, id ${text} NOT NULL, name ${text} NOT NULL, "offset" ${text} NOT NULL,
    keep_until bigint NOT NULL, released integer NOT NULL, PRIMARY KEY (site, id, name));
  CREATE TABLE duplicate_reports (site ${text} NOT NULL, "offset" ${text} NOT NULL, primary_offset ${text} NOT NULL,
    PRIMARY KEY (site, "offset"));
  CREATE INDEX duplicate_reports_by_primary ON duplicate_reports (site, primary_offset);
  CREATE TABLE purchase_reporters (site ${text} NOT NULL, reporter ${text} NOT NULL, last bigint NOT NULL, PRIMARY KEY (site, reporter));
  CREATE TABLE pending (site ${text} NOT NULL, "offset" ${text} NOT NULL, until bigint NOT NULL, PRIMARY KEY (site, "offset"));
  CREATE INDEX pending_by_until ON pending (site, until);
  CREATE TABLE absent (site ${text} NOT NULL, "offset" ${text} NOT NULL, reason ${text} NOT NULL, PRIMARY KEY (site, "offset"));
`;

/**
 * Separates primary reports from duplicates, as if report after report was compared with the stored primary report of its event.
 *
 * `is_claimed`: the event has no primary report, or it has expired or was released for this report or an earlier one of the commit. From
 * then on each report replaces the one before, up to the first that has not expired. `settled` is this one, for all reports after it.
 *
 * A duplicate ends the hold of its event at each connection of the site. Reports after the cursor are counted as received; one that a rule
 * added counts for its connection alone.
 */
const judge = defineStatement(
  `WITH given AS (
     SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::bigint[], $9::text[])
       WITH ORDINALITY AS g("offset", id, name, keep_until, needed, reporter, bucket, added_for, place)
   ), compared AS (
     SELECT g.*, p."offset" AS held, p."offset" IS NULL OR p.keep_until < $10::bigint OR p.released >= g.needed AS is_free
     FROM given g LEFT JOIN primary_reports p ON p.site = $1 AND p.id = g.id AND p.name = g.name
   ), claimed AS (
     SELECT *, bool_or(is_free) OVER (PARTITION BY id, name ORDER BY place) AS is_claimed FROM compared
   ), settled AS (
     SELECT *, (array_agg("offset") FILTER (WHERE is_claimed AND keep_until >= $10::bigint)
       OVER (PARTITION BY id, name ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))[1] AS settled FROM claimed
   ), judged AS (
     SELECT *, CASE WHEN is_claimed THEN coalesce(settled, "offset") ELSE held END AS "primary" FROM settled
   ), put_primaries AS (
     INSERT INTO primary_reports (site, id, name, "offset", keep_until, released)
     SELECT DISTINCT ON (id, name) $1, id, name, "offset", keep_until, 0 FROM judged WHERE is_claimed AND settled IS NULL
     ORDER BY id, name, place DESC
     ON CONFLICT (site, id, name) DO UPDATE SET "offset" = excluded."offset", keep_until = excluded.keep_until, released = 0
   ), put_duplicates AS (
     INSERT INTO duplicate_reports (site, "offset", primary_offset) SELECT $1, "offset", "primary" FROM judged WHERE "primary" <> "offset"
     ON CONFLICT DO NOTHING
   ), end_holds AS (
     UPDATE deferred_deliveries d SET due_at = CASE WHEN d.reason IN ('hold', 'confirm') THEN $10::bigint ELSE d.due_at END,
       is_trusted = d.is_trusted OR j.is_trusted
     FROM (SELECT "primary", bool_or(reporter <> 'browser') AS is_trusted FROM judged WHERE "primary" <> "offset" GROUP BY "primary") j,
       connections c
     WHERE c.consumer >= $11 AND c.consumer < $12 AND d.consumer = c.consumer AND d."offset" = j."primary"
   ), counted AS (
     SELECT * FROM judged WHERE "offset" > coalesce((SELECT cursor FROM identity WHERE site = $1), '') AND bucket >= ${firstBucketSql}
   ), put_added AS (
     INSERT INTO outcome_counts AS o (consumer, bucket, outcome, events)
     SELECT added_for, bucket, '${addedCount}', count(*) FROM counted WHERE added_for IS NOT NULL GROUP BY added_for, bucket
     ON CONFLICT (consumer, bucket, outcome) DO UPDATE SET events = o.events + excluded.events
   )
   INSERT INTO received_counts AS r (site, bucket, events, duplicates, orders, browser_events)
   SELECT $1, bucket, count(*) FILTER (WHERE "primary" = "offset"), count(*) FILTER (WHERE "primary" <> "offset"),
     count(*) FILTER (WHERE "primary" = "offset" AND name = 'Purchase'), count(*) FILTER (WHERE reporter = 'browser')
   FROM counted WHERE added_for IS NULL GROUP BY bucket
   ON CONFLICT (site, bucket) DO UPDATE SET events = r.events + excluded.events, duplicates = r.duplicates + excluded.duplicates,
     orders = r.orders + excluded.orders, browser_events = r.browser_events + excluded.browser_events`,
);
const putReporters = defineStatement(
  `INSERT INTO purchase_reporters (site, reporter, last) SELECT $1, reporter, $3::bigint FROM unnest($2::text[]) AS reporter
   ON CONFLICT (site, reporter) DO UPDATE SET last = excluded.last`,
);
const putPending = defineStatement(
  'INSERT INTO pending (site, "offset", until) SELECT $1, * FROM unnest($2::text[], $3::bigint[]) ON CONFLICT DO NOTHING',
);
const removePending = defineStatement('DELETE FROM pending WHERE site = $1 AND "offset" = ANY ($2::text[])');
const putAbsent = defineStatement(
  'INSERT INTO absent (site, "offset", reason) SELECT $1, * FROM unnest($2::text[], $3::text[]) ON CONFLICT DO NOTHING',
);

/** Returns the statements that store reports, and the waits and reasons of their events. */
export function reportStatements(change: IdentityCommit): readonly Statement[] {
  const { site, reports, pending = [], resolved = [], absent = [], now } = change;
  const statements: Statement[] = [];
  if (reports.length > 0) statements.push(judgeReports(site, reports, now), ...wayInStatements(site, reports));
  const reporters = new Set(reports.filter(({ name }) => name === 'Purchase').map(({ reporter }) => reporter));
  if (reporters.size > 0) statements.push(putReporters(site, encodeTexts([...reporters]), now));
  if (pending.length > 0) {
    const offsets = encodeTexts(pending.map(({ offset }) => offset));
    statements.push(putPending(site, offsets, encodeBigints(pending.map(({ until }) => until))));
  }
  if (resolved.length > 0) statements.push(removePending(site, encodeTexts(resolved)));
  if (absent.length > 0) {
    const offsets = encodeTexts(absent.map(({ offset }) => offset));
    statements.push(putAbsent(site, offsets, encodeTexts(absent.map(({ reason }) => reason))));
  }
  return statements;
}

function judgeReports(site: string, reports: readonly ReceivedReport[], now: number): Statement {
  return judge(
    site,
    encodeTexts(reports.map(({ offset }) => offset)),
    encodeTexts(reports.map(({ id }) => id)),
    encodeTexts(reports.map(primaryName)),
    encodeBigints(reports.map(({ keepUntil }) => keepUntil)),
    encodeBigints(reports.map(neededRelease)),
    encodeTexts(reports.map(({ reporter }) => reporter)),
    encodeBigints(reports.map(({ at }) => countBucketStart(at))),
    encodeTexts(reports.map(({ addedFor }) => (addedFor === undefined ? null : formatConsumerId(site, addedFor)))),
    now,
    ...connectionConsumerRange(site),
  );
}

const between = defineStatement<DuplicateRow>(
  `SELECT "offset", primary_offset AS "primary" FROM duplicate_reports WHERE site = $1 AND "offset" >= $2 AND "offset" <= $3
   ORDER BY "offset"`,
);
const duplicates = defineStatement<{ readonly reports: number }>(
  'SELECT count(*) AS reports FROM duplicate_reports WHERE site = $1 AND "offset" > $2 AND "offset" <= $3',
);
const ofPrimaries = defineStatement<DuplicateRow>(
  `SELECT "offset", primary_offset AS "primary" FROM duplicate_reports WHERE site = $1 AND primary_offset = ANY ($2::text[])
   ORDER BY "offset"`,
);
const reportersSince = defineStatement<{ readonly reporter: string }>(
  'SELECT reporter FROM purchase_reporters WHERE site = $1 AND last >= $2',
);
const reportedPurchases = defineStatement<{ readonly id: string; readonly primary: Offset; readonly place: number | null }>(
  `SELECT p.id, p."offset" AS "primary", e.network_place AS place FROM primary_reports p
     LEFT JOIN event_index e ON e.site = p.site AND e."offset" = p."offset" AND e.reporters = ${sourceBits.browser}
   WHERE p.site = $1 AND p.id = ANY ($2::text[]) AND p.name = 'Purchase' AND p.keep_until >= $3`,
);
const expiredPending = defineStatement<{ readonly offset: Offset }>(
  'SELECT "offset" FROM pending WHERE site = $1 AND (until <= $2 OR until > $3) ORDER BY "offset"',
);
const nextPending = defineStatement<{ readonly until: number | null }>('SELECT min(until) AS until FROM pending WHERE site = $1');
const absentReasons = defineStatement<{ readonly offset: Offset; readonly reason: AbsentReason }>(
  'SELECT "offset", reason FROM absent WHERE site = $1 AND "offset" = ANY ($2::text[]) ORDER BY "offset"',
);
const byId = defineStatement<{ readonly offset: Offset }>(
  'SELECT "offset" FROM primary_reports WHERE site = $1 AND id = $2 ORDER BY "offset"',
);

export function createPostgresReportReads(database: Database): ReportReads {
  return {
    async findDuplicates(site, from, through) {
      const rows = await database.read(between(site, from, through));
      return new Map(rows.map(({ offset, primary }) => [offset, primary]));
    },
    async countDuplicates(site, after, through) {
      return (await readRow(database, duplicates(site, after, through)))?.reports ?? 0;
    },
    async findDuplicatesByPrimary(site, primaries) {
      return groupByPrimary(await database.read(ofPrimaries(site, encodeTexts(primaries))));
    },
    async getPurchaseReporters(site, since) {
      return toSources(await database.read(reportersSince(site, since)));
    },
    async findReportedPurchases(site, ids, now) {
      const rows = ids.length === 0 ? [] : await database.read(reportedPurchases(site, encodeTexts(ids), now));
      return new Map(rows.map(({ id, primary, place }) => [id, { primary, ...(place !== null && { networkPlace: place }) }]));
    },
    async findExpiredPending(site, now) {
      const rows = await database.read(expiredPending(site, now, now + 2 * pendingConsentMs));
      return rows.map(({ offset }) => offset);
    },
    async getNextPendingExpiry(site) {
      return (await readRow(database, nextPending(site)))?.until ?? undefined;
    },
    async getAbsentReasons(site, offsets) {
      const rows = await database.read(absentReasons(site, encodeTexts(offsets)));
      return new Map(rows.map(({ offset, reason }) => [offset, reason]));
    },
    async findEvents(site, eventId) {
      return (await database.read(byId(site, eventId))).map(({ offset }) => offset);
    },
  };
}
