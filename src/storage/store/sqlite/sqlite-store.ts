import { pendingConsentMs } from '../../../event/consent.ts';
import { type ReportSource, reportSources } from '../../../event/event.ts';
import type { Offset } from '../../log/event-log.ts';
import { type Db, openReader } from '../../sqlite/open.ts';
import { type CopyableFile, WriteFailedError, Writer } from '../../sqlite/writer.ts';
import type { DeliveryCommit, IdentityCommit, Lease } from '../consumers.ts';
import { LeaseLostError } from '../consumers.ts';
import type { DeadLetter } from '../dead-letters.ts';
import { issuesSchema } from '../issue-schema.ts';
import type { AbsentReason } from '../reports.ts';
import type { Store } from '../store.ts';
import { createAccountReads, createAccountWrites } from './accounts.ts';
import { createAlertReads } from './alert-reads.ts';
import { createAlertWrites } from './alerts.ts';
import { type AttemptRow, toAttempt } from './attempts.ts';
import { createBrowserUsageReads } from './browser-usage.ts';
import { createConsumerReads } from './consumer-state.ts';
import { createDashboardSiteReads } from './dashboard-site-reads.ts';
import { createDashboardSiteWrites } from './dashboard-sites.ts';
import { createErasureReads, createErasureWrites } from './erasure.ts';
import { createCountReads } from './event-count-reads.ts';
import { createIndexReads } from './event-index.ts';
import type { KnownOffsets } from './known-offsets.ts';
import { createLinkReads } from './links/link-reads.ts';
import { createMatchReads } from './match-counts.ts';
import { hasEarlierTables, startMoves } from './move-earlier.ts';
import { createOutcomeReads } from './outcomes.ts';
import { createPrimaryReportReads } from './primary-reports.ts';
import { createProfileRemoval } from './profile-removal.ts';
import { createReceiptReads } from './receipt-reads.ts';
import { createRetentionWrites } from './retention.ts';
import { createRetentionReads } from './retention-reads.ts';
import { createRuleChangeStore } from './rule-change-store.ts';
import { leaseLostCode, type StoreOp, type StoreResult } from './schema.ts';
import { createSiteActivityReads } from './site-activity.ts';
import { createProfileReads } from './visitor-profiles.ts';

const commitTimeoutMs = 30_000;

export type SqliteStore = Store & KnownOffsets & CopyableFile;

export interface SqliteStoreOptions {
  readonly now: () => number;
}

/** Opens the embedded store: one SQLite file next to the event log's. @throws if the file cannot be opened. */
export async function openSqliteStore(file: string, options: SqliteStoreOptions): Promise<SqliteStore> {
  const writer = await Writer.open<StoreOp, StoreResult>('./sqlite-store.writer', import.meta.url, file, commitTimeoutMs);
  try {
    return sqliteStore(writer, openReader(file), options);
  } catch (error) {
    await writer.close();
    throw error;
  }
}

function sqliteStore(writer: Writer<StoreOp, StoreResult>, db: Db, { now }: SqliteStoreOptions): SqliteStore {
  const write = async (op: StoreOp): Promise<StoreResult> => {
    try {
      return await writer.run(op);
    } catch (error) {
      if (error instanceof WriteFailedError && error.code === leaseLostCode) throw new LeaseLostError(error.message);
      throw error;
    }
  };
  const moves = hasEarlierTables(db) ? startMoves(write) : undefined;
  const getEpoch = db.prepare<[string], number>('SELECT epoch FROM leases WHERE consumer = ?').pluck();
  return {
    async acquireLease(consumer, owner, ttlMs) {
      const epoch = await write({ kind: 'acquire', consumer, owner, ttlMs, now: now() });
      return epoch === null ? undefined : { consumer, epoch };
    },
    async renewLeases(leases, ttlMs) {
      const renewed = await write({ kind: 'renew', leases, until: now() + ttlMs });
      return renewed === leases.length ? [] : leases.filter(({ consumer, epoch }) => getEpoch.get(consumer) !== epoch);
    },
    async releaseLease(lease: Lease) {
      await write({ kind: 'release', lease });
    },
    async commitDelivery(lease: Lease, change: DeliveryCommit) {
      await write({ kind: 'commit', lease, change });
    },
    async commitIdentity(lease: Lease, change: IdentityCommit) {
      await write({ kind: 'commit-identity', lease, change });
    },
    ...createConsumerReads(db),
    ...createReceiptReads(db),
    ...createReportReads(db),
    ...createProfileReads(db),
    ...createLinkReads(db),
    ...createIndexReads(db),
    ...createDebuggerReads(db),
    ...createMatchReads(db),
    ...createCountReads(db),
    ...createBrowserUsageReads(db),
    ...createErasureReads(db),
    ...createErasureWrites(write, () => writer.zeroUnusedBytes()),
    ...createRetentionReads(db, { toAttempt, toDeadLetter }),
    ...createRetentionWrites(write, db),
    ...createProfileRemoval(write, db),
    ...createAccountReads(db),
    ...createAccountWrites(write),
    ...createAlertReads(db),
    ...createAlertWrites(write),
    ...createSiteActivityReads(db),
    ...createDashboardSiteReads(db),
    ...createDashboardSiteWrites(write),
    ...createRuleChangeStore(db, write),
    copyTo: (to) => writer.copyTo(to),
    async close() {
      await moves?.stop();
      db.close();
      await writer.close();
    },
  };
}

