import { setImmediate as nextTurn } from 'node:timers/promises';
import { denialReachMs } from '../../../event/consent.ts';
import { type Offset, startOffset } from '../../log/event-log.ts';
import type { Db } from '../../sqlite/open.ts';
import type { IdentityCommit } from '../consumers.ts';
import type { EventSearch } from '../event-index.ts';
import type { TrustedReport } from '../reports.ts';
import {
  consentRanks,
  end,
  keyBits,
  maxRows,
  type PurchaseRow,
  scanSizes,
  sourceBits,
  toBits,
  toLikePattern,
  toPurchase,
  toStoredBits,
  trustedBits,
  trustedSpan,
} from '../rows/event-index.ts';
import type { Store } from '../store.ts';
import { createOutcomeReads } from './outcomes.ts';

/** Prepares the index writes: one row per event at the primary report's offset, to which duplicates add. Runs in the writer's thread. */
export function prepareIndex(db: Db) {
  const first = 'coalesce((SELECT primary_offset FROM duplicate_reports WHERE site = @site AND offset = @offset), @offset)';
  const { browser, server, webhook } = sourceBits;
  const { denied, statedGranted, statedDenied } = consentRanks;
  // The report that dates the event is the one that `getLeadReport` of delivery returns.
  const leads = `CASE excluded.reporters WHEN ${server} THEN reporters & ${server} = 0
    WHEN ${webhook} THEN reporters & ${server | webhook} = 0 ELSE 0 END`;
  const isFar = `abs(received_at - excluded.received_at) > ${denialReachMs}`;
  const joined = `CASE
    WHEN reporters = ${browser} AND excluded.reporters <> ${browser} AND consent = ${statedDenied} AND excluded.consent = ${statedGranted}
      AND ${isFar} THEN excluded.consent
    WHEN reporters <> ${browser} AND excluded.reporters = ${browser} AND consent = ${statedGranted} AND excluded.consent = ${statedDenied}
      AND ${isFar} THEN consent
    ELSE max(consent, excluded.consent) END`;
  const isDenied = `(${joined}) IN (${denied}, ${statedDenied})`;
  const put = db.prepare(
    `INSERT INTO event_index (site, offset, received_at, time, name, id, reporters, consent, keys, order_id, network_place)
     VALUES (@site, ${first}, @receivedAt, @time, @name, @id, @reporters, @consent, @keys, @orderId, @networkPlace)
     ON CONFLICT (site, offset) DO UPDATE SET reporters = reporters | excluded.reporters, consent = ${joined},
       time = iif(${leads}, excluded.time, time), received_at = iif(${leads}, excluded.received_at, received_at),
       keys = iif(${isDenied}, 0, keys | excluded.keys),
       order_id = iif(${isDenied}, NULL, coalesce(iif(${leads}, excluded.order_id, order_id), order_id, excluded.order_id))`,
  );
  const forget = db.prepare(`UPDATE event_index SET keys = 0, order_id = NULL WHERE site = @site AND offset = ${first}`);
  return ({ site, index, absent }: Pick<IdentityCommit, 'site' | 'index' | 'absent'>) => {
    for (const { offset, receivedAt, time, name, id, reporter, consent, keys, orderId, networkPlace } of index ?? []) {
      const { reporters, rank, keys: bits } = toStoredBits({ reporter, consent, keys });
      put.run({
        site,
        offset,
        receivedAt,
        time,
        name,
        id,
        reporters,
        consent: rank,
        keys: bits,
        orderId: orderId ?? null,
        networkPlace: networkPlace ?? null,
      });
    }
    for (const { offset } of absent ?? []) forget.run({ site, offset });
  };
}

interface IndexQuery {
  readonly site: string;
  readonly before: Offset;
  readonly from: Offset;
  readonly names: string | null;
  readonly reporters: number;
  readonly has: number;
  readonly lacks: number;
  readonly since: number;
  readonly until: number;
  readonly text: string | null;
  readonly limit: number;
}

