import type { Offset } from '../log/event-log.ts';
import type { ConsumerId } from '../ports/consumer-id.ts';
import type { OutcomeFilter } from '../ports/event-index.ts';
import { type EventOutcome, isEventOutcome, type StoredOutcome } from '../ports/outcomes.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement, defineVariants } from '../sql/statement.ts';
import { covers, filterUnread, type OutcomeBlock, unpackEntries } from './rows/outcome-blocks.ts';

/** A block's compressed entries. */
export interface PackedEntries {
  readonly id: number;
  readonly entries: Buffer;
}

/** The reads of blocks, for which each database has its own plan. */
export interface BlockReads {
  /**
   * Selects blocks that contain or enclose one of the offsets, and maybe others.
   * @param sorted offsets in log order, at least one @param condition of a block's `counts`, after `AND`, or empty
   */
  selectBlocks(consumer: ConsumerId, sorted: readonly Offset[], condition: string): Promise<readonly OutcomeBlock[]>;
  /** Reads the entries of blocks in their order, few at a time. */
  readEntries(blocks: readonly OutcomeBlock[]): AsyncIterable<PackedEntries>;
}

const selectRetired = defineStatement<{ readonly block: number }>('SELECT block FROM retired WHERE consumer = $1');
const selectState = defineStatement<{ readonly state: string }>('SELECT state FROM connections WHERE consumer = $1');
const selectFirst = defineStatement<{ readonly first: Offset }>(
  'SELECT first_offset AS first FROM outcome_blocks WHERE consumer = $1 ORDER BY last_offset, id LIMIT 1',
);

/** The number of blocks up to which their offsets narrow a search. */
const fewBlocks = 1_000;
const selectHaving = defineVariants<OffsetSpan>(
  (condition) =>
    `SELECT first_offset AS first, last_offset AS last FROM outcome_blocks WHERE consumer = $1 ${condition} LIMIT ${fewBlocks + 1}`,
);

/** Two offsets that enclose events, both included. */
export interface OffsetSpan {
  readonly first: Offset;
  readonly last: Offset;
}

/** Returns the condition of blocks with one of these outcomes, after `AND`. Empty without outcomes. */
function toCondition(any: readonly OutcomeFilter[]): string {
  const counted = any.filter(isEventOutcome).map((outcome) => `counts LIKE '%"${outcome}"%'`);
  return counted.length > 0 ? `AND (${counted.join(' OR ')})` : '';
}

/** Reads of outcomes for both databases. */
export type OutcomeReads = ReturnType<typeof createOutcomeReads>;

/** Creates the reads of outcomes. They unpack as few blocks as possible, because unpacking dominates the cost. */
export function createOutcomeReads(sql: Sql, { selectBlocks, readEntries }: BlockReads) {
  /** Returns blocks that contain or enclose one of the offsets, the newest first. @param sorted offsets in log order. */
  const listBlocks = async (
    consumer: ConsumerId,
    sorted: readonly Offset[],
    any: readonly EventOutcome[] = [],
  ): Promise<readonly OutcomeBlock[]> => {
    if (sorted.length === 0) return [];
    const rows = await selectBlocks(consumer, sorted, toCondition(any));
    const blocks = [...new Map(rows.map((block) => [block.id, block])).values()];
    return blocks.filter((block) => covers(block, sorted)).sort((a, b) => b.id - a.id);
  };

  const latest = async (consumer: ConsumerId, offsets: Iterable<Offset>): Promise<ReadonlyMap<Offset, StoredOutcome>> => {
    const sorted = [...new Set(offsets)].sort();
    const requested = new Set(sorted);
    const found = new Map<Offset, StoredOutcome>();
    if (sorted.length === 0) return found;
    const [[retired], blocks] = await Promise.all([sql.read(selectRetired(consumer)), listBlocks(consumer, sorted)]);
    for await (const { id, entries } of readEntries(blocks)) {
      for (const entry of unpackEntries(entries).toReversed())
        if (requested.has(entry.offset) && !found.has(entry.offset))
          found.set(entry.offset, id > (retired?.block ?? 0) ? entry : { ...entry, isRetired: true });
      if (found.size === requested.size) break;
    }
    return found;
  };

  /** Returns the unread offsets that have no outcome. */
  const withoutOutcome = async (
    consumer: ConsumerId,
    offsets: readonly Offset[],
    kinds: readonly OutcomeFilter[],
  ): Promise<readonly Offset[]> => {
    const [[position], [block]] = await Promise.all([sql.read(selectState(consumer)), sql.read(selectFirst(consumer))]);
    const state: { cursor?: Offset; begins?: { after: Offset } } = position ? JSON.parse(position.state) : {};
    const { cursor = '', begins } = state;
    const open = filterUnread({ cursor, beginsAfter: begins?.after, first: block?.first }, kinds, offsets);
    const known = await latest(consumer, open);
    return open.filter((offset) => !known.has(offset));
  };

  /** Returns the offsets whose latest outcome is one of `any`. Blocks without these outcomes are read only to find later outcomes. */
  const withOutcome = async (
    consumer: ConsumerId,
    offsets: readonly Offset[],
    any: readonly EventOutcome[],
  ): Promise<readonly Offset[]> => {
    if (any.length === 0) return [];
    const sorted = offsets.toSorted();
    const requested = new Set(sorted);
    const found = new Map<Offset, { readonly id: number; readonly outcome: EventOutcome }>();
    const readBlocks = new Set<number>();
    for await (const { id, entries } of readEntries(await listBlocks(consumer, sorted, any))) {
      readBlocks.add(id);
      for (const { offset, outcome } of unpackEntries(entries).toReversed())
        if (requested.has(offset) && !found.has(offset)) found.set(offset, { id, outcome });
    }
    const hits = new Map([...found].filter(([, { outcome }]) => any.includes(outcome)));
    const oldest = Math.min(...[...hits.values()].map(({ id }) => id));
    const later = (await listBlocks(consumer, [...hits.keys()].sort())).filter(({ id }) => id > oldest && !readBlocks.has(id));
    for await (const { id, entries } of readEntries(later))
      for (const { offset } of unpackEntries(entries)) if (id > (hits.get(offset)?.id ?? id)) hits.delete(offset);
    return [...hits.keys()];
  };

  return {
    latest,
    /** Returns spans outside of which no event has one of these outcomes. Undefined if there are too many, or an event may have none. */
    async findSpans(consumers: readonly ConsumerId[], any: readonly OutcomeFilter[]): Promise<readonly OffsetSpan[] | undefined> {
      if (any.length === 0 || !any.every(isEventOutcome)) return undefined;
      const having = selectHaving(toCondition(any));
      const found = await Promise.all(consumers.map((consumer) => sql.read(having(consumer))));
      return found.some((spans) => spans.length > fewBlocks) ? undefined : found.flat();
    },
    /** Returns the offsets with one of these outcomes, unordered. */
    async filterByOutcome(
      consumer: ConsumerId,
      offsets: readonly Offset[],
      any: readonly OutcomeFilter[],
    ): Promise<readonly Offset[]> {
      const outcomes = any.filter((outcome) => outcome !== 'undelivered' && outcome !== 'before-connection');
      return [
        ...(await withOutcome(consumer, offsets, outcomes)),
        ...(outcomes.length < any.length ? await withoutOutcome(consumer, offsets, any) : []),
      ];
    },
  };
}
