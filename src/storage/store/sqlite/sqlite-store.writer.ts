import type { OpenAttempt, SettledAttempt } from '../../ports/attempts.ts';
import { connectionConsumerRange, parseConsumerId } from '../../ports/consumer-id.ts';
import type { DeliveryCommit, IdentityCommit, Lease } from '../../ports/consumers.ts';
import { maxDeferralMs } from '../../ports/deferred-deliveries.ts';
import type { EventOutcomeEntry } from '../../ports/outcomes.ts';
import type { AnyChange } from '../../sql/change.ts';
import { WriteFailedError } from '../../sqlite/op-queue.ts';
import type { Db } from '../../sqlite/open.ts';
import { prepareSqlOps, prepareStatements } from '../../sqlite/sqlite-sql.ts';
import { serveWriter, type WriterHost, type WriterTask } from '../../sqlite/writer.ts';
import { accountLinkChanges } from '../account-link-store.ts';
import { accountChanges } from '../account-store.ts';
import { activityChanges } from '../activity-changes.ts';
import { alertChanges } from '../alert-changes.ts';
import { erasureChanges } from '../erasure-store.ts';
import { grantChanges } from '../grant-changes.ts';
import { importChanges } from '../import-store.ts';
import { issueStoreChanges } from '../issue-changes.ts';
import { neededRelease, primaryName } from '../release-states.ts';
import { attemptChecksum, formatState, hashBody } from '../rows/checksums.ts';
import { createRestatements, deliveredOrderStatements, refundStatements } from '../rows/delivered-orders.ts';
import { trustedBits } from '../rows/event-index.ts';
import { packBlock } from '../rows/outcome-blocks.ts';
import { findEnds, pack, packChanges } from '../rows/packed.ts';
import { paymentFactStatements } from '../rows/payment-objects.ts';
import { uploadStatements } from '../rows/uploads.ts';
import { savedViewChanges } from '../saved-view-store.ts';
import { siteChanges } from '../site-changes.ts';
import { prepareBrowserUsage } from './browser-usage.ts';
import { prepareDeliveryErrors } from './delivery-errors.ts';
import { prepareErasure } from './erasure.ts';
import { prepareDeliveryTimes, prepareOutcomeCounts, prepareReceivedCounts } from './event-counts.ts';
import { prepareIndex } from './event-index.ts';
import { linkKeys } from './links/link-tables.ts';
import { prepareMatches } from './match-counts.ts';
import { preparePurchaseOutcomes, preparePurchases } from './money.ts';
import { prepareMoves } from './move-earlier.ts';
import { preparePrimaryReports, reportKeys } from './primary-reports.ts';
import { prepareProfileRemoval } from './profile-removal.ts';
import { prepareReceipts } from './receipts.ts';
import { prepareExpiredRangeWrite, prepareRetention } from './retention.ts';
import { prepareRetiringOps } from './retired-connections.ts';
import { prepareRuleCounts } from './rule-counts.ts';
import { leaseLostCode, stateMigrations, type TaskRequest, type WriterOp } from './schema.ts';
import { stateSchema } from './state-schema.ts';
import { prepareProfiles } from './visitor-profiles.ts';
import { prepareWays } from './ways-in.ts';

/** The changes that the thread runs by their names. */
const changes = [
  accountChanges,
  accountLinkChanges,
  activityChanges,
  alertChanges,
  erasureChanges,
  grantChanges,
  importChanges,
  issueStoreChanges,
  savedViewChanges,
  siteChanges,
].flatMap((subject) => Object.values<AnyChange>(subject));

const restatementStatements = createRestatements("json_set(purchase, '$.left', CAST($4 AS INTEGER))");

/**
 * Prepares the operations of the writer's thread of `sqlite-store.ts`. The thread loads its own copy of each module, so it imports no module
 * that loads schemas: zod would double the time of its start.
 */
function prepare(db: Db): (op: WriterOp) => unknown {
  const moveEarlier = prepareMoves(db);
  const leases = prepareLeases(db);
  const { commit, writeOutcomes } = prepareCommit(db);
  const commitIdentity = prepareCommitIdentity(db);
  const erase = prepareErasure(db);
  const retain = prepareRetention(db);
  const drop = prepareProfileRemoval(db);
  const retire = prepareRetiringOps(db, writeOutcomes);
  const runSql = prepareSqlOps(db, changes);
  return (op) => {
    switch (op.kind) {
      case 'acquire':
        return leases.acquire(op.consumer, op.owner, op.now, op.ttlMs);
      case 'renew':
        return leases.renew(op.leases, op.until);
      case 'release':
        leases.release(op.lease);
        return null;
      case 'commit':
        leases.check(op.lease);
        commit(op.lease.consumer, op.change);
        return null;
      case 'commit-identity':
        leases.check(op.lease);
        commitIdentity(op.change);
        return null;
      case 'erase':
        return erase(op);
      case 'remove-expired':
      case 'remove-primaries':
      case 'release-purchases':
      case 'strip-profiles':
      case 'remove-links':
      case 'strip-dead-letters':
      case 'reclaim':
        return retain(op);
      case 'move-earlier':
        return moveEarlier();
      case 'drop-profiles':
        return drop(op);
      case 'create-connection':
      case 'retire':
        retire(op);
        return null;
      case 'write':
      case 'change':
        return runSql(op);
    }
  };
}

