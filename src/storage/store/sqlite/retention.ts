import { toBudgetDay } from '../../../event/browser-budget.ts';
import { encodeProfile } from '../../../visitors/profile-encoding.ts';
import { getNextExpiry } from '../../../visitors/profile-expiry.ts';
import type { ConsumerId } from '../../ports/consumer-id.ts';
import type { ExpiredRange } from '../../ports/dead-letters.ts';
import type { ExpiredDeadLetter, ExpiredProfile, RetentionCutoffs } from '../../ports/retention.ts';
import type { Store } from '../../ports/store.ts';
import type { Db } from '../../sqlite/open.ts';
import type { OutcomeReads } from '../outcome-store.ts';
import { type BrowserPurchaseRow, findUndelivered, type ReleasedPurchase, sourceBits } from '../rows/event-index.ts';
import { pack } from '../rows/packed.ts';
import { prepareConsumerList, prepareHistoryConsumerList } from './consumer-list.ts';
import { formatLinkPosition, type LinkPosition, parseLinkPosition, prepareLinkPageEnd } from './links/link-pages.ts';
import { prepareLinkWrites } from './links/link-writes.ts';
import { prepareOrderRemoval } from './order-ledger.ts';
import { preparePaymentObjectRemoval } from './payment-objects.ts';
import { createPrimaryReportReads, preparePrimaryReports } from './primary-reports.ts';
import { prepareCountRemoval, prepareRollUp } from './roll-up.ts';
import { prepareUploadRemoval } from './uploads.ts';

export type RetentionOp =
  | { readonly kind: 'remove-expired'; readonly site: string; readonly what: RetentionCutoffs; readonly limit: number }
  | {
      readonly kind: 'remove-primaries';
      readonly site: string;
      readonly from: number;
      readonly to: number;
      readonly through: string;
      readonly now: number;
    }
  | { readonly kind: 'release-purchases'; readonly site: string; readonly purchases: readonly ReleasedPurchase[] }
  | {
      readonly kind: 'strip-profiles';
      readonly site: string;
      readonly visitors: readonly ExpiredProfile[];
    }
  | {
      readonly kind: 'remove-links';
      readonly site: string;
      readonly from?: LinkPosition;
      readonly to?: LinkPosition;
      readonly before: number;
    }
  | { readonly kind: 'strip-dead-letters'; readonly letters: readonly ExpiredDeadLetter[] }
  | { readonly kind: 'reclaim' };

const purchasesPerPage = 500;
const reclaimedPages = 256;
/** A page's removal takes about 20 ms, in which nothing else is written. A report has two keys in an index of random keys, a link has one. */
const primariesPerPage = 500;
const linksPerPage = 1_000;
const noBody = pack('');

/** Prepares the removal of expired data, a bounded number of rows at a time. Returns the number of rows. Runs in the writer's thread. */
export function prepareRetention(db: Db): (op: RetentionOp) => number {
  const forget = prepareRemoval(db);
  const primaries = preparePrimaryReports(db);
  const findProfile = db
    .prepare<[string, string], string>('SELECT profile FROM visitor_profiles WHERE site = ? AND visitor = ?')
    .pluck();
  const replaceProfile = db.prepare('UPDATE visitor_profiles SET profile = ?, expires_at = ? WHERE site = ? AND visitor = ?');
  const links = prepareLinkWrites(db);
  const putBytes = db.prepare('UPDATE dead_letters SET bytes = ? WHERE consumer = ? AND offset = ?');
  return (op) => {
    switch (op.kind) {
      case 'remove-expired':
        return forget(op.site, op.what, op.limit);
      case 'remove-primaries':
        return primaries.removeExpired(op.site, op, op.now, op.through);
      case 'release-purchases':
        return op.purchases.reduce(
          (sum, { id, offset, released }) =>
            sum + Number(primaries.release({ site: op.site, id, name: 'Purchase' }, offset, released)),
          0,
        );
      case 'strip-profiles': {
        let changed = 0;
        for (const { visitor, stored, after } of op.visitors) {
          if (findProfile.get(op.site, visitor) !== stored) continue;
          const profile = encodeProfile(after);
          replaceProfile.run(profile, getNextExpiry(after), op.site, visitor);
          if (profile !== stored) changed += 1;
        }
        return changed;
      }
      case 'remove-links':
        return links.removeExpired(op.site, op.from, op.to, op.before);
      case 'strip-dead-letters':
        for (const { consumer, offset, bytes } of op.letters) putBytes.run(bytes, consumer, offset);
        return op.letters.length;
      case 'reclaim': {
        db.pragma(`incremental_vacuum(${reclaimedPages})`);
        return Number(db.pragma('freelist_count', { simple: true }));
      }
    }
  };
}

