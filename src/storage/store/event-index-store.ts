import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Offset, startOffset } from '../log/event-log.ts';
import type { ConsumerId } from '../ports/consumer-id.ts';
import { type CountedFilters, type EventSearch, maxOrderEvents, type OrderEvent } from '../ports/event-index.ts';
import type { TrustedReport } from '../ports/reports.ts';
import type { Store } from '../ports/store.ts';
import { type Sql, selectAll } from '../sql/change.ts';
import type { Dialect } from '../sql/dialect.ts';
import { defineStatement, type Statement } from '../sql/statement.ts';
import type { OffsetSpan, OutcomeReads } from './outcome-store.ts';
import {
  consentBits,
  type EventGroupCountRow,
  end,
  isOrderEvent,
  keyBits,
  maxRows,
  orderEventOrder,
  type PurchaseRow,
  scanSizes,
  sourceBits,
  toBits,
  toEventGroupCount,
  toLikePattern,
  toPurchase,
  trustedBits,
  trustedSpan,
} from './rows/event-index.ts';

interface OffsetRow {
  readonly offset: Offset;
}

const back = defineStatement<OffsetRow>(
  'SELECT "offset" FROM event_index WHERE site = $1 AND "offset" < $2 ORDER BY "offset" DESC LIMIT 1 OFFSET $3',
);
const forth = defineStatement<OffsetRow>(
  'SELECT "offset" FROM event_index WHERE site = $1 AND "offset" > $2 ORDER BY "offset" LIMIT 1 OFFSET $3',
);
const spanEnd = defineStatement<OffsetRow>(
  `SELECT "offset" FROM event_index WHERE site = $1 AND "offset" > $2 AND "offset" <= $3 ORDER BY "offset" LIMIT 1 OFFSET ${trustedSpan - 1}`,
);
const countRows = defineStatement<{ readonly rows: number }>(
  'SELECT count(*) AS rows FROM event_index WHERE site = $1 AND "offset" > $2 AND "offset" <= $3',
);
const trustedPrimaries = defineStatement<TrustedReport>(
  `SELECT "offset", "offset" AS "primary" FROM (SELECT "offset", reporters FROM event_index
     WHERE site = $1 AND "offset" > $2 AND "offset" <= $3 ORDER BY "offset" LIMIT ${trustedSpan}) searched
   WHERE reporters & ${trustedBits} <> 0 ORDER BY "offset" LIMIT $4`,
);
/** Selects duplicate reports whose event meets a condition. */
const selectDuplicates = (columns: string, condition: string) =>
  `SELECT ${columns} FROM duplicate_reports d WHERE d.site = $1
     AND EXISTS (SELECT 1 FROM event_index e WHERE e.site = d.site AND e."offset" = d.primary_offset AND ${condition})`;
const trustedDuplicates = defineStatement<TrustedReport>(
  `${selectDuplicates('d."offset", d.primary_offset AS "primary"', `e.reporters & ${trustedBits} <> 0`)}
   AND d."offset" > $2 AND d."offset" <= $3 ORDER BY d."offset" LIMIT $4`,
);

function defineReads({ isAmong, isNoList, isLike, indexedBy }: Dialect) {
  /** The filters of a search, `$2` to `$10`. SQLite evaluates them in this order, so an absent one comes first. */
  const matches = `(${isNoList('$2')} OR ${isAmong('e.name', '$2')}) AND ($3 = 0 OR e.reporters & $3 <> 0)
    AND e.keys & $4 = $4 AND e.keys & $5 = 0 AND e.time >= $6 AND e.time < $7
    AND (CAST($8 AS text) IS NULL OR ${isLike('e.id', '$8')} OR ${isLike('e.order_id', '$8')})
    AND ($9 = 0 OR (1 << e.consent) & $9 <> 0) AND (${isNoList('$10')} OR ${isAmong('e.country', '$10')})`;
  const isWithin = `e.site = $1 AND e."offset" < $11 AND e."offset" >= $12`;
  const countMatches = (condition: string) =>
    defineStatement<EventGroupCountRow>(
      `SELECT e.name AS name, e.reporters AS reporters, e.consent AS consent, e.country AS country, count(*) AS events
       FROM event_index e WHERE ${isWithin} AND ${condition} GROUP BY 1, 2, 3, 4`,
    );
  return {
    groups: countMatches(matches),
    groupsAmong: countMatches(`${matches} AND ${isAmong('e."offset"', '$13')}`),
    events: defineStatement<OffsetRow>(
      `SELECT e."offset" AS "offset" FROM event_index e WHERE ${isWithin} AND ${matches} ORDER BY e."offset" DESC LIMIT $13`,
    ),
    duplicates: defineStatement<OffsetRow>(
      `${selectDuplicates('d."offset" AS "offset"', matches)} AND d."offset" < $11 AND d."offset" >= $12`,
    ),
    ofOrder: defineStatement<OrderEvent>(
      `SELECT order_id AS "orderId", "offset", name FROM event_index ${indexedBy('events_by_order')}
       WHERE site = $1 AND order_id = $2 AND ${isOrderEvent} ORDER BY ${orderEventOrder} LIMIT ${maxOrderEvents}`,
    ),
    purchases: defineStatement<PurchaseRow>(
      `SELECT e."offset", e.received_at AS "receivedAt", e.time, e.id, e.reporters, e.order_id AS "orderId", p.currency, p.amount
       FROM event_index e ${indexedBy('purchases_by_offset')}
         LEFT JOIN purchases p ON p.site = $1 AND p."offset" = e."offset" AND p.currency <> ''
       WHERE e.site = $1 AND e.name = 'Purchase' AND e."offset" > $2 AND e."offset" <= $3 ORDER BY e."offset" LIMIT $4`,
    ),
  };
}

