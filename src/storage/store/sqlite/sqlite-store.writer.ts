import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { isTrusted } from '../../../event/event.ts';
import type { Db } from '../../sqlite/open.ts';
import { serveWriter, WriteFailedError } from '../../sqlite/writer.ts';
import type { OpenAttempt, SettledAttempt } from '../attempts.ts';
import { connectionConsumerRange } from '../consumer-id.ts';
import type { DeliveryCommit, IdentityCommit, Lease } from '../consumers.ts';
import { maxDeferralMs } from '../deferred-deliveries.ts';
import type { EventOutcomeEntry } from '../outcomes.ts';
import type { ReceivedReport } from '../reports.ts';
import { prepareAccess } from './accounts.ts';
import { attemptSum } from './attempts.ts';
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
        return leases.acquire(op.pump, op.owner, op.now, op.ttlMs);
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
    'SELECT epoch, owner, until FROM leases WHERE pump = ?',
  );
  const put = db.prepare('INSERT OR REPLACE INTO leases (pump, epoch, owner, until) VALUES (?, ?, ?, ?)');
  const extend = db.prepare('UPDATE leases SET until = ? WHERE pump = ? AND epoch = ?');
  const check = (lease: Lease) => {
    if (find.get(lease.consumer)?.epoch !== lease.epoch)
      throw new WriteFailedError(fencedCode, `the lease of ${lease.consumer} is another's by now`);
  };
  return {
    check,
    acquire(pump: string, owner: string, now: number, ttlMs: number): number | null {
      const held = find.get(pump);
      if (held && held.owner !== owner && held.until > now) return null;
      const epoch = (held?.epoch ?? 0) + 1;
      put.run(pump, epoch, owner, now + ttlMs);
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
  const putState = db.prepare('INSERT OR REPLACE INTO connections (pump, state) VALUES (?, ?)');
  const putStraggler = db.prepare(
    'INSERT OR REPLACE INTO stragglers (pump, offset, why, due_at, tries, part, again, trusted, shop_alone) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  /** A copy may have come since the pump looked; the identity pump found no hold to release then. */
  const countCopies = db.prepare<[string, string], { copies: number }>(
    'SELECT count(*) AS copies FROM copies WHERE site = ? AND first = ?',
  );
  const pullIn = db.prepare('UPDATE stragglers SET due_at = ? WHERE pump = ? AND why = ? AND due_at > ?');
  const removeStraggler = db.prepare('DELETE FROM stragglers WHERE pump = ? AND offset = ?');
  const putDeadLetter = db.prepare(
    'INSERT OR REPLACE INTO dead_letters (pump, offset, cause, issues, event_name, event_id, bytes, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const openAttempt = db.prepare(
    `INSERT INTO attempts (id, pump, started_at, first, last, members, through, body, body_sha256, sum, sent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
     ON CONFLICT (id) DO UPDATE SET sent = sent + 1`,
  );
  const settleAttempt = db.prepare(
    'UPDATE attempts SET settled_at = ?, result = ?, status = ?, answer = ?, issues = ? WHERE id = ?',
  );
  const commitExpired = prepareExpired(db);
  const removeExpired = db.prepare('DELETE FROM expired_ranges WHERE pump = ? AND through = ?');
  const putBlock = db.prepare(
    'INSERT INTO outcome_blocks (pump, first, last, entries, counts, beside) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const lastBlock = db.prepare<[string], { end: string | null }>('SELECT max(last) AS end FROM outcome_blocks WHERE pump = ?');
  const addMatches = prepareMatches(db);
  const addCounts = prepareOutcomeCounts(db);
  const removeDeadLetter = db.prepare('DELETE FROM dead_letters WHERE pump = ? AND offset = ?');

  const open = (pump: string, attempt: OpenAttempt) => {
    const { id, startedAt, offsets, cursorAfter: through, body } = attempt;
    const { first, last } = ends(offsets);
    const sha256 = createHash('sha256').update(body).digest('hex');
    const packed = deflateRawSync(body, { level: 1 });
    const sum = attemptSum(offsets, through ?? null, body);
    openAttempt.run(id, pump, startedAt, first, last, pack(offsets), through ?? null, packed, sha256, sum);
  };
  /** After `unknown` the attempt stays open: its batch goes out again as it is. */
  const settle = ({ id, at, result, status, answer, issues }: SettledAttempt) =>
    settleAttempt.run(result === 'unknown' ? null : at, result, status ?? null, answer ?? null, JSON.stringify(issues), id);
  const writeBlock = (pump: string, entries: readonly EventOutcomeEntry[]) => {
    const { first, last } = ends(entries.map(({ offset }) => offset));
    const counts: Record<string, number> = {};
    for (const { outcome } of entries) counts[outcome] = (counts[outcome] ?? 0) + 1;
    const isBeside = first <= (lastBlock.get(pump)?.end ?? '');
    putBlock.run(pump, first, last, pack(entries), JSON.stringify(counts), Number(isBeside));
  };

  return (pump: string, delta: DeliveryCommit) => {
    putState.run(pump, stateText(delta.state));
    if (delta.settle) settle(delta.settle);
    if (delta.open) open(pump, delta.open);
    for (const offset of delta.removeDeferred ?? []) removeStraggler.run(pump, offset);
    for (const {
      offset,
      reason: why,
      dueAt,
      tries,
      part,
      isResend: again,
      isTrusted: trusted,
      shopOnly: shopAlone,
      knownDuplicates: copies,
    } of delta.putDeferred ?? []) {
      const isOver = copies !== undefined && (countCopies.get(pump.split('/', 1)[0] ?? '', offset)?.copies ?? 0) > copies;
      const isTrusted = trusted === true || isOver;
      const flags = [again ?? false, isTrusted, shopAlone ?? false].map(Number);
      putStraggler.run(pump, offset, why, isOver ? 0 : dueAt, tries, part ?? null, ...flags);
    }
    for (const offset of delta.removeDeadLetters ?? []) removeDeadLetter.run(pump, offset);
    for (const { offset, cause, issues, eventName, eventId, bytes, at } of delta.deadLetters ?? [])
      putDeadLetter.run(pump, offset, cause, JSON.stringify(issues), eventName, eventId, bytes, at);
    if (delta.outcomes && delta.outcomes.length > 0) writeBlock(pump, delta.outcomes);
    const now = delta.clockSetBackTo;
    if (now !== undefined) for (const [why, ms] of Object.entries(maxDeferralMs)) pullIn.run(now, pump, why, now + ms);
    if (delta.expired) commitExpired(pump, delta.expired);
    for (const through of delta.removeExpired ?? []) removeExpired.run(pump, through);
    if (delta.matches) addMatches(pump, delta.matches);
    if (delta.counts) addCounts(pump, delta.counts);
  };
}

function prepareCommitIdentity(db: Db) {
  const putCursor = db.prepare('INSERT OR REPLACE INTO identity (site, cursor) VALUES (?, ?)');
  /** The first report of an event keeps its place until it is forgotten; then a later one is a new first. */
  const claim = db.prepare(
    `INSERT INTO firsts (site, id, name, offset, keep_until) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (site, id, name) DO UPDATE SET offset = excluded.offset, keep_until = excluded.keep_until, released = 0
       WHERE keep_until < ? OR released >= ?`,
  );
  const findFirst = db.prepare<[string, string, string], { offset: string }>(
    'SELECT offset FROM firsts WHERE site = ? AND id = ? AND name = ?',
  );
  const putCopy = db.prepare('INSERT OR IGNORE INTO copies (site, offset, first) VALUES (?, ?, ?)');
  /** A purchase that was held for this copy waits no longer. Its pump is another one, but due time and trust are all that changes. */
  const release = db.prepare(
    `UPDATE stragglers SET due_at = iif(why IN ('hold', 'confirm'), ?, due_at), trusted = max(trusted, ?)
     WHERE offset = ? AND pump >= ? AND pump < ?`,
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
    const { site, cursor, seen, pending, resolved, absent, now } = delta;
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
  if (op.kind === 'commit-identity') return op.delta.seen.length * 160 + factsBytes(op.delta) + indexBytes(op.delta);
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