function prepareRemoval(db: Db) {
  const listConsumers = prepareHistoryConsumerList(db);
  const blocks = db.prepare(
    'DELETE FROM outcome_blocks WHERE id IN (SELECT id FROM outcome_blocks WHERE consumer = ? AND last_offset <= ? LIMIT ?)',
  );
  /** Moves the mark of a retired connection to the last block that is left, because the ids of removed blocks may be used again. */
  const moveMark = db.prepare(
    `UPDATE retired SET block = coalesce((SELECT max(id) FROM outcome_blocks WHERE consumer = @consumer AND id < block), 0)
       WHERE consumer = @consumer AND NOT EXISTS (SELECT 1 FROM outcome_blocks WHERE id = block)`,
  );
  const removeMark = db.prepare(
    'DELETE FROM retired WHERE consumer = @consumer AND block = 0 AND NOT EXISTS (SELECT 1 FROM attempts WHERE consumer = @consumer)',
  );
  const attempts = db.prepare(
    'DELETE FROM attempts WHERE id IN (SELECT id FROM attempts WHERE consumer = ? AND overlaps IN (0, 1) AND last_offset <= ? LIMIT ?)',
  );
  const bodies = db.prepare(
    `UPDATE attempts SET body = ?, response = NULL WHERE id IN (SELECT id FROM attempts
       WHERE consumer = ? AND started_at < ? AND settled_at IS NOT NULL AND length(body) > ? LIMIT ?)`,
  );
  const letters = db.prepare(
    'DELETE FROM dead_letters WHERE consumer = @consumer AND offset IN (SELECT offset FROM dead_letters WHERE consumer = @consumer AND at < @before LIMIT @limit)',
  );
  const deferred = db.prepare('DELETE FROM deferred_deliveries WHERE consumer = ? AND offset <= ?');
  const receipts = db.prepare('DELETE FROM receipts WHERE consumer = ? AND first_offset <= ?');
  const removeCounts = prepareCountRemoval(db);
  const rollUp = prepareRollUp(db);
  const { removeOrders, removeRefunds } = prepareOrderRemoval(db);
  const removeUploads = prepareUploadRemoval(db);
  const removePaymentObjects = preparePaymentObjectRemoval(db);
  const purchases = db.prepare(
    `DELETE FROM purchases WHERE site = @site AND offset IN
       (SELECT offset FROM purchases WHERE site = @site AND offset <= @through AND bucket < @before ORDER BY offset LIMIT @limit)`,
  );
  const purchaseOutcomes = db.prepare(
    `DELETE FROM purchase_outcomes WHERE consumer = @consumer AND offset IN
       (SELECT offset FROM purchase_outcomes WHERE consumer = @consumer AND offset <= @through
          AND offset < coalesce((SELECT min(offset) FROM purchases WHERE site = @site), @through) LIMIT @limit)`,
  );
  const networks = db.prepare('DELETE FROM browser_networks WHERE site = ? AND day < ?');
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
  const removeProfile = db.prepare('DELETE FROM visitor_profiles WHERE site = ? AND visitor = ?');
  const links = prepareLinkWrites(db);

  return (site: string, what: RetentionCutoffs, limit: number): number => {
    const {
      through,
      profilesBefore,
      deadLettersBefore,
      countsBefore,
      rollUpBefore,
      purchasesBefore,
      ordersBefore,
      trialsBefore = 0,
      bodiesBefore,
    } = what;
    const consumers = listConsumers(site);
    let removed = removeCounts({ site, consumers, before: countsBefore, limit });
    if (rollUpBefore !== undefined) removed += rollUp({ site, consumers, before: rollUpBefore, limit });
    removed += networks.run(site, toBudgetDay(rollUpBefore ?? countsBefore)).changes;
    if (purchasesBefore !== undefined) removed += purchases.run({ site, through, before: purchasesBefore, limit }).changes;
    if (ordersBefore !== undefined) {
      removed += removeRefunds(site, ordersBefore, limit);
      removed += removePaymentObjects(site, ordersBefore, trialsBefore, limit);
    }
    for (const consumer of consumers) {
      if (ordersBefore !== undefined)
        removed += removeOrders(consumer, ordersBefore, limit) + removeUploads(consumer, ordersBefore, deadLettersBefore, limit);
      removed += blocks.run(consumer, through, limit).changes;
      moveMark.run({ consumer });
      removed += attempts.run(consumer, through, limit).changes;
      removeMark.run({ consumer });
      removed += deferred.run(consumer, through).changes + receipts.run(consumer, through).changes;
      removed += letters.run({ consumer, before: deadLettersBefore, limit }).changes;
      removed += ranges.run(consumer, deadLettersBefore).changes;
      if (purchasesBefore !== undefined) removed += purchaseOutcomes.run({ site, consumer, through, limit }).changes;
      if (bodiesBefore !== undefined) removed += bodies.run(noBody, consumer, bodiesBefore, noBody.byteLength, limit).changes;
    }
    for (const remove of ofOffsets) removed += remove.run({ site, through, limit }).changes;
    for (const visitor of untouched.all(site, profilesBefore, limit)) {
      removed += removeProfile.run(site, visitor).changes;
      links.remove(site, visitor);
    }
    return removed;
  };
}

