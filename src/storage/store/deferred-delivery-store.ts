import type { Offset } from '../log/event-log.ts';
import type { DeferredDeliveryStore } from '../ports/deferred-deliveries.ts';
import type { Sql } from '../sql/change.ts';
import { defineStatement, type Statement } from '../sql/statement.ts';
import { type DeferredDeliveryRow, toDeferredDelivery } from './rows/deferred-deliveries.ts';

interface DueRow {
  readonly due: number | null;
}

const columns =
  'SELECT "offset", reason, due_at, tries, part, is_resend, is_trusted, shop_only FROM deferred_deliveries WHERE consumer = $1';
const due = defineStatement<DeferredDeliveryRow>(`${columns} AND due_at <= $2 ORDER BY due_at, "offset" LIMIT $3`);
const ofPart = defineStatement<DeferredDeliveryRow>(`${columns} AND part = $2 ORDER BY "offset" LIMIT $3`);
const single = defineStatement<DeferredDeliveryRow>(
  `${columns} AND due_at <= $2 AND part IS NULL ORDER BY due_at, "offset" LIMIT $3`,
);
const nextDue = defineStatement<DueRow>('SELECT min(due_at) AS due FROM deferred_deliveries WHERE consumer = $1');
const lastDue = defineStatement<DueRow>('SELECT max(due_at) AS due FROM deferred_deliveries WHERE consumer = $1');
const upTo = defineStatement<{ readonly offset: Offset }>(
  'SELECT "offset" FROM deferred_deliveries WHERE consumer = $1 AND "offset" <= $2 ORDER BY "offset" LIMIT $3',
);

export function createDeferredDeliveryStore(sql: Sql): DeferredDeliveryStore {
  const { encodeTexts, isAmong, isTrue } = sql.dialect;
  const trusted = defineStatement<DeferredDeliveryRow>(
    `${columns} AND ${isTrue('is_trusted')} AND due_at <= $2 ORDER BY due_at, "offset" LIMIT $3`,
  );
  const among = defineStatement<DeferredDeliveryRow>(`${columns} AND ${isAmong('"offset"', '$2')} ORDER BY "offset"`);
  const read = async (statement: Statement<DeferredDeliveryRow>) => (await sql.read(statement)).map(toDeferredDelivery);
  const readDue = async (statement: Statement<DueRow>) => (await sql.read(statement))[0]?.due ?? undefined;
  return {
    async findDueDeliveries(consumer, now, limit, which) {
      const [preferred, earliest] = await Promise.all([
        read(trusted(consumer, now, limit)),
        which === 'trusted' ? [] : read(due(consumer, now, limit)),
      ]);
      const [first = earliest[0]] = preferred;
      if (first?.part !== undefined && which !== 'trusted') return read(ofPart(consumer, first.part, limit));
      if (first?.isTrusted) return preferred.filter(({ part }) => part === first.part);
      // Deliveries of parts are rare, so that the earliest are nearly always without one.
      return earliest.some(({ part }) => part !== undefined) ? read(single(consumer, now, limit)) : earliest;
    },
    getNextDueTime: (consumer) => readDue(nextDue(consumer)),
    getLastDueTime: (consumer) => readDue(lastDue(consumer)),
    getDeferredDeliveries: (consumer, offsets) => read(among(consumer, encodeTexts(offsets))),
    listDeferredUpTo: async (consumer, through, limit) =>
      (await sql.read(upTo(consumer, through, limit))).map(({ offset }) => offset),
  };
}
