import { deflateRawSync } from 'node:zlib';
import { decodeProfile, encodeProfile } from '../../../identity/profile-encoding.ts';
import type { VisitorProfile } from '../../../identity/visitor-profile.ts';
import type { Db } from '../../sqlite/open.ts';
import type { ConsumerId } from '../consumer-id.ts';
import { connectionConsumerRange } from '../consumer-id.ts';
import type { ExpiredRange } from '../dead-letters.ts';
import type { ExpiredDeadLetter, ExpiredProfile, LastSweep, RetentionCutoffs } from '../retention.ts';
import type { Store } from '../store.ts';
import type { ProfileRow } from '../visitor-profiles.ts';
import { consentRanks, reporterBits } from './event-index.ts';
import { outcomeReads } from './outcomes.ts';

export type RetentionOp =
  | { readonly kind: 'forget'; readonly site: string; readonly what: RetentionCutoffs; readonly limit: number }
  | {
      readonly kind: 'forget-firsts';
      readonly site: string;
      readonly from: string;
      readonly to: string | null;
      readonly through: string;
      readonly now: number;
    }
  | { readonly kind: 'release-claims'; readonly site: string; readonly claims: readonly ReleasedClaim[] }
  | {
      readonly kind: 'age-facts';
      readonly site: string;
      readonly visitors: readonly ExpiredProfile[];
      readonly linksBefore: number;
    }
  | { readonly kind: 'put-sweep'; readonly site: string; readonly sweep: LastSweep }
  | { readonly kind: 'age-dead-letters'; readonly letters: readonly ExpiredDeadLetter[] }
  | { readonly kind: 'reclaim' };

/** Of a purchase that only a browser reported and no connection delivered. */
interface ReleasedClaim {
  readonly id: string;
  readonly offset: string;
  readonly released: number;
}

/** Which later reports may be a new event: those of the shop that state a grant, or all of the shop's. */
export const released = { toGrants: 1, toAll: 2 } as const;

const claimsAtOnce = 500;
const reclaimedPages = 256;
const firstsAtOnce = 2_000;
const noBody = deflateRawSync('', { level: 1 });

/** Of the writer's thread: takes away what has grown too old, a bounded number of rows at a time; answers how many went. */
export function prepareRetention(db: Db): (op: RetentionOp) => number {
  const forget = prepareForget(db);
  const forgetFirsts = db.prepare(
    "DELETE FROM primary_reports WHERE site = ? AND id > ? AND id <= coalesce(?, x'') AND keep_until < ? AND offset <= ?",
  );
  const release = db.prepare(
    "UPDATE primary_reports SET released = ? WHERE site = ? AND id = ? AND name = 'Purchase' AND offset = ?",
  );
  const findFacts = db
    .prepare<[string, string], string>('SELECT profile FROM visitor_profiles WHERE site = ? AND visitor = ?')
    .pluck();
  const replaceFacts = db.prepare('UPDATE visitor_profiles SET profile = ? WHERE site = ? AND visitor = ?');
  /** What was written in an earlier form is the same where it says the same. */
  const isStill = (site: string, visitor: string, before: VisitorProfile) => {
    const text = findFacts.get(site, visitor);
    return text !== undefined && encodeProfile(decodeProfile(text)) === encodeProfile(before);
  };
  const oldLinks = db.prepare('DELETE FROM links WHERE site = ? AND visitor = ? AND at < ?');
  const putBytes = db.prepare('UPDATE dead_letters SET bytes = ? WHERE consumer = ? AND offset = ?');
  const putSweep = db.prepare('INSERT OR REPLACE INTO sweeps (site, at, suspected_at) VALUES (?, ?, ?)');
  return (op) => {
    switch (op.kind) {
      case 'put-sweep':
        return putSweep.run(op.site, op.sweep.at, op.sweep.suspectedAt ?? null).changes;
      case 'forget':
        return forget(op.site, op.what, op.limit);
      case 'forget-firsts':
        return forgetFirsts.run(op.site, op.from, op.to, op.now, op.through).changes;
      case 'release-claims':
        return op.claims.reduce((sum, { id, offset, released }) => sum + release.run(released, op.site, id, offset).changes, 0);
      case 'age-facts': {
        let gone = 0;
        for (const { visitor, change } of op.visitors) {
          if (change && isStill(op.site, visitor, change.before))
            gone += replaceFacts.run(encodeProfile(change.after), op.site, visitor).changes;
          gone += oldLinks.run(op.site, visitor, op.linksBefore).changes;
        }
        return gone;
      }
      case 'age-dead-letters':
        for (const { consumer, offset, bytes } of op.letters) putBytes.run(bytes, consumer, offset);
        return op.letters.length;
      case 'reclaim': {
        db.pragma(`incremental_vacuum(${reclaimedPages})`);
        return Number(db.pragma('freelist_count', { simple: true }));
      }
    }
  };
}

