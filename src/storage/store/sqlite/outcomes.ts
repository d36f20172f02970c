import type { Statement } from 'better-sqlite3';
import type { Offset } from '../../log/event-log.ts';
import type { Db } from '../../sqlite/open.ts';
import type { ConsumerId } from '../consumer-id.ts';
import type { OutcomeFilter } from '../event-index.ts';
import { type EventOutcome, type EventOutcomeEntry, isEventOutcome, type StoredOutcome } from '../outcomes.ts';
import { covers, filterUnread, type OutcomeBlock, unpackEntries } from '../rows/outcome-blocks.ts';

interface OffsetRange {
  readonly consumer: ConsumerId;
  readonly from: Offset;
  readonly through: Offset;
}

/** Up to this number, offsets are looked up one by one if many more blocks are between them. */
const fewOffsets = 64;
/** Up to this number of blocks, one search of the whole range costs less than one for each offset. */
const fewBlocks = 256;

/** Creates the reads of outcomes. They unpack as few blocks as possible, because unpacking dominates the cost. */
export function createOutcomeReads(db: Db) {
  /** Statements by the outcomes of which a block must contain one; `counts` is JSON whose keys are outcomes. */
  const statements = new Map<string, Statement<[OffsetRange], OutcomeBlock>>();
  const overlapping = (any: readonly EventOutcome[]) => {
    const counted = any.filter(isEventOutcome).map((outcome) => `instr(counts, '"${outcome}"')`);
    const condition = counted.length > 0 ? `AND (${counted.join(' OR ')})` : '';
    const statement = statements.get(condition) ?? db.prepare<[OffsetRange], OutcomeBlock>(overlappingSql(condition));
    statements.set(condition, statement);
    return statement;
  };
  /** Counts the blocks that end in a range, up to one more than `fewBlocks`. */
  const countEnding = db
    .prepare<[OffsetRange], number>(
      `SELECT count(*) FROM (SELECT 1 FROM outcome_blocks WHERE consumer = @consumer AND last_offset >= @from AND last_offset <= @through
         LIMIT ${fewBlocks + 1})`,
    )
    .pluck();
  const selectEntries = db.prepare<[number], { entries: Buffer }>('SELECT entries FROM outcome_blocks WHERE id = ?');
  const selectPosition = db.prepare<[string], { cursor: Offset; beginsAfter: Offset | null }>(
    "SELECT json_extract(state, '$.cursor') AS cursor, json_extract(state, '$.begins.after') AS beginsAfter FROM connections WHERE consumer = ?",
  );
  const earliest = db.prepare<[string], { first: Offset }>(
    'SELECT first_offset AS first FROM outcome_blocks WHERE consumer = ? ORDER BY last_offset, id LIMIT 1',
  );
  const retiredThrough = db.prepare<[string], number>('SELECT block FROM retired WHERE consumer = ?').pluck();
  const read = ({ id }: OutcomeBlock): readonly EventOutcomeEntry[] => {
    const row = selectEntries.get(id);
    return row ? unpackEntries(row.entries) : [];
  };

  /** Returns blocks that contain or enclose one of the offsets, the newest first. @param sorted offsets in log order. */
  const listBlocks = (
    consumer: ConsumerId,
    sorted: readonly Offset[],
    any: readonly EventOutcome[] = [],
  ): readonly OutcomeBlock[] => {
    const [from, through] = [sorted[0], sorted.at(-1)];
    if (from === undefined || through === undefined) return [];
    const statement = overlapping(any);
    const isSparse = sorted.length <= fewOffsets && (countEnding.get({ consumer, from, through }) ?? 0) > fewBlocks;
    const rows = isSparse
      ? sorted.flatMap((offset) => statement.all({ consumer, from: offset, through: offset }))
      : statement.all({ consumer, from, through }).filter((block) => covers(block, sorted));
    return [...new Map(rows.map((block) => [block.id, block])).values()].sort((a, b) => b.id - a.id);
  };

  const latest = (consumer: ConsumerId, offsets: Iterable<Offset>): ReadonlyMap<Offset, StoredOutcome> => {
    const sorted = [...new Set(offsets)].sort();
    const requested = new Set(sorted);
    const found = new Map<Offset, StoredOutcome>();
    const retired = retiredThrough.get(consumer) ?? 0;
    for (const block of listBlocks(consumer, sorted)) {
      if (found.size === requested.size) break;
      for (const entry of read(block).toReversed())
        if (requested.has(entry.offset) && !found.has(entry.offset))
          found.set(entry.offset, block.id > retired ? entry : { ...entry, isRetired: true });
    }
    return found;
  };

  /** Returns the unread offsets that have no outcome. */
  const withoutOutcome = (
    consumer: ConsumerId,
    offsets: readonly Offset[],
    kinds: readonly OutcomeFilter[],
  ): readonly Offset[] => {
    const { cursor = '', beginsAfter } = selectPosition.get(consumer) ?? {};
    const span = { cursor, beginsAfter: beginsAfter ?? undefined, first: earliest.get(consumer)?.first };
    const open = filterUnread(span, kinds, offsets);
    const known = latest(consumer, open);
    return open.filter((offset) => !known.has(offset));
  };

  /** Returns the offsets whose latest outcome is one of `any`. Blocks without these outcomes are read only to find later outcomes. */
  const withOutcome = (consumer: ConsumerId, offsets: readonly Offset[], any: readonly EventOutcome[]): readonly Offset[] => {
    if (any.length === 0) return [];
    const sorted = offsets.toSorted();
    const requested = new Set(sorted);
    const found = new Map<Offset, { readonly id: number; readonly outcome: EventOutcome }>();
    const readBlocks = new Set<number>();
    for (const block of listBlocks(consumer, sorted, any)) {
      readBlocks.add(block.id);
      for (const { offset, outcome } of read(block).toReversed())
        if (requested.has(offset) && !found.has(offset)) found.set(offset, { id: block.id, outcome });
    }
    const hits = new Map([...found].filter(([, { outcome }]) => any.includes(outcome)));
    const oldest = Math.min(...[...hits.values()].map(({ id }) => id));
    for (const block of listBlocks(consumer, [...hits.keys()].sort())) {
      if (block.id <= oldest) break;
      if (readBlocks.has(block.id)) continue;
      for (const { offset } of read(block)) if (block.id > (hits.get(offset)?.id ?? block.id)) hits.delete(offset);
    }
    return [...hits.keys()];
  };

  return {
    latest,
    /** Returns the offsets with one of these outcomes, unordered. */
    filterByOutcome(consumer: ConsumerId, offsets: readonly Offset[], any: readonly OutcomeFilter[]): readonly Offset[] {
      const outcomes = any.filter((outcome) => outcome !== 'undelivered' && outcome !== 'before-connection');
      return [
        ...withOutcome(consumer, offsets, outcomes),
        ...(outcomes.length < any.length ? withoutOutcome(consumer, offsets, any) : []),
      ];
    },
  };
}

/**
 * Returns the SQL for blocks that overlap a range: blocks that end in it; of the consecutive blocks the next one, which may begin in it; and
 * overlapping blocks that enclose its end.
 */
function overlappingSql(condition: string): string {
  const columns = 'SELECT id, first_offset, last_offset, counts FROM outcome_blocks WHERE consumer = @consumer AND';
  return `SELECT id, first_offset AS first, last_offset AS last FROM (
      ${columns} last_offset >= @from AND last_offset <= @through
      UNION ALL SELECT * FROM (${columns} last_offset > @through AND overlaps = 0 ORDER BY last_offset LIMIT 1)
      UNION ALL ${columns} last_offset > @through AND overlaps = 1
    ) WHERE first_offset <= @through ${condition}`;
}
