import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { isTrusted } from '../../../event/event.ts';
import type { Db } from '../../sqlite/open.ts';
import { serveWriter, WriteFailedError } from '../../sqlite/writer.ts';
import type { OpenAttempt, SettledAttempt } from '../attempts.ts';
import { connectionConsumerRange, parseConsumerId } from '../consumer-id.ts';
import type { DeliveryCommit, IdentityCommit, Lease } from '../consumers.ts';
import { maxDeferralMs } from '../deferred-deliveries.ts';
import type { EventOutcomeEntry } from '../outcomes.ts';
import type { ReceivedReport } from '../reports.ts';
import { prepareAccess } from './accounts.ts';
import { attemptChecksum } from './attempts.ts';
import { prepareBrowserUse } from './browser-usage.ts';
import { prepareMade } from './dashboard-sites.ts';
import { prepareErasure } from './erasure.ts';
import { countsBytes, prepareOutcomeCounts, prepareReceivedCounts } from './event-counts.ts';
import { indexBytes, prepareIndex } from './event-index.ts';
import { matchesBytes, prepareMatches } from './match-counts.ts';
import { prepareProfiles } from './profile-removal.ts';
import { prepareExpired, prepareRetention, released } from './retention.ts';
import { fencedCode, migrations, type Op, type Result } from './schema.ts';
import { stateText } from './state-checksum.ts';
import { factsBytes, prepareFacts } from './visitor-profiles.ts';

/** The writer's thread of `sqlite.ts`. */
function prepare(db: Db): (op: Op) => Result {
  const leases = prepareLeases(db);
  const commit = prepareCommit(db);
  const commitIdentity = prepareCommitIdentity(db);
  const erase = prepareErasure(db);
  const retain = prepareRetention(db);
  const drop = prepareProfiles(db);
  const admit = prepareAccess(db);
  const make = prepareMade(db, commit);
  return (op) => {
    switch (op.kind) {
      case 'acquire':
        return leases.acquire(op.consumer, op.owner, op.now, op.ttlMs);
      case 'renew':
        leases.renew(op.lease, op.now + op.ttlMs);
        return null;
      case 'release':
        leases.release(op.lease);
        return null;
      case 'commit':
        leases.check(op.lease);
        commit(op.lease.consumer, op.delta);
        return null;
      case 'commit-identity':
        leases.check(op.lease);
        commitIdentity(op.delta);
        return null;
      case 'erase':
      case 'erase-attempts':
      case 'scour':
      case 'end-erasure':
        return erase(op);
      case 'forget':
      case 'forget-firsts':
      case 'release-claims':
      case 'age-facts':
      case 'age-dead-letters':
      case 'reclaim':
      case 'put-sweep':
        return retain(op);
      case 'drop-profiles':
        return drop(op);
      case 'put-made-site':
      case 'remove-made-site':
      case 'put-made-connection':
      case 'remove-made-connection':
      case 'put-made-secrets':
      case 'retire':
        make(op);
        return null;
      default:
        return admit(op);
    }
  };
}

