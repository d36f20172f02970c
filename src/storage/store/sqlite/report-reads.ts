import { pendingConsentMs } from '../../../event/consent.ts';
import type { Offset } from '../../log/event-log.ts';
import type { AbsentReason, ReportedPurchase } from '../../ports/reports.ts';
import type { Db } from '../../sqlite/open.ts';
import { sourceBits } from '../rows/event-index.ts';
import { type DuplicateRow, groupByPrimary, type ReportReads, toSources } from '../rows/reports.ts';
import { createPrimaryReportReads } from './primary-reports.ts';

export function createReportReads(db: Db): ReportReads {
  const between = db.prepare<[string, string, string], DuplicateRow>(
    'SELECT offset, primary_offset AS "primary" FROM duplicate_reports WHERE site = ? AND offset >= ? AND offset <= ?',
  );
  const duplicates = db
    .prepare<[string, string, string], number>(
      'SELECT count(*) FROM duplicate_reports WHERE site = ? AND offset > ? AND offset <= ?',
    )
    .pluck();
  const ofPrimaries = db.prepare<[string, string], DuplicateRow>(
    'SELECT offset, primary_offset AS "primary" FROM duplicate_reports WHERE site = ? AND primary_offset IN (SELECT value FROM json_each(?)) ORDER BY offset',
  );
  const reportersSince = db.prepare<[string, number], { reporter: string }>(
    'SELECT reporter FROM purchase_reporters WHERE site = ? AND last >= ?',
  );
  const selectPending = db.prepare<[string, number, number], { offset: string }>(
    'SELECT offset FROM pending WHERE site = ? AND (until <= ? OR until > ?) ORDER BY offset',
  );
  const nextPending = db.prepare<[string], number | null>('SELECT min(until) FROM pending WHERE site = ?').pluck();
  const absent = db.prepare<[string, string], { offset: string; reason: AbsentReason }>(
    'SELECT offset, reason FROM absent WHERE site = ? AND offset IN (SELECT value FROM json_each(?))',
  );
  const placeOf = db
    .prepare<[string, Offset], number | null>(
      `SELECT network_place FROM event_index WHERE site = ? AND offset = ? AND reporters = ${sourceBits.browser}`,
    )
    .pluck();
  const primaries = createPrimaryReportReads(db);
  return {
    async findDuplicates(site, from, through) {
      return new Map(between.all(site, from, through).map(({ offset, primary }) => [offset, primary]));
    },
    async countDuplicates(site, after, through) {
      return duplicates.get(site, after, through) ?? 0;
    },
    async findDuplicatesByPrimary(site, primaries) {
      return groupByPrimary(ofPrimaries.all(site, JSON.stringify(primaries)));
    },
    async getPurchaseReporters(site, since) {
      return toSources(reportersSince.all(site, since));
    },
    async findReportedPurchases(site, ids, now) {
      const found = new Map<string, ReportedPurchase>();
      primaries.readTogether(() => {
        for (const id of ids) {
          const primary = primaries.find({ site, id, name: 'Purchase' }, now);
          const networkPlace = primary === undefined ? null : placeOf.get(site, primary);
          if (primary !== undefined) found.set(id, { primary, ...(networkPlace != null && { networkPlace }) });
        }
      });
      return found;
    },
    async findExpiredPending(site, at) {
      return selectPending.all(site, at, at + 2 * pendingConsentMs).map(({ offset }) => offset);
    },
    async getNextPendingExpiry(site) {
      return nextPending.get(site) ?? undefined;
    },
    async getAbsentReasons(site, offsets) {
      return new Map(absent.all(site, JSON.stringify(offsets)).map(({ offset, reason }) => [offset, reason]));
    },
    async findEvents(site, eventId) {
      return primaries.findOffsets(site, eventId);
    },
  };
}
