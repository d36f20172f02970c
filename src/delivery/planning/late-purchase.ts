import { getDeliveryDeadline } from '../../destinations/kit/delivery-deadline.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { EnrichedEvent } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import { describeSkip, isSkipReason } from '../../event/skip-reasons.ts';
import { dayMs, hourMs, type UnixMs } from '../../event/units.ts';
import { pickContactForms } from '../../identity/form-kinds.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import { formatLostContent } from '../../storage/ports/late-orders.ts';
import type { OrderLedger } from '../../storage/ports/order-ledger.ts';
import { formatUploadKey, type NewUpload } from '../../storage/ports/uploads.ts';
import type { BatchMember } from './batch-member.ts';

import { getOrderId } from './order-facts.ts';

/** An event that was loaded. Absent: no report of it is left. */
interface Loaded {
  readonly event?: EnrichedEvent;
}

/** The reports of late purchases' orders that a connection delivered, by order. */
export type DeliveredReports = ReadonlyMap<string, Offset>;

/** Reports are compared with those of the last eight days, so a report at this age may repeat one that is no longer known. */
const lateAfterMs = 7 * dayMs - hourMs;

/** Returns whether the platform would not have taken the event when it was received. Its connection did not cause that. */
export function wasReceivedLate({ time, receivedAt }: EnrichedEvent, { limits }: Pick<BoundDestination, 'limits'>): boolean {
  return receivedAt > getDeliveryDeadline(time, limits.maxAgeMs);
}

/** Finds the orders of late purchases that the connection delivered. */
export async function findDeliveredReports(
  loaded: readonly Loaded[],
  { consumer, site, store }: { readonly consumer: ConsumerId; readonly site: string; readonly store: OrderLedger },
): Promise<DeliveredReports> {
  const orderIds = loaded.flatMap((one) => {
    const { event } = one;
    return event?.name === 'Purchase' && event.receivedAt - event.time > lateAfterMs ? (getOrderId(one) ?? []) : [];
  });
  if (orderIds.length === 0) return new Map();
  const delivered = await store.listDeliveredOrders(site, [...new Set(orderIds)]);
  return new Map(delivered.filter((one) => one.consumer === consumer).map(({ orderId, offset }) => [orderId, offset]));
}

/** Returns whether a late report repeats an order that the connection delivered under another report. */
export function isRepeatedOrder(
  loaded: Loaded & { readonly record: Pick<LogRecord, 'offset'> },
  delivered: DeliveredReports | undefined,
): boolean {
  const { event, record } = loaded;
  if (!delivered || event?.name !== 'Purchase' || event.receivedAt - event.time <= lateAfterMs) return false;
  const offset = delivered.get(getOrderId(loaded) ?? '');
  return offset !== undefined && offset !== record.offset;
}

/**
 * Returns the destination for which a purchase that is too old for the platform is decided for an upload: consent, holds, rules and refunds
 * apply as for an event. Undefined if it cannot be uploaded.
 */
export function toLateDestination(
  { name, time }: EnrichedEvent,
  destination: BoundDestination,
  now: UnixMs,
): BoundDestination | undefined {
  const { late, restatement: _restatement, adjustments: _adjustments, ...others } = destination;
  if (!late || name !== 'Purchase' || now > getDeliveryDeadline(time, late.maxAgeMs)) return undefined;
  return { ...others, limits: { ...others.limits, maxAgeMs: late.maxAgeMs }, map: late.map };
}

/** Returns the upload of a late purchase that would be sent if it were in time. */
export function toUpload(
  { offset, text, order }: Pick<BatchMember, 'offset' | 'text' | 'order'>,
  { id, time, commerce, identity: { forms, externalId, anonymousId } }: EnrichedEvent,
  now: UnixMs,
): NewUpload {
  const orderId = commerce.orderId ?? id;
  const { total, told, currency } = order?.purchase ?? {};
  const beforeRefunds = {
    ...(total !== undefined && { total }),
    ...(told !== undefined && { told }),
    ...(currency !== undefined && { currency }),
  };
  return {
    ...{
      kind: 'offline-conversion',
      key: formatUploadKey(orderId, id, ''),
      orderId,
      offset,
      at: time,
      // Refunds are deducted when the purchase is uploaded, because some may be reported until then.
      content: order ? JSON.stringify({ ...JSON.parse(text), order: beforeRefunds }) : text,
      dueAt: now,
    },
    person: {
      forms: { ...pickContactForms(forms) },
      ...(externalId !== undefined && { externalId }),
      ...(anonymousId !== undefined && { anonymousId }),
    },
  };
}

/** Returns the row of a purchase that retention removes before it can be decided. It counts what was lost, and has no person. */
export function toLostUpload(offset: Offset, { id, time, commerce }: EnrichedEvent, now: UnixMs): NewUpload {
  const { orderId = id } = commerce;
  return {
    ...{ kind: 'offline-conversion', key: formatUploadKey(orderId, id, ''), orderId, offset, at: time, dueAt: now },
    content: formatLostContent({ ...commerce, time }),
  };
}

/** Returns why a late purchase that would be skipped if it were in time is not uploaded. */
export function explainNoUpload(outcome: string, { skipTexts }: Pick<BoundDestination, 'skipTexts'>): Issue {
  const why = isSkipReason(outcome) ? ` ${describeSkip(outcome, skipTexts).why}` : '';
  return { field: 'event', code: 'not-uploaded', message: `The purchase is not uploaded to the account either.${why}` };
}

export const uploadedInstead: Issue = {
  field: 'event',
  code: 'uploaded-instead',
  message: 'The purchase is uploaded to the connected account instead, as an offline conversion.',
};