export function createIndexReads(db: Db): Pick<Store, 'searchEvents' | 'listPurchases' | 'findTrustedReports'> {
  const matches = `(@names IS NULL OR e.name IN (SELECT value FROM json_each(@names))) AND (@reporters = 0 OR e.reporters & @reporters)
     AND e.keys & @has = @has AND e.keys & @lacks = 0 AND e.time >= @since AND e.time < @until
     AND (@text IS NULL OR e.id LIKE @text ESCAPE '\\' OR e.order_id LIKE @text ESCAPE '\\')`;
  const events = db.prepare<[IndexQuery], { offset: Offset }>(
    `SELECT e.offset FROM event_index e WHERE e.site = @site AND e.offset < @before AND e.offset >= @from AND ${matches}
     ORDER BY e.offset DESC LIMIT @limit`,
  );
  const duplicates = db.prepare<[IndexQuery], { offset: Offset }>(
    `SELECT d.offset FROM duplicate_reports d CROSS JOIN event_index e ON e.site = d.site AND e.offset = d.primary_offset
     WHERE d.site = @site AND d.offset < @before AND d.offset >= @from AND ${matches} ORDER BY d.offset DESC`,
  );
  const back = db.prepare<[string, Offset, number], { offset: Offset }>(
    'SELECT offset FROM event_index WHERE site = ? AND offset < ? ORDER BY offset DESC LIMIT 1 OFFSET ?',
  );
  const purchases = db.prepare<[string, Offset, Offset, number], PurchaseRow>(
    `SELECT offset, received_at AS receivedAt, time, id, reporters, order_id AS orderId FROM event_index INDEXED BY purchases_by_offset
     WHERE site = ? AND name = 'Purchase' AND offset > ? AND offset <= ? ORDER BY offset LIMIT ?`,
  );
  const spanEnd = db.prepare<[string, Offset, Offset], { offset: Offset }>(
    `SELECT offset FROM event_index WHERE site = ? AND offset > ? AND offset <= ? ORDER BY offset LIMIT 1 OFFSET ${trustedSpan - 1}`,
  );
  const countRows = db
    .prepare<[string, Offset, Offset], number>('SELECT count(*) FROM event_index WHERE site = ? AND offset > ? AND offset <= ?')
    .pluck();
  const trustedPrimaries = db.prepare<[{ site: string; after: Offset; through: Offset; limit: number }], TrustedReport>(
    `SELECT offset, offset AS "primary" FROM (SELECT offset, reporters FROM event_index
       WHERE site = @site AND offset > @after AND offset <= @through ORDER BY offset LIMIT ${trustedSpan})
     WHERE reporters & ${trustedBits} LIMIT @limit`,
  );
  const trustedDuplicates = db.prepare<[{ site: string; after: Offset; through: Offset; limit: number }], TrustedReport>(
    `SELECT d.offset, d.primary_offset AS "primary" FROM duplicate_reports d
       CROSS JOIN event_index e ON e.site = d.site AND e.offset = d.primary_offset
     WHERE d.site = @site AND d.offset > @after AND d.offset <= @through AND e.reporters & ${trustedBits}
     ORDER BY d.offset LIMIT @limit`,
  );
  const { filterByOutcome } = createOutcomeReads(db);

  /** Returns the matches between two offsets, the newest first. */
  const findOffsets = (query: IndexQuery, outcomes: EventSearch['outcomes'], limit: number): readonly Offset[] => {
    if (!outcomes) return events.all({ ...query, limit }).map(({ offset }) => offset);
    const rows = events.all({ ...query, limit: -1 });
    if (outcomes.any.includes('duplicate')) rows.push(...duplicates.all(query));
    const candidates = rows.map(({ offset }) => offset);
    const found = new Set(outcomes.consumers.flatMap((consumer) => filterByOutcome(consumer, candidates, outcomes.any)));
    return [...found].sort().reverse().slice(0, limit);
  };

  return {
    async findTrustedReports(site, after, through, limit) {
      const primaries = trustedPrimaries.all({ site, after, through, limit });
      const isFull = primaries.length === limit;
      const end = (isFull ? primaries.at(-1)?.offset : spanEnd.get(site, after, through)?.offset) ?? through;
      const duplicates = trustedDuplicates.all({ site, after, through: end, limit });
      const reports = [...primaries, ...duplicates].sort((a, b) => (a.offset < b.offset ? -1 : 1)).slice(0, limit);
      const reached = (reports.length === limit ? reports.at(-1)?.offset : undefined) ?? end;
      const rows = countRows.get(site, after, reached) ?? 0;
      const among = reports.filter(({ offset, primary }) => offset === primary).length;
      return { reports, through: reached, others: Math.max(0, rows - among) };
    },
    async listPurchases(site, after, through, limit) {
      return purchases.all(site, after, through, limit).map(toPurchase);
    },
    async searchEvents(site, search) {
      const { names, reporters, has, lacks, since, until, text, outcomes, among, limit } = search;
      const query = {
        site,
        names: names === undefined ? null : JSON.stringify(names),
        reporters: toBits(reporters ?? [], sourceBits),
        has: toBits(has ?? [], keyBits),
        lacks: toBits(lacks ?? [], keyBits),
        since: since ?? Number.MIN_SAFE_INTEGER,
        until: until ?? Number.MAX_SAFE_INTEGER,
        text: text === undefined ? null : toLikePattern(text),
      };
      const oldest = (among === undefined ? undefined : back.get(site, end, among - 1)?.offset) ?? startOffset;
      const offsets: Offset[] = [];
      let before = search.before ?? end;
      let rows: number = scanSizes.first;
      for (let searched = 0; searched < maxRows; searched += rows, rows = Math.min(rows * 2, scanSizes.most)) {
        if (searched > 0) await nextTurn();
        const reached = back.get(site, before, rows - 1)?.offset ?? startOffset;
        const isLast = reached <= oldest;
        const from = isLast ? oldest : reached;
        offsets.push(...findOffsets({ ...query, before, from, limit: 0 }, outcomes, limit - offsets.length));
        if (offsets.length >= limit) return { offsets, before: offsets.at(-1) ?? from };
        if (isLast) return { offsets };
        before = from;
      }
      return { offsets, before };
    },
  };
}