/** Prepares the write of expired ranges: one row per range, however long it grows. Runs in the writer's thread. */
export function prepareExpiredRangeWrite(db: Db): (consumer: ConsumerId, range: ExpiredRange) => void {
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

type RetentionWrites = Pick<
  Store,
  | 'removeExpired'
  | 'releasePurchases'
  | 'removeExpiredPrimaries'
  | 'stripExpiredProfiles'
  | 'removeExpiredLinks'
  | 'stripExpiredDeadLetters'
  | 'reclaimDiskSpace'
>;

export function createRetentionWrites(
  write: (op: RetentionOp) => Promise<number | null>,
  db: Db,
  outcomes: OutcomeReads,
): RetentionWrites {
  const count = async (op: RetentionOp) => (await write(op)) ?? 0;
  const primaries = createPrimaryReportReads(db);
  const linkPageEnd = prepareLinkPageEnd(db);
  const undelivered = createUndeliveredPurchaseReads(db, outcomes);
  return {
    removeExpired: (site, what, limit) => count({ kind: 'remove-expired', site, what, limit }),
    async releasePurchases(site, after, through) {
      const { purchases, next } = await undelivered(site, after, through);
      const changed = purchases.length === 0 ? 0 : await count({ kind: 'release-purchases', site, purchases });
      return { released: changed, ...(next !== undefined && { next }) };
    },
    async removeExpiredPrimaries(site, from, through, now) {
      const start = Number(from);
      const next = primaries.findPageEnd(site, start, primariesPerPage);
      const to = next ?? Number.MAX_SAFE_INTEGER;
      const removed = await count({ kind: 'remove-primaries', site, from: start, to, through, now });
      return { gone: removed, ...(next !== undefined && { next: String(next) }) };
    },
    stripExpiredProfiles: (site, visitors) => count({ kind: 'strip-profiles', site, visitors }),
    async removeExpiredLinks(site, from, before) {
      const start = parseLinkPosition(from);
      const next = linkPageEnd(site, start, linksPerPage);
      const removed = await count({
        kind: 'remove-links',
        site,
        ...(start && { from: start }),
        ...(next && { to: next }),
        before,
      });
      return { gone: removed, ...(next && { next: formatLinkPosition(next) }) };
    },
    async stripExpiredDeadLetters(letters) {
      await write({ kind: 'strip-dead-letters', letters });
    },
    async reclaimDiskSpace() {
      return (await count({ kind: 'reclaim' })) > 0;
    },
  };
}

/** Creates the read of a page of purchases that only a browser reported and that connections settled without delivering them. */
function createUndeliveredPurchaseReads(db: Db, { latest }: OutcomeReads) {
  const listConsumers = prepareConsumerList(db);
  // The page counts all purchases: a site may have none that only a browser reported, and then would read all at once.
  const page = db.prepare<[string, string, string, number], BrowserPurchaseRow & { readonly reporters: number }>(
    `SELECT offset, id, consent, reporters FROM event_index INDEXED BY purchases_by_offset
     WHERE site = ? AND name = 'Purchase' AND offset > ? AND offset <= ? ORDER BY offset LIMIT ?`,
  );
  return async (site: string, after: string, through: string) => {
    const all = page.all(site, after, through, purchasesPerPage);
    const rows = all.filter(({ reporters }) => reporters === sourceBits.browser);
    const offsets = rows.map(({ offset }) => offset);
    const consumers = rows.length === 0 ? [] : listConsumers(site);
    const outcomes = await Promise.all(consumers.map((consumer) => latest(consumer, offsets)));
    const purchases = findUndelivered(rows, outcomes);
    return { purchases, next: all.length === purchasesPerPage ? all.at(-1)?.offset : undefined };
  };
}