function prepareForget(db: Db) {
  const consumersOf = db
    .prepare<[string, string], string>('SELECT consumer FROM connections WHERE consumer >= ? AND consumer < ?')
    .pluck();
  const blocks = db.prepare(
    'DELETE FROM outcome_blocks WHERE id IN (SELECT id FROM outcome_blocks WHERE consumer = ? AND last_offset <= ? LIMIT ?)',
  );
  /** The ids of blocks that are gone may come again. */
  const marks = db.prepare(
    'DELETE FROM retired WHERE consumer = @consumer AND NOT EXISTS (SELECT 1 FROM outcome_blocks WHERE consumer = @consumer AND id <= block)',
  );
  const attempts = db.prepare(
    'DELETE FROM attempts WHERE id IN (SELECT id FROM attempts WHERE consumer = ? AND last_offset <= ? LIMIT ?)',
  );
  const bodies = db.prepare(
    `UPDATE attempts SET body = ?, response = NULL WHERE id IN (SELECT id FROM attempts
       WHERE consumer = ? AND started_at < ? AND settled_at IS NOT NULL AND length(body) > ? LIMIT ?)`,
  );
  const letters = db.prepare(
    'DELETE FROM dead_letters WHERE consumer = @consumer AND offset IN (SELECT offset FROM dead_letters WHERE consumer = @consumer AND at < @before LIMIT @limit)',
  );
  const deferred = db.prepare('DELETE FROM deferred_deliveries WHERE consumer = ? AND offset <= ?');
  const oldBuckets = (table: string, key: string) =>
    db.prepare(
      `DELETE FROM ${table} WHERE ${key} = @of AND bucket IN
         (SELECT DISTINCT bucket FROM ${table} WHERE ${key} = @of AND bucket < @before ORDER BY bucket LIMIT @limit)`,
    );
  const received = oldBuckets('received_counts', 'site');
  const outcomes = oldBuckets('outcome_counts', 'consumer');
  const ranges = db.prepare('DELETE FROM expired_ranges WHERE consumer = ? AND at < ?');
  const ofOffsets = ['pending', 'duplicate_reports', 'absent', 'event_index'].map((table) =>
    db.prepare(
      `DELETE FROM ${table} WHERE site = @site AND offset IN
         (SELECT offset FROM ${table} WHERE site = @site AND offset <= @through ORDER BY offset LIMIT @limit)`,
    ),
  );
  const untouched = db
    .prepare<[string, number, number], string>('SELECT visitor FROM visitor_profiles WHERE site = ? AND updated_at < ? LIMIT ?')
    .pluck();
  const removeFacts = db.prepare('DELETE FROM visitor_profiles WHERE site = ? AND visitor = ?');
  const removeLinks = db.prepare('DELETE FROM links WHERE site = ? AND visitor = ?');

  return (site: string, what: RetentionCutoffs, limit: number): number => {
    const { through, profilesBefore: factsBefore, deadLettersBefore, countsBefore, bodiesBefore } = what;
    let gone = received.run({ of: site, before: countsBefore, limit }).changes;
    for (const consumer of consumersOf.all(...connectionConsumerRange(site))) {
      gone += blocks.run(consumer, through, limit).changes;
      marks.run({ consumer });
      gone += attempts.run(consumer, through, limit).changes;
      gone += deferred.run(consumer, through).changes;
      gone += letters.run({ consumer, before: deadLettersBefore, limit }).changes;
      gone += ranges.run(consumer, deadLettersBefore).changes;
      gone += outcomes.run({ of: consumer, before: countsBefore, limit }).changes;
      if (bodiesBefore !== undefined) gone += bodies.run(noBody, consumer, bodiesBefore, noBody.byteLength, limit).changes;
    }
    for (const remove of ofOffsets) gone += remove.run({ site, through, limit }).changes;
    for (const visitor of untouched.all(site, factsBefore, limit)) {
      gone += removeFacts.run(site, visitor).changes;
      removeLinks.run(site, visitor);
    }
    return gone;
  };
}

