import type { Offset } from '../../log/event-log.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import type { ConsumerId } from '../consumer-id.ts';
import type { OutcomeFilter } from '../event-index.ts';
import { type EventOutcome, type EventOutcomeEntry, isEventOutcome, type StoredOutcome } from '../outcomes.ts';
import { covers, filterUnread, type OutcomeBlock, packBlock, unpackEntries } from '../rows/outcome-blocks.ts';
import { readRow, text } from './sql.ts';

/**
 * A block has the outcomes of one commit. `is_overlapping` is false if the block begins after all earlier ones of its consumer; `counts` is JSON
 * whose keys are the block's outcomes. `retired.block` is the last block of a removed connection.
 */
export const outcomeTables = `
  CREATE TABLE outcome_blocks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, consumer ${text} NOT NULL, first_offset ${text} NOT NULL,
    last_offset ${text} NOT NULL, entries bytea NOT NULL, counts ${text} NOT NULL, is_overlapping boolean NOT NULL);
  ALTER TABLE outcome_blocks ALTER entries SET STORAGE EXTERNAL;
  CREATE INDEX outcome_blocks_by_last ON outcome_blocks (consumer, is_overlapping, last_offset, first_offset);
  CREATE TABLE retired (consumer ${text} PRIMARY KEY, block bigint NOT NULL);
`;

const putBlock = defineStatement(
  `INSERT INTO outcome_blocks (consumer, first_offset, last_offset, entries, counts, is_overlapping)
   VALUES ($1, $2, $3, $4, $5, $2 <= coalesce(greatest(
     (SELECT max(last_offset) FROM outcome_blocks WHERE consumer = $1 AND NOT is_overlapping),
     (SELECT max(last_offset) FROM outcome_blocks WHERE consumer = $1 AND is_overlapping)), ''))`,
);

/** Returns the statement that stores the outcomes of a commit, if it has any. */
export function outcomeStatements(consumer: ConsumerId, entries: readonly EventOutcomeEntry[] = []): readonly Statement[] {
  if (entries.length === 0) return [];
  const block = packBlock(entries);
  return [putBlock(consumer, block.first, block.last, block.entries, block.counts)];
}

interface Entries {
  readonly id: number;
  readonly entries: Buffer;
}

const columns = 'id, first_offset AS first, last_offset AS last';
/**
 * Selects the blocks that may contain one of the offsets: of the blocks in log order the first that ends at or after each offset, and each
 * overlapping block in the range of all offsets.
 */
const defineEnclosing = (condition: string) =>
  defineStatement<OutcomeBlock>(
    `SELECT ${columns} FROM unnest($2::text[]) AS g("offset") CROSS JOIN LATERAL (
       SELECT * FROM outcome_blocks WHERE consumer = $1 AND NOT is_overlapping AND last_offset >= g."offset" ORDER BY last_offset LIMIT 1
     ) one WHERE first_offset <= g."offset" ${condition}
     UNION SELECT ${columns} FROM outcome_blocks
     WHERE consumer = $1 AND is_overlapping AND last_offset >= $3 AND first_offset <= $4 ${condition}`,
  );
/** The statements by the outcomes of which a block must contain one. */
const definedEnclosing = new Map<string, ReturnType<typeof defineEnclosing>>();
const readEntries = defineStatement<Entries>(
  'SELECT id, entries FROM outcome_blocks WHERE id = ANY ($1::bigint[]) ORDER BY id DESC',
);
const selectRetired = defineStatement<{ readonly block: number }>('SELECT block FROM retired WHERE consumer = $1');
const selectPosition = defineStatement<{ readonly state: string }>('SELECT state FROM connections WHERE consumer = $1');
const selectFirst = defineStatement<{ readonly first: Offset }>(
  'SELECT first_offset AS first FROM outcome_blocks WHERE consumer = $1 ORDER BY last_offset, id LIMIT 1',
);

/** The blocks that are read at once, the newest first. */
const blocksAtOnce = 64;

