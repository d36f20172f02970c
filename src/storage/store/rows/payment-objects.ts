import type { NewPaymentFact } from '../../ports/payment-objects.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { formatOwner } from './uploads.ts';

const put = defineStatement(
  `INSERT INTO payment_objects AS p (site, object, kind, value, at, owner) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (site, object) DO UPDATE SET kind = excluded.kind, value = excluded.value, at = excluded.at,
     owner = coalesce(excluded.owner, p.owner) WHERE p.kind = 'trial' AND excluded.kind = 'sale'`,
);

/** Returns the statements that keep facts. The first one about an object stays, but a trial becomes a sale. */
export function paymentFactStatements(site: string, facts: readonly NewPaymentFact[] = []): readonly Statement[] {
  return facts.map(({ object, kind, value, at, person }) =>
    put(site, object, kind, value, at, person ? formatOwner(person) : null),
  );
}