/** Of the writer's thread: what expired beside the cursor, one row for a stretch of the log however long it grows. */
export function prepareExpired(db: Db): (consumer: ConsumerId, range: ExpiredRange) => void {
  const grow = db.prepare(
    'UPDATE expired_ranges SET last_offset = ?, events = events + ?, at = ? WHERE consumer = ? AND last_offset = ?',
  );
  const put = db.prepare(
    'INSERT OR REPLACE INTO expired_ranges (consumer, after, last_offset, events, at) VALUES (?, ?, ?, ?, ?)',
  );
  return (consumer, { after, lastOffset: through, events, at }) => {
    if (grow.run(through, events, at, consumer, after).changes === 0) put.run(consumer, after, through, events, at);
  };
}

type RetentionReads = Pick<
  Store,
  | 'getLastSweep'
  | 'listSites'
  | 'listExpiredRanges'
  | 'listDeferredUpTo'
  | 'listSiteAttempts'
  | 'listSiteDeadLetters'
  | 'listSiteProfiles'
>;

interface Rows<Attempt, Letter> {
  readonly toAttempt: (row: Attempt) => Awaited<ReturnType<Store['listSiteAttempts']>>['attempts'][number];
  readonly toDeadLetter: (row: Letter) => Awaited<ReturnType<Store['listDeadLetters']>>[number];
}

interface AttemptPlace {
  readonly place: number;
  readonly body: Buffer;
}

/** Of a page's profiles, as they are stored. */
const factsPageBytes = 1024 * 1024;
/** Of a page's bodies, as they are packed on the disk. */
const attemptPageBytes = 1024 * 1024;

/** The `+` keeps SQLite from the index on `consumer`: through it, each page would gather and sort all requests of the site. */
export const attemptPageSql =
  'SELECT rowid AS place, * FROM attempts WHERE rowid > ? AND +consumer >= ? AND +consumer < ? ORDER BY rowid LIMIT ?';

/** Everything of one site, a page at a time: what erasure and retention walk through. */
export function retentionReads<Attempt, Letter>(db: Db, { toAttempt, toDeadLetter }: Rows<Attempt, Letter>): RetentionReads {
  const lastSweep = db.prepare<[string], { at: number; suspected_at: number | null }>(
    'SELECT at, suspected_at FROM sweeps WHERE site = ?',
  );
  const sites = db.prepare<[], string>('SELECT site FROM identity ORDER BY site').pluck();
  const ranges = db.prepare<[string], ExpiredRange>(
    'SELECT after, last_offset AS lastOffset, events, at FROM expired_ranges WHERE consumer = ? ORDER BY at DESC',
  );
  const deferred = db
    .prepare<[string, string, number], string>(
      'SELECT offset FROM deferred_deliveries WHERE consumer = ? AND offset <= ? ORDER BY offset LIMIT ?',
    )
    .pluck();
  const attempts = db.prepare<[number, string, string, number], Attempt & AttemptPlace>(attemptPageSql);
  const letters = db.prepare<[string, string, string, number], Letter & { readonly consumer: string; readonly offset: string }>(
    'SELECT * FROM dead_letters WHERE (consumer, offset) > (?, ?) AND consumer < ? ORDER BY consumer, offset LIMIT ?',
  );
  const profiles = db.prepare<[string, string, number], { visitor: string; profile: string }>(
    'SELECT visitor, profile FROM visitor_profiles WHERE site = ? AND visitor > ? ORDER BY visitor LIMIT ?',
  );
  return {
    async getLastSweep(site) {
      const row = lastSweep.get(site);
      return row && { at: row.at, ...(row.suspected_at !== null && { suspectedAt: row.suspected_at }) };
    },
    async listSites() {
      return sites.all();
    },
    async listExpiredRanges(consumer) {
      return ranges.all(consumer);
    },
    async listDeferredUpTo(consumer, through, limit) {
      return deferred.all(consumer, through, limit);
    },
    async listSiteAttempts(site, after, limit) {
      const found: ReturnType<typeof toAttempt>[] = [];
      let [bytes, through] = [0, after];
      for (const row of attempts.iterate(after, ...connectionConsumerRange(site), limit)) {
        bytes += row.body.byteLength;
        if (found.length > 0 && bytes > attemptPageBytes) break;
        found.push(toAttempt(row));
        through = row.place;
      }
      return { attempts: found, through };
    },
    async listSiteDeadLetters(site, after, limit) {
      const [from, before] = connectionConsumerRange(site);
      const rows = letters.all(after?.consumer ?? from, after?.offset ?? '', before, limit);
      return rows.map((row) => ({ ...toDeadLetter(row), consumer: row.consumer }));
    },
    async listSiteProfiles(site, after, limit) {
      const found: ProfileRow[] = [];
      let bytes = 0;
      for (const { visitor, profile: text } of profiles.iterate(site, after, limit)) {
        bytes += text.length;
        if (found.length > 0 && bytes > factsPageBytes) break;
        const known = decodeProfile(text);
        found.push({ visitor, profile: known, isOutdated: encodeProfile(known) !== text });
      }
      return found;
    },
  };
}

