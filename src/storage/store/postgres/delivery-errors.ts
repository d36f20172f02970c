import type { ConsumerId } from '../../ports/consumer-id.ts';
import { type DeliveryErrorCount, maxErrorPairs, maxErrorPairsAtOnce, otherError } from '../../ports/delivery-errors.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { text } from './sql.ts';

export const deliveryErrorTables = `
  CREATE TABLE delivery_errors (consumer ${text} NOT NULL, bucket bigint NOT NULL, code ${text} NOT NULL, name ${text} NOT NULL,
    events bigint NOT NULL, PRIMARY KEY (consumer, bucket, code, name));
`;

const ofBucket = 'SELECT 1 FROM delivery_errors d WHERE d.consumer = $1 AND d.bucket = g.bucket';
const add = defineStatement(
  `WITH given AS (SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[]) AS g(bucket, code, name, events)),
   kept AS (
     SELECT bucket, events, code, name, EXISTS (${ofBucket} AND d.code = g.code AND d.name = g.name)
       OR (SELECT count(*) FROM (${ofBucket}) pairs) < ${maxErrorPairs - maxErrorPairsAtOnce} AS is_kept FROM given g
   )
   INSERT INTO delivery_errors AS e (consumer, bucket, code, name, events)
   SELECT $1, bucket, CASE WHEN is_kept THEN code ELSE '${otherError}' END, CASE WHEN is_kept THEN name ELSE '${otherError}' END,
     sum(events)::bigint FROM kept GROUP BY 2, 3, 4
   ON CONFLICT (consumer, bucket, code, name) DO UPDATE SET events = e.events + excluded.events`,
);

/** Returns the statement that counts failed requests and refused events. */
export function deliveryErrorStatements(consumer: ConsumerId, counts: readonly DeliveryErrorCount[] = []): readonly Statement[] {
  if (counts.length === 0) return [];
  const buckets = encodeBigints(counts.map(({ bucket }) => bucket));
  const codes = encodeTexts(counts.map(({ code }) => code));
  const names = encodeTexts(counts.map(({ name }) => name));
  return [add(consumer, buckets, codes, names, encodeBigints(counts.map(({ events }) => events)))];
}
