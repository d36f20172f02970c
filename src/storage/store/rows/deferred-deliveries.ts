import type { DeferredDelivery } from '../../ports/deferred-deliveries.ts';

/** SQLite stores flags as 0 and 1. */
type Flag = boolean | number;

export interface DeferredDeliveryRow {
  readonly offset: string;
  readonly reason: DeferredDelivery['reason'];
  readonly due_at: number;
  readonly tries: number;
  readonly part: string | null;
  readonly is_resend: Flag;
  readonly is_trusted: Flag;
  readonly shop_only: Flag;
}

export function toDeferredDelivery(row: DeferredDeliveryRow): DeferredDelivery {
  const { offset, reason, due_at: dueAt, tries, part } = row;
  return {
    offset,
    reason,
    dueAt,
    tries,
    ...(part !== null && { part }),
    ...(Boolean(row.is_resend) && { isResend: true }),
    ...(Boolean(row.is_trusted) && { isTrusted: true }),
    ...(Boolean(row.shop_only) && { shopOnly: true }),
  };
}
