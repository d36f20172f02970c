import { defineStatement } from '../../sql/statement.ts';
import { text } from './sql.ts';

/** The same table as `sqlite/payment-objects.ts` describes. */
export const paymentObjectTables = `
  CREATE TABLE payment_objects (site ${text} NOT NULL, object ${text} NOT NULL, kind ${text} NOT NULL, value ${text} NOT NULL,
    at bigint NOT NULL, owner ${text}, PRIMARY KEY (site, object));
  CREATE INDEX payment_objects_by_at ON payment_objects (site, at);
`;

/** The statement that removes facts that are too old. */
export const oldPaymentObjectRemoval = defineStatement(
  `DELETE FROM payment_objects WHERE ctid = ANY (ARRAY(SELECT ctid FROM payment_objects
     WHERE site = $1 AND at < $2 AND (kind <> 'trial' OR at < $3) LIMIT $4))`,
);
