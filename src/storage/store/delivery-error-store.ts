import type { DeliveryErrorStore, DeliveryErrors } from '../ports/delivery-errors.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';

/** No bucket is before `$2`, so the cast rounds down. */
const read = defineStatement<DeliveryErrors>(
  `SELECT CAST((bucket - $2) / $4 AS integer) AS interval, code, name, CAST(sum(events) AS bigint) AS events,
     min(bucket) AS "firstAt", max(bucket) AS "lastAt"
   FROM delivery_errors WHERE consumer = $1 AND bucket >= $2 AND bucket < $3 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
);

export function createDeliveryErrorStore(sql: Sql): DeliveryErrorStore {
  return {
    getDeliveryErrors: (consumer, since, until, intervalMs) => sql.read(read(consumer, since, until, intervalMs)),
  };
}
