import type { PaymentFact, PaymentObjectStore } from '../ports/payment-objects.ts';
import type { Sql } from '../sql/change.ts';
import type { Dialect } from '../sql/dialect.ts';
import { defineStatement } from '../sql/statement.ts';
import { toOwnerLines } from './rows/uploads.ts';

function defineReads({ isAmong, hasLine }: Dialect) {
  return {
    named: defineStatement<PaymentFact>(
      `SELECT object, kind, value FROM payment_objects WHERE site = $1 AND ${isAmong('object', '$2')} ORDER BY object`,
    ),
    owned: defineStatement<PaymentFact & { readonly at: number }>(
      `SELECT object, kind, value, at FROM payment_objects WHERE site = $1
         AND (${hasLine('owner', '$2')} OR (kind = 'order' AND ${isAmong('value', '$3')})) ORDER BY object`,
    ),
  };
}

export function createPaymentObjectStore(sql: Sql): PaymentObjectStore {
  const { named, owned } = defineReads(sql.dialect);
  const encode = (texts: readonly string[]) => sql.dialect.encodeTexts(texts);
  return {
    listPaymentFacts: async (site, objects) => (objects.length === 0 ? [] : sql.read(named(site, encode(objects)))),
    findOwnedPaymentFacts: (site, { hashes, visitors, orderIds }) =>
      sql.read(owned(site, encode(toOwnerLines(hashes, visitors)), encode(orderIds))),
  };
}