function prepareLeases(db: Db) {
  const find = db.prepare<[string], { epoch: number; owner: string; until: number }>(
    'SELECT epoch, owner, until FROM leases WHERE consumer = ?',
  );
  const put = db.prepare('INSERT OR REPLACE INTO leases (consumer, epoch, owner, until) VALUES (?, ?, ?, ?)');
  const extend = db.prepare('UPDATE leases SET until = ? WHERE consumer = ? AND epoch = ?');
  const check = (lease: Lease) => {
    if (find.get(lease.consumer)?.epoch !== lease.epoch)
      throw new WriteFailedError(fencedCode, `the lease of ${lease.consumer} is another's by now`);
  };
  return {
    check,
    acquire(consumer: string, owner: string, now: number, ttlMs: number): number | null {
      const held = find.get(consumer);
      if (held && held.owner !== owner && held.until > now) return null;
      const epoch = (held?.epoch ?? 0) + 1;
      put.run(consumer, epoch, owner, now + ttlMs);
      return epoch;
    },
    renew(lease: Lease, until: number): void {
      check(lease);
      extend.run(until, lease.consumer, lease.epoch);
    },
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
  /** A copy may have come since the consumer looked; the identity consumer found no hold to release then. */
  const countDuplicates = db.prepare<[string, string], { duplicates: number }>(
    'SELECT count(*) AS duplicates FROM duplicate_reports WHERE site = ? AND primary_offset = ?',
  );
  const shortenWaits = db.prepare('UPDATE deferred_deliveries SET due_at = ? WHERE consumer = ? AND reason = ? AND due_at > ?');
  const removeDeferred = db.prepare('DELETE FROM deferred_deliveries WHERE consumer = ? AND offset = ?');
  const putDeadLetter = db.prepare(
    'INSERT OR REPLACE INTO dead_letters (consumer, offset, cause, issues, event_name, event_id, bytes, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const openAttempt = db.prepare(
    `INSERT INTO attempts (id, consumer, started_at, first_offset, last_offset, offsets, cursor_after, body, body_sha256, checksum, sent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
     ON CONFLICT (id) DO UPDATE SET sent = sent + 1`,
  );
  const settleAttempt = db.prepare(
    'UPDATE attempts SET settled_at = ?, result = ?, status = ?, response = ?, issues = ? WHERE id = ?',
  );
  const commitExpired = prepareExpired(db);
  const removeExpired = db.prepare('DELETE FROM expired_ranges WHERE consumer = ? AND last_offset = ?');
  const putBlock = db.prepare(
    'INSERT INTO outcome_blocks (consumer, first_offset, last_offset, entries, counts, overlaps) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const lastBlock = db.prepare<[string], { end: string | null }>(
    'SELECT max(last_offset) AS end FROM outcome_blocks WHERE consumer = ?',
  );
  const addMatches = prepareMatches(db);
  const addCounts = prepareOutcomeCounts(db);
  const removeDeadLetter = db.prepare('DELETE FROM dead_letters WHERE consumer = ? AND offset = ?');

  const open = (consumer: string, attempt: OpenAttempt) => {
    const { id, startedAt, offsets, cursorAfter: through, body } = attempt;
    const { first, last } = ends(offsets);
    const sha256 = createHash('sha256').update(body).digest('hex');
    const packed = deflateRawSync(body, { level: 1 });
    const sum = attemptChecksum(offsets, through ?? null, body);
    openAttempt.run(id, consumer, startedAt, first, last, pack(offsets), through ?? null, packed, sha256, sum);
  };
  /** After `unknown` the attempt stays open: its batch goes out again as it is. */
  const settle = ({ id, at, result, status, answer, issues }: SettledAttempt) =>
    settleAttempt.run(result === 'unknown' ? null : at, result, status ?? null, answer ?? null, JSON.stringify(issues), id);
  const writeBlock = (consumer: string, entries: readonly EventOutcomeEntry[]) => {
    const { first, last } = ends(entries.map(({ offset }) => offset));
    const counts: Record<string, number> = {};
    for (const { outcome } of entries) counts[outcome] = (counts[outcome] ?? 0) + 1;
    const isBeside = first <= (lastBlock.get(consumer)?.end ?? '');
    putBlock.run(consumer, first, last, pack(entries), JSON.stringify(counts), Number(isBeside));
  };

  return (consumer: string, delta: DeliveryCommit) => {
    putState.run(consumer, stateText(delta.state));
    if (delta.settle) settle(delta.settle);
    if (delta.open) open(consumer, delta.open);
    const { site } = parseConsumerId(consumer);
    for (const offset of delta.removeDeferred ?? []) removeDeferred.run(consumer, offset);
    for (const { offset, reason, dueAt, tries, part, isResend, isTrusted, shopOnly, knownDuplicates } of delta.putDeferred ??
      []) {
      const isOver = knownDuplicates !== undefined && (countDuplicates.get(site, offset)?.duplicates ?? 0) > knownDuplicates;
      const trusted = isTrusted === true || isOver;
      const flags = [isResend ?? false, trusted, shopOnly ?? false].map(Number);
      putDeferred.run(consumer, offset, reason, isOver ? 0 : dueAt, tries, part ?? null, ...flags);
    }
    for (const offset of delta.removeDeadLetters ?? []) removeDeadLetter.run(consumer, offset);
    for (const { offset, cause, issues, eventName, eventId, bytes, at } of delta.deadLetters ?? [])
      putDeadLetter.run(consumer, offset, cause, JSON.stringify(issues), eventName, eventId, bytes, at);
    if (delta.outcomes && delta.outcomes.length > 0) writeBlock(consumer, delta.outcomes);
    const now = delta.clockSetBackTo;
    if (now !== undefined)
      for (const [reason, ms] of Object.entries(maxDeferralMs)) shortenWaits.run(now, consumer, reason, now + ms);
    if (delta.expired) commitExpired(consumer, delta.expired);
    for (const through of delta.removeExpired ?? []) removeExpired.run(consumer, through);
    if (delta.matches) addMatches(consumer, delta.matches);
    if (delta.counts) addCounts(consumer, delta.counts);
  };
}

function prepareCommitIdentity(db: Db) {
  const putCursor = db.prepare('INSERT OR REPLACE INTO identity (site, cursor) VALUES (?, ?)');
  /** The first report of an event keeps its place until it is forgotten; then a later one is a new first. */
  const claim = db.prepare(
    `INSERT INTO primary_reports (site, id, name, offset, keep_until) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (site, id, name) DO UPDATE SET offset = excluded.offset, keep_until = excluded.keep_until, released = 0
       WHERE keep_until < ? OR released >= ?`,
  );
  const findFirst = db.prepare<[string, string, string], { offset: string }>(
    'SELECT offset FROM primary_reports WHERE site = ? AND id = ? AND name = ?',
  );
  const putCopy = db.prepare('INSERT OR IGNORE INTO duplicate_reports (site, offset, primary_offset) VALUES (?, ?, ?)');
  /** A purchase that was held for this copy waits no longer. Its consumer is another one, but due time and trust are all that changes. */
  const release = db.prepare(
    `UPDATE deferred_deliveries SET due_at = iif(reason IN ('hold', 'confirm'), ?, due_at), is_trusted = max(is_trusted, ?)
     WHERE offset = ? AND consumer >= ? AND consumer < ?`,
  );
  const putReporter = db.prepare('INSERT OR REPLACE INTO purchase_reporters (site, reporter, last) VALUES (?, ?, ?)');
  const putPending = db.prepare('INSERT OR IGNORE INTO pending (site, offset, until) VALUES (?, ?, ?)');
  const removePending = db.prepare('DELETE FROM pending WHERE site = ? AND offset = ?');
  const putAbsent = db.prepare('INSERT OR IGNORE INTO absent (site, offset, reason) VALUES (?, ?, ?)');

  const commitFacts = prepareFacts(db);
  const commitBrowserUse = prepareBrowserUse(db);
  const commitIndex = prepareIndex(db);
  const countReceived = prepareReceivedCounts(db);

  return (delta: IdentityCommit) => {
    const { site, cursor, reports: seen, pending, resolved, absent, now } = delta;
    const copies = new Set<string>();
    for (const { offset, name, id, reporter, keepUntil, isGranted } of seen) {
      claim.run(site, id, name, offset, keepUntil, now, neededRelease(reporter, isGranted));
      const first = findFirst.get(site, id, name)?.offset;
      if (first !== undefined && first !== offset) {
        copies.add(offset);
        putCopy.run(site, offset, first);
        release.run(now, Number(reporter !== 'browser'), first, ...connectionConsumerRange(site));
      }
      if (name === 'Purchase') putReporter.run(site, reporter, now);
    }
    countReceived(site, seen, copies);
    for (const { offset, until } of pending ?? []) putPending.run(site, offset, until);
    for (const offset of resolved ?? []) removePending.run(site, offset);
    for (const { offset, reason } of absent ?? []) putAbsent.run(site, offset, reason);
    commitFacts(delta);
    commitBrowserUse(delta);
    commitIndex(delta);
    putCursor.run(site, cursor);
  };
}

/** Returns the least value of `firsts.released` at which such a report is a new event. */
function neededRelease(reporter: ReceivedReport['reporter'], isGranted = false): number {
  if (!isTrusted({ reporter })) return Number.POSITIVE_INFINITY;
  return isGranted ? released.toGrants : released.toAll;
}

function ends(offsets: readonly string[]): { first: string; last: string } {
  let [first = '', last = ''] = [offsets[0], offsets[0]];
  for (const offset of offsets) {
    if (offset < first) first = offset;
    if (offset > last) last = offset;
  }
  return { first, last };
}

function pack(value: unknown): Buffer {
  return deflateRawSync(JSON.stringify(value), { level: 1 });
}

function weigh(op: Op): number {
  if (op.kind === 'commit-identity') return op.delta.reports.length * 160 + factsBytes(op.delta) + indexBytes(op.delta);
  if (op.kind !== 'commit') return 256;
  const { open, outcomes, deadLetters, putDeferred: putStragglers, matches, counts } = op.delta;
  const dead = (deadLetters ?? []).reduce((sum, letter) => sum + letter.bytes.byteLength + 256, 0);
  const counted = dead + matchesBytes(matches) + countsBytes(counts);
  return 2_048 + (open ? open.body.length / 4 : 0) + (outcomes?.length ?? 0) * 16 + (putStragglers?.length ?? 0) * 96 + counted;
}

const purging: ReadonlySet<Op['kind']> = new Set([
  'erase',
  'erase-attempts',
  'scour',
  'age-facts',
  'age-dead-letters',
  'drop-profiles',
  'forget',
  'reclaim',
  'set-password',
  'restretch-password',
  'remove-account',
  'remove-made-site',
  'remove-made-connection',
  'put-made-connection',
  'put-made-secrets',
  'retire',
]);

serveWriter({
  migrations,
  prepare,
  weigh,
  purges: ({ kind }) => purging.has(kind),
  rewrites: ({ kind }) => kind === 'scour',
});