type RetentionWrites = Pick<
  Store,
  | 'saveLastSweep'
  | 'removeExpired'
  | 'releaseClaims'
  | 'removeExpiredPrimaries'
  | 'stripExpiredProfiles'
  | 'stripExpiredDeadLetters'
  | 'reclaimDiskSpace'
>;

export function retentionWrites(write: (op: RetentionOp) => Promise<number | null>, db: Db): RetentionWrites {
  const count = async (op: RetentionOp) => (await write(op)) ?? 0;
  const stepEnd = db
    .prepare<[string, string, number], string>(
      'SELECT id FROM primary_reports WHERE site = ? AND id > ? ORDER BY id LIMIT 1 OFFSET ?',
    )
    .pluck();
  const undelivered = undeliveredClaims(db);
  return {
    async saveLastSweep(site, sweep) {
      await write({ kind: 'put-sweep', site, sweep });
    },
    removeExpired: (site, what, limit) => count({ kind: 'forget', site, what, limit }),
    async releaseClaims(site, after, through) {
      const { claims, next } = undelivered(site, after, through);
      const changed = claims.length === 0 ? 0 : await count({ kind: 'release-claims', site, claims });
      return { released: changed, ...(next !== undefined && { next }) };
    },
    async removeExpiredPrimaries(site, from, through, now) {
      const next = stepEnd.get(site, from, firstsAtOnce);
      const gone = await count({ kind: 'forget-firsts', site, from, to: next ?? null, through, now });
      return { gone, ...(next !== undefined && { next }) };
    },
    stripExpiredProfiles: (site, visitors, linksBefore) => count({ kind: 'age-facts', site, visitors, linksBefore }),
    async stripExpiredDeadLetters(letters) {
      await write({ kind: 'age-dead-letters', letters });
    },
    async reclaimDiskSpace() {
      return (await count({ kind: 'reclaim' })) > 0;
    },
  };
}

/** Reads a page of the purchases that only a browser reported, and keeps those that connections settled without delivering them. */
function undeliveredClaims(db: Db) {
  const consumersOf = db
    .prepare<[string, string], string>('SELECT consumer FROM connections WHERE consumer >= ? AND consumer < ?')
    .pluck();
  const page = db.prepare<[string, string, string, number], { offset: string; id: string; consent: number }>(
    `SELECT offset, id, consent FROM event_index INDEXED BY purchases_by_offset
     WHERE site = ? AND name = 'Purchase' AND offset > ? AND offset <= ? AND reporters = ${reporterBits.browser} ORDER BY offset LIMIT ?`,
  );
  const { latest } = outcomeReads(db);
  return (site: string, after: string, through: string) => {
    const rows = page.all(site, after, through, claimsAtOnce);
    const offsets = rows.map(({ offset }) => offset);
    const outcomes = consumersOf.all(...connectionConsumerRange(site)).map((consumer) => latest(consumer, offsets));
    const claims = rows.flatMap(({ offset, id, consent }): ReleasedClaim[] => {
      const known = outcomes.flatMap((ofConsumer) => ofConsumer.get(offset)?.outcome ?? []);
      const isOpen = known.some((outcome) => outcome === 'delivered' || outcome === 'waiting');
      if (known.length === 0 || isOpen) return [];
      const isDenied = consent === consentRanks.denied || consent === consentRanks.statedDenied;
      return [{ id, offset, released: isDenied ? released.toGrants : released.toAll }];
    });
    return { claims, next: rows.length === claimsAtOnce ? offsets.at(-1) : undefined };
  };
}
