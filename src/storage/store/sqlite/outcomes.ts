import type { Sql } from '../../sql/change.ts';
import { defineStatement, defineVariants } from '../../sql/statement.ts';
import { createOutcomeReads, type OutcomeReads, type PackedEntries } from '../outcome-store.ts';
import type { OutcomeBlock } from '../rows/outcome-blocks.ts';

/** Up to this number, offsets are looked up one by one if many more blocks are between them. */
const fewOffsets = 64;
/** Up to this number of blocks, one search of the whole range costs less than one for each offset. */
const fewBlocks = 256;

const ofConsumer = 'SELECT id, first_offset, last_offset, counts FROM outcome_blocks WHERE consumer = $1 AND';
/**
 * Selects blocks that overlap a range: blocks that end in it; of the consecutive blocks the next one, which may begin in it; and overlapping
 * blocks that enclose its end.
 */
const defineOverlapping = defineVariants<OutcomeBlock>(
  (condition) => `SELECT id, first_offset AS first, last_offset AS last FROM (
      ${ofConsumer} last_offset >= $2 AND last_offset <= $3
      UNION ALL SELECT * FROM (${ofConsumer} last_offset > $3 AND overlaps = 0 ORDER BY last_offset LIMIT 1)
      UNION ALL ${ofConsumer} last_offset > $3 AND overlaps = 1
    ) WHERE first_offset <= $3 ${condition}`,
);
/** Counts the blocks that end in a range, up to one more than `fewBlocks`. */
const countEnding = defineStatement<{ readonly blocks: number }>(
  `SELECT count(*) AS blocks FROM (SELECT 1 FROM outcome_blocks WHERE consumer = $1 AND last_offset >= $2 AND last_offset <= $3
     LIMIT ${fewBlocks + 1})`,
);
const selectEntries = defineStatement<PackedEntries>('SELECT id, entries FROM outcome_blocks WHERE id = $1');

export function createSqliteOutcomes(sql: Sql): OutcomeReads {
  return createOutcomeReads(sql, {
    async selectBlocks(consumer, sorted, condition) {
      const overlapping = defineOverlapping(condition);
      const [from, through] = [sorted[0], sorted.at(-1)];
      const [ending] = sorted.length <= fewOffsets ? await sql.read(countEnding(consumer, from, through)) : [];
      if ((ending?.blocks ?? 0) <= fewBlocks) return sql.read(overlapping(consumer, from, through));
      return (await Promise.all(sorted.map((offset) => sql.read(overlapping(consumer, offset, offset))))).flat();
    },
    async *readEntries(blocks) {
      for (const { id } of blocks) yield* await sql.read(selectEntries(id));
    },
  });
}