function prepareLeases(db: Db) {
  const find = db.prepare<[string], { epoch: number; owner: string; until: number }>(
    'SELECT epoch, owner, until FROM leases WHERE consumer = ?',
  );
  const put = db.prepare('INSERT OR REPLACE INTO leases (consumer, epoch, owner, until) VALUES (?, ?, ?, ?)');
  const extend = db.prepare('UPDATE leases SET until = ? WHERE consumer = ? AND epoch = ?');
  const extendAll = db.prepare(
    `UPDATE leases SET until = ? WHERE (consumer, epoch) IN (SELECT value ->> 'consumer', value ->> 'epoch' FROM json_each(?))`,
  );
  const check = (lease: Lease) => {
    if (find.get(lease.consumer)?.epoch !== lease.epoch)
      throw new WriteFailedError(leaseLostCode, `lease of ${lease.consumer} lost: another owner has it`);
  };
  return {
    check,
    acquire(consumer: string, owner: string, now: number, ttlMs: number): number | null {
      const current = find.get(consumer);
      if (current && current.owner !== owner && current.until > now) return null;
      const epoch = (current?.epoch ?? 0) + 1;
      put.run(consumer, epoch, owner, now + ttlMs);
      return epoch;
    },
    renew: (leases: readonly Lease[], until: number): number => extendAll.run(until, JSON.stringify(leases)).changes,
    release(lease: Lease): void {
      extend.run(0, lease.consumer, lease.epoch);
    },
  };
}