/** Returns the text right after an offset. All offsets of a site have the same length. */
function following(offset: Offset): string {
  return `${offset} `;
}

/** A part of the index: offsets before `before`, from `from` on. */
interface IndexPart {
  readonly before: Offset;
  readonly from: Offset;
}

/** The filters of a search that are no parameters of a statement. `spans`: outside of them no event has one of the outcomes. */
type ParsedFilters = Pick<EventSearch, 'outcomes' | 'keep'> & { readonly spans?: readonly OffsetSpan[] };

type IndexReads = Pick<
  Store,
  'searchEvents' | 'findNextEvent' | 'countEvents' | 'listPurchases' | 'findOrderEvents' | 'findTrustedReports'
>;

export function createEventIndexStore(
  sql: Sql,
  { filterByOutcome, latest, findSpans }: Pick<OutcomeReads, 'filterByOutcome' | 'latest' | 'findSpans'>,
): IndexReads {
  const { events, duplicates, groups, groupsAmong, ofOrder, purchases } = defineReads(sql.dialect);
  const readOffsets = async (statement: Statement<OffsetRow>) => (await sql.read(statement)).map(({ offset }) => offset);

  const findByOutcome = async (
    consumer: ConsumerId,
    candidates: readonly Offset[],
    { any, codes, rules }: NonNullable<EventSearch['outcomes']>,
  ): Promise<readonly Offset[]> => {
    const found = await filterByOutcome(consumer, candidates, any);
    if ((!codes && !rules) || found.length === 0) return found;
    const entries = await latest(consumer, found);
    return found.filter((offset) => {
      const entry = entries.get(offset);
      if (codes && !entry?.issues.some(({ code }) => codes.includes(code))) return false;
      return !rules || (entry?.rules?.effects.some(({ rule }) => rules.includes(rule)) ?? false);
    });
  };

  /** Adds the spans with the outcomes of a search, so that a rare outcome is not searched for among all events. */
  const withSpans = async (filters: CountedFilters): Promise<ParsedFilters> => {
    const spans = filters.outcomes && (await findSpans(filters.outcomes.consumers, filters.outcomes.any));
    return spans ? { ...filters, spans } : filters;
  };

  /**
   * Returns the matches between two offsets, the newest first.
   * @param filters those of the search that are not in `parameters` @param parameters those from the site to the last filter
   */
  const findOffsets = async (
    parameters: readonly unknown[],
    { before, from }: IndexPart,
    { outcomes, keep, spans }: ParsedFilters,
    limit: number,
  ): Promise<readonly Offset[]> => {
    const within = spans?.filter(({ first, last }) => first < before && last >= from);
    if (within?.length === 0) return [];
    const query = [...parameters, before, from];
    if (keep) {
      const more = { ...(outcomes && { outcomes }), ...(spans && { spans }) };
      const matches = await findOffsets(parameters, { before, from }, more, Number.MAX_SAFE_INTEGER);
      const kept = new Set(matches.length > 0 ? await keep(matches) : []);
      return matches.filter((offset) => kept.has(offset)).slice(0, limit);
    }
    if (!outcomes) return readOffsets(events(...query, limit));
    const [primaries, others] = await Promise.all([
      readOffsets(events(...query, Number.MAX_SAFE_INTEGER)),
      outcomes.any.includes('duplicate') ? readOffsets(duplicates(...query)) : [],
    ]);
    const candidates = [...primaries, ...others];
    const found = new Set<Offset>();
    for (const consumer of outcomes.consumers)
      for (const offset of await findByOutcome(consumer, candidates, outcomes)) found.add(offset);
    return [...found].sort().reverse().slice(0, limit);
  };

  /** Returns the parameters of a search from the site to the last filter. */
  const toQuery = (site: string, { names, reporters, consents, countries, has, lacks, since, until, text }: CountedFilters) => [
    site,
    names && sql.dialect.encodeTexts(names),
    toBits(reporters ?? [], sourceBits),
    toBits(has ?? [], keyBits),
    toBits(lacks ?? [], keyBits),
    since ?? Number.MIN_SAFE_INTEGER,
    until ?? Number.MAX_SAFE_INTEGER,
    text === undefined ? null : toLikePattern(text),
    toBits(consents ?? [], consentBits),
    countries && sql.dialect.encodeTexts(countries),
  ];
  const stepBack = async (site: string, from: Offset, rows: number) =>
    (await readOffsets(back(site, from, rows - 1)))[0] ?? startOffset;

  return {
    async findNextEvent(site, after, filters) {
      const query = toQuery(site, filters);
      const parsed = await withSpans(filters);
      let from = after;
      let rows: number = scanSizes.first;
      for (let searched = 0; searched < maxRows; searched += rows, rows = Math.min(rows * 2, scanSizes.most)) {
        if (searched > 0) await nextTurn();
        const [reached] = await readOffsets(forth(site, from, rows - 1));
        const through = reached === undefined ? end : following(reached);
        const found = await findOffsets(query, { before: through, from: following(from) }, parsed, rows);
        if (found.length > 0 || reached === undefined) return found.at(-1);
        from = reached;
      }
      return undefined;
    },
    async countEvents(site, filters, { renamedBy, enough = Number.POSITIVE_INFINITY } = {}) {
      const query = toQuery(site, filters);
      const parsed = await withSpans(filters);
      const countAmong = async (span: readonly unknown[], offsets: readonly Offset[], name?: string) => {
        const rows = await sql.read(groupsAmong(...span, sql.dialect.encodeTexts(offsets)));
        return name === undefined ? rows : rows.map((row) => ({ ...row, name }));
      };
      const countByGivenName = async (span: readonly unknown[], consumer: ConsumerId, offsets: readonly Offset[]) => {
        const entries = await latest(consumer, offsets);
        const byName = Map.groupBy(offsets, (offset) => entries.get(offset)?.rules?.name);
        return (await Promise.all([...byName].map(([name, among]) => countAmong(span, among, name)))).flat();
      };
      const counts = new Map<string, EventGroupCountRow>();
      const getResult = (searched: number, isComplete: boolean) => ({
        groups: [...counts.values()].map(toEventGroupCount),
        searched,
        isComplete,
      });
      let before = end;
      let [searched, matches] = [0, 0];
      while (searched < maxRows && matches < enough) {
        if (searched > 0) await nextTurn();
        const from = await stepBack(site, before, scanSizes.most);
        searched += scanSizes.most;
        const span = [...query, before, from];
        const { outcomes, keep } = filters;
        const among =
          outcomes || keep || renamedBy ? await findOffsets(query, { before, from }, parsed, scanSizes.most) : undefined;
        const rows = !among
          ? await sql.read(groups(...span))
          : among.length === 0
            ? []
            : renamedBy
              ? await countByGivenName(span, renamedBy, among)
              : await countAmong(span, among);
        for (const row of rows) {
          const key = JSON.stringify([row.name, row.reporters, row.consent, row.country]);
          counts.set(key, { ...row, events: row.events + (counts.get(key)?.events ?? 0) });
          matches += row.events;
        }
        if (from === startOffset) return getResult(searched, true);
        before = from;
      }
      return getResult(searched, false);
    },
    async findTrustedReports(site, after, through, limit) {
      const primaries = await sql.read(trustedPrimaries(site, after, through, limit));
      const [last] = primaries.length === limit ? primaries.slice(-1) : await sql.read(spanEnd(site, after, through));
      const searched = last?.offset ?? through;
      const others = await sql.read(trustedDuplicates(site, after, searched, limit));
      const reports = [...primaries, ...others].sort((a, b) => (a.offset < b.offset ? -1 : 1)).slice(0, limit);
      const reached = (reports.length === limit ? reports.at(-1)?.offset : undefined) ?? searched;
      const [{ rows } = { rows: 0 }] = await sql.read(countRows(site, after, reached));
      const among = reports.filter(({ offset, primary }) => offset === primary).length;
      return { reports, through: reached, others: Math.max(0, rows - among) };
    },
    async findOrderEvents(site, orderIds) {
      const found = await sql.readSnapshot(selectAll(orderIds.map((orderId) => ofOrder(site, orderId))));
      return found.flat().sort((a, b) => (a.offset < b.offset ? -1 : 1));
    },
    async listPurchases(site, after, through, limit) {
      return (await sql.read(purchases(site, after, through, limit))).map(toPurchase);
    },
    async searchEvents(site, { among, before: first, limit, ...filters }) {
      const query = toQuery(site, filters);
      const parsed = await withSpans(filters);
      const oldest = among === undefined ? startOffset : await stepBack(site, end, among);
      const offsets: Offset[] = [];
      let before = first ?? end;
      let rows: number = scanSizes.first;
      for (let searched = 0; searched < maxRows; searched += rows, rows = Math.min(rows * 2, scanSizes.most)) {
        // SQLite reads on this thread.
        if (searched > 0) await nextTurn();
        const reached = await stepBack(site, before, rows);
        const isLast = reached <= oldest;
        const from = isLast ? oldest : reached;
        offsets.push(...(await findOffsets(query, { before, from }, parsed, limit - offsets.length)));
        if (offsets.length >= limit) return { offsets, before: offsets.at(-1) ?? from };
        if (isLast) return { offsets };
        before = from;
      }
      return { offsets, before };
    },
  };
}