type ReportReads = Pick<
  Store,
  | 'findDuplicates'
  | 'findDuplicatesByPrimary'
  | 'getPurchaseReporters'
  | 'findExpiredPending'
  | 'getNextPendingExpiry'
  | 'getAbsentReasons'
  | 'findEvents'
>;

function createReportReads(db: Db): ReportReads {
  const between = db.prepare<[string, string, string], { offset: string; primary: string }>(
    'SELECT offset, primary_offset AS "primary" FROM duplicate_reports WHERE site = ? AND offset >= ? AND offset <= ?',
  );
  const ofPrimaries = db.prepare<[string, string], { offset: string; primary: string }>(
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
  const primaries = createPrimaryReportReads(db);
  return {
    async findDuplicates(site, from, through) {
      return new Map(between.all(site, from, through).map(({ offset, primary }) => [offset, primary]));
    },
    async findDuplicatesByPrimary(site, primaries) {
      const found = new Map<Offset, Offset[]>();
      for (const { offset, primary } of ofPrimaries.all(site, JSON.stringify(primaries)))
        found.set(primary, [...(found.get(primary) ?? []), offset]);
      return found;
    },
    async getPurchaseReporters(site, since) {
      const known = new Set(reportersSince.all(site, since).map(({ reporter }) => reporter));
      return reportSources.filter((reporter: ReportSource) => known.has(reporter));
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

/**
 * Selects the attempts whose offsets enclose one. Those that do not overlap earlier ones are in log order, so the first that ends at or after
 * the offset is the only one. The others are compared in the index.
 */
export const attemptsOfEventSql = `SELECT * FROM attempts WHERE rowid IN (
    SELECT rowid FROM (SELECT rowid, first_offset FROM attempts
      WHERE consumer = @consumer AND overlaps = 0 AND last_offset >= @offset ORDER BY last_offset LIMIT 1) WHERE first_offset <= @offset
    UNION ALL SELECT rowid FROM attempts WHERE consumer = @consumer AND overlaps = 1 AND last_offset >= @offset AND first_offset <= @offset)
  ORDER BY started_at, id`;

type DebuggerReads = Pick<Store, 'getOutcomes' | 'listAttempts' | 'listDeadLetters' | 'findDeadLetterOffsets'>;

interface DeadLetterRow {
  readonly offset: string;
  readonly cause: 'rejected' | 'expired' | 'corrupt';
  readonly issues: string;
  readonly event_name: string;
  readonly event_id: string;
  readonly bytes: Uint8Array;
  readonly at: number;
}

function createDebuggerReads(db: Db): DebuggerReads {
  const { latest } = createOutcomeReads(db);
  const attempts = db.prepare<[{ consumer: string; offset: string }], AttemptRow>(attemptsOfEventSql);
  const deadLetters = db.prepare<[string, number, string, number], DeadLetterRow>(
    'SELECT * FROM dead_letters WHERE consumer = ? AND (at, offset) <= (?, ?) ORDER BY at DESC, offset DESC LIMIT ?',
  );
  const lettersAmong = db
    .prepare<[string, string], string>(
      'SELECT offset FROM dead_letters WHERE consumer = ? AND offset IN (SELECT value FROM json_each(?)) ORDER BY offset',
    )
    .pluck();
  const selectDeadLetters = db
    .prepare<[string, string, number], string>(
      'SELECT offset FROM dead_letters WHERE consumer = ? AND offset > ? ORDER BY offset LIMIT ?',
    )
    .pluck();
  return {
    async getOutcomes(consumer, offsets) {
      return latest(consumer, offsets);
    },
    async listAttempts(consumer, offset) {
      return attempts
        .all({ consumer, offset })
        .map(toAttempt)
        .filter(({ offsets }) => offsets.includes(offset));
    },
    async listDeadLetters(consumer, limit, from = { at: Number.MAX_SAFE_INTEGER, offset: '' }) {
      return deadLetters.all(consumer, from.at, from.offset, limit).map(toDeadLetter);
    },
    async findDeadLetterOffsets(consumer, which) {
      return 'after' in which
        ? selectDeadLetters.all(consumer, which.after, which.limit)
        : lettersAmong.all(consumer, JSON.stringify(which));
    },
  };
}

function toDeadLetter({ offset, cause, issues, event_name, event_id, bytes, at }: DeadLetterRow): DeadLetter {
  const reasons = issuesSchema.parse(JSON.parse(issues));
  return { offset, cause, issues: reasons, eventName: event_name, eventId: event_id, bytes, at };
}
