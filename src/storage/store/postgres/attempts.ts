import type { OpenAttempt, SettledAttempt } from '../../ports/attempts.ts';
import type { Store } from '../../ports/store.ts';
import type { Database } from '../../postgres/database.ts';
import { withoutNul } from '../../postgres/postgres-sql.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { type AttemptRow, toAttempt, toOpenAttempt } from '../rows/attempts.ts';
import { attemptChecksum, hashBody } from '../rows/checksums.ts';
import { findEnds, pack, packChanges } from '../rows/packed.ts';
import { readRow, text } from './sql.ts';

/**
 * `position` orders the attempts of a site, whose commits run one after another. `is_overlapping` is false if the attempt begins after all earlier
 * ones of its consumer. Packed columns are stored as they are, because PostgreSQL cannot compress them further.
 */
export const attemptTables = `
  CREATE TABLE attempts (id ${text} PRIMARY KEY, position bigint GENERATED ALWAYS AS IDENTITY,
    site ${text} NOT NULL GENERATED ALWAYS AS (split_part(consumer, '/', 1)) STORED, consumer ${text} NOT NULL,
    started_at bigint NOT NULL, first_offset ${text} NOT NULL, last_offset ${text} NOT NULL, offsets bytea NOT NULL, cursor_after ${text},
    body bytea NOT NULL, body_sha256 ${text} NOT NULL, sent bigint NOT NULL, settled_at bigint, result ${text}, status bigint,
    response ${text}, issues ${text}, checksum bigint, is_overlapping boolean NOT NULL, rules bytea);
  ALTER TABLE attempts ALTER offsets SET STORAGE EXTERNAL, ALTER body SET STORAGE EXTERNAL, ALTER rules SET STORAGE EXTERNAL;
  CREATE INDEX attempts_by_offsets ON attempts (consumer, is_overlapping, last_offset, first_offset);
  CREATE INDEX attempts_by_position ON attempts (site, position);
  CREATE INDEX attempts_open ON attempts (consumer) WHERE settled_at IS NULL;
`;

const open = defineStatement(
  `INSERT INTO attempts (id, consumer, started_at, first_offset, last_offset, offsets, cursor_after, body, body_sha256, checksum, rules,
     sent, is_overlapping)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $4 <= coalesce(greatest(
     (SELECT max(last_offset) FROM attempts WHERE consumer = $2 AND NOT is_overlapping),
     (SELECT max(last_offset) FROM attempts WHERE consumer = $2 AND is_overlapping)), ''))
   ON CONFLICT (id) DO UPDATE SET sent = attempts.sent + 1`,
);
const settle = defineStatement(
  'UPDATE attempts SET settled_at = $2, result = $3, status = $4, response = $5, issues = $6 WHERE id = $1',
);

/** Returns the statements that settle an attempt and open the next one. After `unknown` an attempt stays open, because it is sent again. */
export function attemptStatements(
  consumer: string,
  { settle: settled, open: opened }: { readonly settle?: SettledAttempt; readonly open?: OpenAttempt },
): readonly Statement[] {
  const statements: Statement[] = [];
  if (settled) {
    const { id, at, result, status, answer, issues } = settled;
    statements.push(
      settle(id, result === 'unknown' ? undefined : at, result, status, answer && withoutNul(answer), JSON.stringify(issues)),
    );
  }
  if (opened) {
    const { id, startedAt, offsets, cursorAfter, body } = opened;
    const [first, last] = findEnds(offsets);
    const checksum = attemptChecksum(offsets, cursorAfter ?? null, body);
    statements.push(
      open(
        id,
        consumer,
        startedAt,
        first,
        last,
        pack(JSON.stringify(offsets)),
        cursorAfter,
        pack(body),
        hashBody(body),
        checksum,
        packChanges(opened),
      ),
    );
  }
  return statements;
}

const selectOpen = defineStatement<AttemptRow>('SELECT * FROM attempts WHERE consumer = $1 AND settled_at IS NULL');
/**
 * Selects the attempts whose offsets enclose one. Those that do not overlap earlier ones are in log order, so the first that ends at or after
 * the offset is the only one.
 */
const ofEvent = defineStatement<AttemptRow>(
  `SELECT * FROM attempts WHERE id IN (
     SELECT id FROM (SELECT id, first_offset FROM attempts
       WHERE consumer = $1 AND NOT is_overlapping AND last_offset >= $2 ORDER BY last_offset LIMIT 1) one WHERE first_offset <= $2
     UNION ALL SELECT id FROM attempts WHERE consumer = $1 AND is_overlapping AND last_offset >= $2 AND first_offset <= $2)
   ORDER BY started_at, id`,
);
/** The compressed bytes of a page of bodies. */
const pageBytes = 1024 * 1024;
/** Reads a page that ends with the attempt whose body exceeds the page's size. */
const ofSite = defineStatement<AttemptRow & { readonly position: number }>(
  `SELECT * FROM (
     SELECT *, sum(length(body)) OVER (ORDER BY position) AS bytes, row_number() OVER (ORDER BY position) AS place
     FROM (SELECT * FROM attempts WHERE site = $1 AND position > $2::bigint ORDER BY position LIMIT $3) page
   ) sized WHERE place = 1 OR bytes <= ${pageBytes} ORDER BY position`,
);

type AttemptReads = Pick<Store, 'getOpenAttempt' | 'listAttempts' | 'listSiteAttempts'>;

export function createAttemptReads(database: Database): AttemptReads {
  return {
    async getOpenAttempt(consumer) {
      const row = await readRow(database, selectOpen(consumer));
      return row && toOpenAttempt(row);
    },
    async listAttempts(consumer, offset) {
      const rows = await database.read(ofEvent(consumer, offset));
      return rows.map(toAttempt).filter(({ offsets }) => offsets.includes(offset));
    },
    async listSiteAttempts(site, after, limit) {
      const rows = await database.read(ofSite(site, after, limit));
      return { attempts: rows.map(toAttempt), through: rows.at(-1)?.position ?? after };
    },
  };
}