/** Creates the reads of outcomes. They unpack as few blocks as possible, because unpacking dominates the cost. */
export function createOutcomes(database: Database) {
  /** Returns blocks that contain or enclose one of the offsets, the newest first. @param sorted offsets in log order. */
  const listBlocks = async (
    consumer: ConsumerId,
    sorted: readonly Offset[],
    any: readonly EventOutcome[] = [],
  ): Promise<readonly OutcomeBlock[]> => {
    const [from, through] = [sorted[0], sorted.at(-1)];
    if (from === undefined || through === undefined) return [];
    const counted = any.filter(isEventOutcome).map((outcome) => `position('"${outcome}"' IN counts) > 0`);
    const condition = counted.length > 0 ? `AND (${counted.join(' OR ')})` : '';
    const enclosing = definedEnclosing.get(condition) ?? defineEnclosing(condition);
    definedEnclosing.set(condition, enclosing);
    const rows = await database.read(enclosing(consumer, encodeTexts(sorted), from, through));
    return rows.filter((block) => covers(block, sorted)).sort((a, b) => b.id - a.id);
  };

  /** Reads the entries of blocks in their order, until `visit` returns false. */
  const visitEntries = async (
    blocks: readonly OutcomeBlock[],
    visit: (id: number, entries: readonly EventOutcomeEntry[]) => boolean,
  ): Promise<void> => {
    for (let from = 0; from < blocks.length; from += blocksAtOnce) {
      const ids = blocks.slice(from, from + blocksAtOnce).map(({ id }) => id);
      for (const { id, entries } of await database.read(readEntries(encodeBigints(ids))))
        if (!visit(id, unpackEntries(entries))) return;
    }
  };

  const latest = async (consumer: ConsumerId, offsets: Iterable<Offset>): Promise<ReadonlyMap<Offset, StoredOutcome>> => {
    const sorted = [...new Set(offsets)].sort();
    const requested = new Set(sorted);
    const found = new Map<Offset, StoredOutcome>();
    if (sorted.length === 0) return found;
    const [retired, blocks] = await Promise.all([readRow(database, selectRetired(consumer)), listBlocks(consumer, sorted)]);
    await visitEntries(blocks, (id, entries) => {
      for (const entry of entries.toReversed())
        if (requested.has(entry.offset) && !found.has(entry.offset))
          found.set(entry.offset, id > (retired?.block ?? 0) ? entry : { ...entry, isRetired: true });
      return found.size < requested.size;
    });
    return found;
  };

  /** Returns the unread offsets that have no outcome. */
  const withoutOutcome = async (
    consumer: ConsumerId,
    offsets: readonly Offset[],
    kinds: readonly OutcomeFilter[],
  ): Promise<readonly Offset[]> => {
    const [position, first] = await Promise.all([
      readRow(database, selectPosition(consumer)),
      readRow(database, selectFirst(consumer)),
    ]);
    const state: { cursor?: Offset; begins?: { after: Offset } } = position ? JSON.parse(position.state) : {};
    const { cursor = '', begins } = state;
    const open = filterUnread({ cursor, beginsAfter: begins?.after, first: first?.first }, kinds, offsets);
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
    await visitEntries(await listBlocks(consumer, sorted, any), (id, entries) => {
      readBlocks.add(id);
      for (const { offset, outcome } of entries.toReversed())
        if (requested.has(offset) && !found.has(offset)) found.set(offset, { id, outcome });
      return true;
    });
    const hits = new Map([...found].filter(([, { outcome }]) => any.includes(outcome)));
    const oldest = Math.min(...[...hits.values()].map(({ id }) => id));
    const later = (await listBlocks(consumer, [...hits.keys()].sort())).filter(({ id }) => id > oldest && !readBlocks.has(id));
    await visitEntries(later, (id, entries) => {
      for (const { offset } of entries) if (id > (hits.get(offset)?.id ?? id)) hits.delete(offset);
      return true;
    });
    return [...hits.keys()];
  };

  return {
    latest,
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