function prepareCommit(db: Db) {
  const putState = db.prepare('INSERT OR REPLACE INTO connections (consumer, state) VALUES (?, ?)');
  const putDeferred = db.prepare(
    'INSERT OR REPLACE INTO deferred_deliveries (consumer, offset, reason, due_at, tries, part, is_resend, is_trusted, shop_only) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  /**
   * Counts the duplicates of an event. One may have arrived after the consumer decided to hold, when the identity consumer found no hold to
   * release. A browser's makes the event due, and not trusted.
   */
  const countDuplicates = db.prepare<[string, string], { duplicates: number }>(
    'SELECT count(*) AS duplicates FROM duplicate_reports WHERE site = ? AND primary_offset = ?',
  );
  const findTrusted = db.prepare<[string, string]>(
    `SELECT 1 FROM event_index WHERE site = ? AND offset = ? AND reporters & ${trustedBits}`,
  );
  const shortenWaits = db.prepare('UPDATE deferred_deliveries SET due_at = ? WHERE consumer = ? AND reason = ? AND due_at > ?');
  const removeDeferred = db.prepare('DELETE FROM deferred_deliveries WHERE consumer = ? AND offset = ?');
  const putDeadLetter = db.prepare(
    'INSERT OR REPLACE INTO dead_letters (consumer, offset, cause, issues, event_name, event_id, bytes, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const openAttempt = db.prepare(
    `INSERT INTO attempts (id, consumer, started_at, first_offset, last_offset, offsets, cursor_after, body, body_sha256, checksum, overlaps, rules, sent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
     ON CONFLICT (id) DO UPDATE SET sent = sent + 1`,
  );
  const lastAttempt = db.prepare<[{ consumer: string }], { end: string | null }>(
    `SELECT max((SELECT coalesce(max(last_offset), '') FROM attempts WHERE consumer = @consumer AND overlaps = 0),
       (SELECT coalesce(max(last_offset), '') FROM attempts WHERE consumer = @consumer AND overlaps = 1)) AS end`,
  );
  const settleAttempt = db.prepare(
    'UPDATE attempts SET settled_at = ?, result = ?, status = ?, response = ?, issues = ? WHERE id = ?',
  );
  const commitExpired = prepareExpiredRangeWrite(db);
  const removeExpired = db.prepare('DELETE FROM expired_ranges WHERE consumer = ? AND last_offset = ?');
  const putBlock = db.prepare(
    'INSERT INTO outcome_blocks (consumer, first_offset, last_offset, entries, counts, overlaps) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const lastBlock = db.prepare<[string], { end: string | null }>(
    'SELECT max(last_offset) AS end FROM outcome_blocks WHERE consumer = ?',
  );
  const commitReceipt = prepareReceipts(db);
  const addMatches = prepareMatches(db);
  const addCounts = prepareOutcomeCounts(db);
  const addDeliveryTimes = prepareDeliveryTimes(db);
  const changePurchases = preparePurchaseOutcomes(db);
  const addErrors = prepareDeliveryErrors(db);
  const addRuleCounts = prepareRuleCounts(db);
  const runStatement = prepareStatements(db);
  const removeDeadLetter = db.prepare('DELETE FROM dead_letters WHERE consumer = ? AND offset = ?');

  const open = (consumer: string, attempt: OpenAttempt) => {
    const { id, startedAt, offsets, cursorAfter: through, body } = attempt;
    const [first, last] = findEnds(offsets);
    const sum = attemptChecksum(offsets, through ?? null, body);
    const isOverlapping = first <= (lastAttempt.get({ consumer })?.end ?? '');
    openAttempt.run(
      id,
      consumer,
      startedAt,
      first,
      last,
      pack(JSON.stringify(offsets)),
      through ?? null,
      pack(body),
      hashBody(body),
      sum,
      Number(isOverlapping),
      packChanges(attempt),
    );
  };
  /** Stores a result. After `unknown` the attempt stays open, because the same bytes are sent again. */
  const settle = ({ id, at, result, status, answer, issues }: SettledAttempt) =>
    settleAttempt.run(result === 'unknown' ? null : at, result, status ?? null, answer ?? null, JSON.stringify(issues), id);
  const writeOutcomes = (consumer: string, entries: readonly EventOutcomeEntry[]) => {
    const block = packBlock(entries);
    const isOverlapping = block.first <= (lastBlock.get(consumer)?.end ?? '');
    putBlock.run(consumer, block.first, block.last, block.entries, block.counts, Number(isOverlapping));
  };

  const commit = (consumer: string, change: DeliveryCommit) => {
    putState.run(consumer, formatState(change.state));
    if (change.settle) settle(change.settle);
    if (change.open) open(consumer, change.open);
    commitReceipt(consumer, change);
    const { site } = parseConsumerId(consumer);
    for (const offset of change.removeDeferred ?? []) removeDeferred.run(consumer, offset);
    for (const { offset, reason, dueAt, tries, part, isResend, isTrusted, shopOnly, knownDuplicates } of change.putDeferred ??
      []) {
      const isOver = knownDuplicates !== undefined && (countDuplicates.get(site, offset)?.duplicates ?? 0) > knownDuplicates;
      const trusted = isTrusted === true || (isOver && findTrusted.get(site, offset) !== undefined);
      const flags = [isResend ?? false, trusted, shopOnly ?? false].map(Number);
      putDeferred.run(consumer, offset, reason, isOver ? 0 : dueAt, tries, part ?? null, ...flags);
    }
    for (const offset of change.removeDeadLetters ?? []) removeDeadLetter.run(consumer, offset);
    for (const { offset, cause, issues, eventName, eventId, bytes, at } of change.deadLetters ?? [])
      putDeadLetter.run(consumer, offset, cause, JSON.stringify(issues), eventName, eventId, bytes, at);
    if (change.outcomes && change.outcomes.length > 0) writeOutcomes(consumer, change.outcomes);
    const now = change.correctedClock;
    if (now !== undefined)
      for (const [reason, ms] of Object.entries(maxDeferralMs)) shortenWaits.run(now, consumer, reason, now + ms);
    if (change.expired) commitExpired(consumer, change.expired);
    for (const through of change.removeExpired ?? []) removeExpired.run(consumer, through);
    if (change.matches) addMatches(consumer, change.matches);
    if (change.counts) addCounts(consumer, change.counts);
    if (change.deliveryTimes) addDeliveryTimes(consumer, change.deliveryTimes);
    if (change.purchases) changePurchases(consumer, change.purchases);
    for (const statement of deliveredOrderStatements(consumer, change.deliveredOrders)) runStatement(statement);
    for (const statement of restatementStatements(consumer, change.restatedOrders)) runStatement(statement);
    for (const statement of uploadStatements(consumer, change)) runStatement(statement);
    if (change.errors) addErrors(consumer, change.errors);
    if (change.ruleCounts) addRuleCounts(consumer, change.ruleCounts);
  };
  return { commit, writeOutcomes };
}

function prepareCommitIdentity(db: Db) {
  const putCursor = db.prepare('INSERT OR REPLACE INTO identity (site, cursor) VALUES (?, ?)');
  const primaries = preparePrimaryReports(db);
  const putDuplicate = db.prepare('INSERT OR IGNORE INTO duplicate_reports (site, offset, primary_offset) VALUES (?, ?, ?)');
  /** Ends the hold of a purchase whose duplicate arrived. This changes another consumer's rows, but only due time and trust. */
  const release = db.prepare(
    `UPDATE deferred_deliveries SET due_at = iif(reason IN ('hold', 'confirm'), ?, due_at), is_trusted = max(is_trusted, ?)
     WHERE offset = ? AND consumer >= ? AND consumer < ?`,
  );
  const putReporter = db.prepare('INSERT OR REPLACE INTO purchase_reporters (site, reporter, last) VALUES (?, ?, ?)');
  const putPending = db.prepare('INSERT OR IGNORE INTO pending (site, offset, until) VALUES (?, ?, ?)');
  const removePending = db.prepare('DELETE FROM pending WHERE site = ? AND offset = ?');
  const putAbsent = db.prepare('INSERT OR IGNORE INTO absent (site, offset, reason) VALUES (?, ?, ?)');

  const commitProfiles = prepareProfiles(db);
  const commitBrowserUsage = prepareBrowserUsage(db);
  const commitIndex = prepareIndex(db);
  const countReceived = prepareReceivedCounts(db);
  const countWaysIn = prepareWays(db);
  const putPurchases = preparePurchases(db);
  const runStatement = prepareStatements(db);

  return (change: IdentityCommit) => {
    const { site, cursor, reports, pending, resolved, absent, now } = change;
    /** The primary report of each duplicate. */
    const duplicates = new Map<string, string>();
    /** The earlier primary report that a report replaced. */
    const replaced = new Map<string, string>();
    const received = new Set(reports.map(({ offset }) => offset));
    for (const report of reports) {
      const { offset, id, reporter, keepUntil } = report;
      const claim = { site, id, name: primaryName(report), offset, keepUntil, neededRelease: neededRelease(report) };
      const { primary, replaced: earlier } = primaries.claim(claim, now);
      if (earlier !== undefined && !received.has(earlier)) replaced.set(offset, earlier);
      if (primary !== offset) {
        duplicates.set(offset, primary);
        putDuplicate.run(site, offset, primary);
        release.run(now, Number(reporter !== 'browser'), primary, ...connectionConsumerRange(site));
      }
    }
    const purchases = reports.filter(({ name }) => name === 'Purchase');
    for (const reporter of new Set(purchases.map(({ reporter: one }) => one))) putReporter.run(site, reporter, now);
    countReceived(site, reports, duplicates);
    countWaysIn(site, reports);
    putPurchases(site, reports, duplicates, replaced);
    for (const statement of refundStatements(site, reports)) runStatement(statement);
    for (const statement of paymentFactStatements(site, change.paymentFacts)) runStatement(statement);
    for (const { offset, until } of pending ?? []) putPending.run(site, offset, until);
    for (const offset of resolved ?? []) removePending.run(site, offset);
    for (const { offset, reason } of absent ?? []) putAbsent.run(site, offset, reason);
    commitProfiles(change);
    commitBrowserUsage(change);
    commitIndex(change);
    putCursor.run(site, cursor);
  };
}

const purging: ReadonlySet<WriterOp['kind']> = new Set<WriterOp['kind']>([
  'erase',
  'strip-profiles',
  'strip-dead-letters',
  'drop-profiles',
  'remove-expired',
  'reclaim',
  'create-connection',
  'retire',
]);

/** The module of a task. */
interface TaskModule {
  startTask(host: WriterHost<WriterOp, unknown>, request: unknown): WriterTask;
}

function isTaskRequest(value: unknown): value is TaskRequest {
  return typeof value === 'object' && value !== null && 'module' in value && typeof value.module === 'string';
}

async function attach(request: unknown, host: WriterHost<WriterOp, unknown>): Promise<WriterTask> {
  if (!isTaskRequest(request)) throw new TypeError('the request of a task names no module');
  const { startTask }: TaskModule = await import(request.module);
  return startTask(host, request);
}

serveWriter({
  migrations: stateMigrations,
  schema: stateSchema,
  prepare,
  // The pages of links are many, so the last one purges for all.
  purges: (op) =>
    purging.has(op.kind) || (op.kind === 'change' && op.purges) || (op.kind === 'remove-links' && op.to === undefined),
  keyIndexes: [linkKeys, reportKeys],
  attach,
});
