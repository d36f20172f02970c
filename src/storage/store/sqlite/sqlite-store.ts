import type { TransferListItem } from 'node:worker_threads';
import type { DeliveryCommit, Lease } from '../../ports/consumers.ts';
import type { Store } from '../../ports/store.ts';
import { moveInBackground } from '../../sqlite/move-in-background.ts';
import { type Db, openReader } from '../../sqlite/open.ts';
import { createSqliteSql } from '../../sqlite/sqlite-sql.ts';
import { type CopyableFile, Writer } from '../../sqlite/writer.ts';
import { createAccountLinkStore } from '../account-link-store.ts';
import { createAccountStore } from '../account-store.ts';
import { createAlertStore } from '../alert-store.ts';
import { createDeadLetterStore } from '../dead-letter-store.ts';
import { createDeferredDeliveryStore } from '../deferred-delivery-store.ts';
import { createDeliveryErrorStore } from '../delivery-error-store.ts';
import { createErasureNotes } from '../erasure-store.ts';
import { createEventCountStore } from '../event-count-store.ts';
import { createEventIndexStore } from '../event-index-store.ts';
import { createGrantStore } from '../grant-store.ts';
import { createImportStore } from '../import-store.ts';
import { createIssueStore } from '../issue-store.ts';
import { createMatchCountStore } from '../match-count-store.ts';
import { createMoneyStore } from '../money-store.ts';
import { createOrderLedger } from '../order-ledger-store.ts';
import { createProfilePageStore } from '../profile-page-store.ts';
import { createReceiptStore } from '../receipt-store.ts';
import { type AttemptRow, toAttempt } from '../rows/attempts.ts';
import { createRuleCountStore } from '../rule-count-store.ts';
import { createSavedViewStore } from '../saved-view-store.ts';
import { createSiteActivityStore } from '../site-activity-store.ts';
import { createSweepStore } from '../sweep-store.ts';
import { createUploadStore } from '../upload-store.ts';
import { createSqliteActivity } from './activity.ts';
import { createAttemptPageReads } from './attempt-pages.ts';
import { createConsumerReads } from './consumer-state.ts';
import { createSqliteSites } from './dashboard-sites.ts';
import { createErasureWrites } from './erasure.ts';
import { createIdentityStore, createStoreWrite } from './identity-store.ts';
import type { KnownOffsets } from './known-offsets.ts';
import { hasEarlierTables } from './move-earlier.ts';
import { createSqliteOutcomes } from './outcomes.ts';
import { createRetentionWrites } from './retention.ts';
import type { TaskRequest, WriterOp } from './schema.ts';

const commitTimeoutMs = 30_000;

export interface SqliteStoreOptions {
  readonly now: () => number;
  /** Called when the move of an earlier schema's rows has failed. It is tried again. */
  readonly onMoveFault?: (error: unknown) => void;
}

/** The embedded store. A module can run on its writer's thread, such as the identity consumer. */
export interface SqliteStore extends Store, KnownOffsets, CopyableFile {
  attachTask(request: TaskRequest, transfer: readonly TransferListItem[]): void;
  /** Returns why nothing can be written any more, with the remedy. */
  getProblem(): string | undefined;
}

/** Opens the embedded store: one SQLite file next to the event log's. @throws if the file cannot be opened. */
export async function openSqliteStore(file: string, options: SqliteStoreOptions): Promise<SqliteStore> {
  const writer = await Writer.open<WriterOp, unknown>('./sqlite-store.writer', import.meta.url, file, commitTimeoutMs);
  try {
    return sqliteStore(writer, openReader(file), options);
  } catch (error) {
    await writer.close();
    throw error;
  }
}

function sqliteStore(writer: Writer<WriterOp, unknown>, db: Db, { now, onMoveFault }: SqliteStoreOptions): SqliteStore {
  const write = createStoreWrite((op) => writer.run(op));
  const sql = createSqliteSql(db, (op) => writer.run(op));
  const outcomes = createSqliteOutcomes(sql);
  const moves = hasEarlierTables(db)
    ? moveInBackground({
        move: async () => Number(await write({ kind: 'move-earlier' })),
        onFault: (error) => onMoveFault?.(error),
      })
    : undefined;
  return {
    ...createIdentityStore(db, write, now),
    async commitDelivery(lease: Lease, change: DeliveryCommit) {
      await write({ kind: 'commit', lease, change });
    },
    ...createConsumerReads(db),
    ...createDeferredDeliveryStore(sql),
    ...createReceiptStore(sql),
    ...createEventIndexStore(sql, outcomes),
    getOutcomes: outcomes.latest,
    ...createAttemptReads(db),
    ...createDeadLetterStore(sql),
    ...createMatchCountStore(sql),
    ...createEventCountStore(sql),
    ...createMoneyStore(sql),
    ...createOrderLedger(sql),
    ...createUploadStore(sql),
    ...createDeliveryErrorStore(sql),
    ...createRuleCountStore(sql),
    ...createErasureWrites(write, sql, () => writer.purge('file')),
    ...createErasureNotes(sql),
    ...createSweepStore(sql),
    ...createAttemptPageReads(db),
    ...createProfilePageStore(sql, (site, visitors) => write({ kind: 'drop-profiles', site, visitors })),
    ...createRetentionWrites(write, db, outcomes),
    ...createAccountStore(sql),
    ...createSqliteActivity(sql),
    ...createAccountLinkStore(sql),
    ...createGrantStore(sql),
    ...createAlertStore(sql),
    ...createIssueStore(sql),
    ...createSavedViewStore(sql),
    ...createImportStore(sql),
    ...createSiteActivityStore(sql),
    ...createSqliteSites(sql, write),
    attachTask: (request, transfer) => writer.attachTask(request, transfer),
    getProblem: () => (writer.problem === undefined ? undefined : `${writer.problem}. Restart Convey`),
    copyTo: (to) => writer.copyTo(to),
    async close() {
      await moves?.stop();
      db.close();
      await writer.close();
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

function createAttemptReads(db: Db): Pick<Store, 'listAttempts'> {
  const attempts = db.prepare<[{ consumer: string; offset: string }], AttemptRow>(attemptsOfEventSql);
  return {
    async listAttempts(consumer, offset) {
      return attempts
        .all({ consumer, offset })
        .map(toAttempt)
        .filter(({ offsets }) => offsets.includes(offset));
    },
  };
}
