import type { ConsumerId } from '../../ports/consumer-id.ts';
import type { EventOutcomeEntry } from '../../ports/outcomes.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Sql } from '../../sql/change.ts';
import { defineStatement, defineVariants, type Statement } from '../../sql/statement.ts';
import { createOutcomeReads, type OutcomeReads, type PackedEntries } from '../outcome-store.ts';
import { type OutcomeBlock, packBlock } from '../rows/outcome-blocks.ts';
import { text } from './sql.ts';

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

const columns = 'id, first_offset AS first, last_offset AS last';
/**
 * Selects the blocks that may contain one of the offsets: of the blocks in log order the first that ends at or after each offset, and each
 * overlapping block in the range of all offsets.
 */
const defineEnclosing = defineVariants<OutcomeBlock>(
  (condition) => `SELECT ${columns} FROM unnest($2::text[]) AS g("offset") CROSS JOIN LATERAL (
       SELECT * FROM outcome_blocks WHERE consumer = $1 AND NOT is_overlapping AND last_offset >= g."offset" ORDER BY last_offset LIMIT 1
     ) one WHERE first_offset <= g."offset" ${condition}
     UNION SELECT ${columns} FROM outcome_blocks
     WHERE consumer = $1 AND is_overlapping AND last_offset >= $3 AND first_offset <= $4 ${condition}`,
);
const selectEntries = defineStatement<PackedEntries>(
  'SELECT id, entries FROM outcome_blocks WHERE id = ANY ($1::bigint[]) ORDER BY id DESC',
);

/** The blocks that are read at once, the newest first. */
const blocksAtOnce = 64;

export function createPostgresOutcomes(sql: Sql): OutcomeReads {
  return createOutcomeReads(sql, {
    selectBlocks: (consumer, sorted, condition) =>
      sql.read(defineEnclosing(condition)(consumer, encodeTexts(sorted), sorted[0], sorted.at(-1))),
    async *readEntries(blocks) {
      for (let from = 0; from < blocks.length; from += blocksAtOnce) {
        const ids = blocks.slice(from, from + blocksAtOnce).map(({ id }) => id);
        yield* await sql.read(selectEntries(encodeBigints(ids)));
      }
    },
  });
}
