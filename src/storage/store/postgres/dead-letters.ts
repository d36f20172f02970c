import type { ConsumerId } from '../../ports/consumer-id.ts';
import type { DeliveryCommit } from '../../ports/consumers.ts';
import { encodeBigints, encodeBlobs, encodeTexts } from '../../postgres/binary-arrays.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { keepLast, text } from './sql.ts';

export const deadLetterTables = `
  CREATE TABLE dead_letters (consumer ${text} NOT NULL, "offset" ${text} NOT NULL, cause ${text} NOT NULL, issues ${text} NOT NULL,
    event_name ${text} NOT NULL, event_id ${text} NOT NULL, bytes bytea NOT NULL, at bigint NOT NULL, PRIMARY KEY (consumer, "offset"));
  CREATE INDEX dead_letters_by_at ON dead_letters (consumer, at, "offset");
  CREATE INDEX dead_purchases ON dead_letters (consumer) WHERE event_name = 'Purchase';
  CREATE TABLE expired_ranges (consumer ${text} NOT NULL, after ${text} NOT NULL, last_offset ${text} NOT NULL, events bigint NOT NULL,
    at bigint NOT NULL, PRIMARY KEY (consumer, after));
`;

const put = defineStatement(
  `INSERT INTO dead_letters (consumer, "offset", cause, issues, event_name, event_id, bytes, at)
   SELECT $1, g.* FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::bigint[]) AS g
   ON CONFLICT (consumer, "offset") DO UPDATE SET cause = excluded.cause, issues = excluded.issues, event_name = excluded.event_name,
     event_id = excluded.event_id, bytes = excluded.bytes, at = excluded.at`,
);
const remove = defineStatement('DELETE FROM dead_letters WHERE consumer = $1 AND "offset" = ANY ($2::text[])');
/** Extends the range that ends where this one begins: one row per range, however long it grows. */
const putRange = defineStatement(
  `WITH grown AS (
     UPDATE expired_ranges SET last_offset = $3, events = events + $4::bigint, at = $5 WHERE consumer = $1 AND last_offset = $2 RETURNING 1
   )
   INSERT INTO expired_ranges (consumer, after, last_offset, events, at)
   SELECT $1, $2, $3, $4::bigint, $5::bigint WHERE NOT EXISTS (SELECT 1 FROM grown)
   ON CONFLICT (consumer, after) DO UPDATE SET last_offset = excluded.last_offset, events = excluded.events, at = excluded.at`,
);
const removeRanges = defineStatement('DELETE FROM expired_ranges WHERE consumer = $1 AND last_offset = ANY ($2::text[])');

/** Returns the statements that remove and store dead letters. */
export function deadLetterStatements(
  consumer: ConsumerId,
  { removeDeadLetters = [], deadLetters = [] }: Pick<DeliveryCommit, 'removeDeadLetters' | 'deadLetters'>,
): readonly Statement[] {
  const statements: Statement[] = [];
  if (removeDeadLetters.length > 0) statements.push(remove(consumer, encodeTexts(removeDeadLetters)));
  if (deadLetters.length > 0) {
    const rows = keepLast(deadLetters, ({ offset }) => offset);
    statements.push(
      put(
        consumer,
        encodeTexts(rows.map(({ offset }) => offset)),
        encodeTexts(rows.map(({ cause }) => cause)),
        encodeTexts(rows.map(({ issues }) => JSON.stringify(issues))),
        encodeTexts(rows.map(({ eventName }) => eventName)),
        encodeTexts(rows.map(({ eventId }) => eventId)),
        encodeBlobs(rows.map(({ bytes }) => bytes)),
        encodeBigints(rows.map(({ at }) => at)),
      ),
    );
  }
  return statements;
}

/** Returns the statements that store and remove expired ranges. */
export function expiredRangeStatements(
  consumer: ConsumerId,
  { expired, removeExpired = [] }: Pick<DeliveryCommit, 'expired' | 'removeExpired'>,
): readonly Statement[] {
  const statements: Statement[] = [];
  if (expired) statements.push(putRange(consumer, expired.after, expired.lastOffset, expired.events, expired.at));
  if (removeExpired.length > 0) statements.push(removeRanges(consumer, encodeTexts(removeExpired)));
  return statements;
}
