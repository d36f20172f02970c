import { type ConsumerId, parseConsumerId } from '../../ports/consumer-id.ts';
import type { DeliveryCommit } from '../../ports/consumers.ts';
import { type DeferredDelivery, maxDeferralMs } from '../../ports/deferred-deliveries.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { trustedBits } from '../rows/event-index.ts';
import { keepLast, text } from './sql.ts';

export const deferredDeliveryTables = `
  CREATE TABLE deferred_deliveries (consumer ${text} NOT NULL, "offset" ${text} NOT NULL, reason ${text} NOT NULL, due_at bigint NOT NULL,
    tries bigint NOT NULL, part ${text}, is_resend boolean NOT NULL, is_trusted boolean NOT NULL, shop_only boolean NOT NULL,
    PRIMARY KEY (consumer, "offset"));
  CREATE INDEX deferred_deliveries_by_due ON deferred_deliveries (consumer, due_at);
  CREATE INDEX deferred_deliveries_trusted ON deferred_deliveries (consumer, due_at) WHERE is_trusted;
`;

/** The stored flags, as bits of a parameter. */
const flags = { isResend: 1, isTrusted: 2, shopOnly: 4 } as const;

/**
 * Stores deferred deliveries. A hold is due at once if the event has more duplicates than its consumer knew: one may have arrived after the
 * consumer decided to hold, when the identity consumer found no hold to end. A browser's makes the event due, and not trusted.
 */
const put = defineStatement(
  `WITH given AS (
     SELECT g.*, coalesce(g.known < (SELECT count(*) FROM duplicate_reports r WHERE r.site = $2 AND r.primary_offset = g."offset"), false) AS is_over
     FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::bigint[], $9::bigint[])
       AS g("offset", reason, due_at, tries, part, flags, known)
   )
   INSERT INTO deferred_deliveries (consumer, "offset", reason, due_at, tries, part, is_resend, is_trusted, shop_only)
   SELECT $1, "offset", reason, CASE WHEN is_over THEN 0 ELSE due_at END, tries, part, flags & ${flags.isResend} > 0,
     flags & ${flags.isTrusted} > 0 OR is_over AND EXISTS (SELECT 1 FROM event_index e
      WHERE e.site = $2 AND e."offset" = given."offset" AND e.reporters & ${trustedBits} <> 0), flags & ${flags.shopOnly} > 0 FROM given
   ON CONFLICT (consumer, "offset") DO UPDATE SET reason = excluded.reason, due_at = excluded.due_at, tries = excluded.tries,
     part = excluded.part, is_resend = excluded.is_resend, is_trusted = excluded.is_trusted, shop_only = excluded.shop_only`,
);
const remove = defineStatement('DELETE FROM deferred_deliveries WHERE consumer = $1 AND "offset" = ANY ($2::text[])');
const shortenWaits = defineStatement(
  `UPDATE deferred_deliveries d SET due_at = $2::bigint FROM unnest($3::text[], $4::bigint[]) AS longest(reason, ms)
   WHERE d.consumer = $1 AND d.reason = longest.reason AND d.due_at > $2::bigint + longest.ms`,
);

/** Returns the statements that remove and store deferred deliveries. */
export function deferralStatements(
  consumer: ConsumerId,
  { removeDeferred = [], putDeferred = [] }: Pick<DeliveryCommit, 'removeDeferred' | 'putDeferred'>,
): readonly Statement[] {
  const statements: Statement[] = [];
  if (removeDeferred.length > 0) statements.push(remove(consumer, encodeTexts(removeDeferred)));
  if (putDeferred.length > 0) {
    const rows = keepLast(putDeferred, ({ offset }) => offset);
    statements.push(
      put(
        consumer,
        parseConsumerId(consumer).site,
        encodeTexts(rows.map(({ offset }) => offset)),
        encodeTexts(rows.map(({ reason }) => reason)),
        encodeBigints(rows.map(({ dueAt }) => dueAt)),
        encodeBigints(rows.map(({ tries }) => tries)),
        encodeTexts(rows.map(({ part = null }) => part)),
        encodeBigints(rows.map(toFlags)),
        encodeBigints(rows.map(({ knownDuplicates = null }) => knownDuplicates)),
      ),
    );
  }
  return statements;
}

function toFlags({ isResend, isTrusted, shopOnly }: DeferredDelivery): number {
  return (isResend ? flags.isResend : 0) | (isTrusted ? flags.isTrusted : 0) | (shopOnly ? flags.shopOnly : 0);
}

/** Makes deferred deliveries due that would wait longer than any wait from `now`. */
export function shortenDeferrals(consumer: ConsumerId, now: number): Statement {
  return shortenWaits(consumer, now, encodeTexts(Object.keys(maxDeferralMs)), encodeBigints(Object.values(maxDeferralMs)));
}
