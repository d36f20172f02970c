import type { EnrichedEvent, Item } from '../../event/event.ts';
import { isPurchaseKey } from '../../event/event-key.ts';
import { isAdjustmentName } from '../../event/event-names.ts';
import { isAdjustment } from '../../event/order-adjustment.ts';
import { parseEvent } from '../../event/parse-event.ts';
import type { EventLog, LogRecord, Offset } from '../../storage/log/event-log.ts';
import { chunk } from '../../storage/paginate.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import type { DeliveredOrder, OrderRefund } from '../../storage/ports/order-ledger.ts';
import type { EventOutcome, StoredOutcome } from '../../storage/ports/outcomes.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { Upload } from '../../storage/ports/uploads.ts';
import { applyGpcDenial } from '../../visitors/visitor-profile.ts';

/** The refunds of an order, and how far the connection is with its purchase. */
export interface OrderFacts {
  readonly refunds: readonly OrderRefund[];
  /** The rows about the order that the connection sends, or sent, with the access to its account. */
  readonly uploads: readonly Upload[];
  /** The purchase that the connection delivered. */
  readonly delivered?: DeliveredOrder;
  /** Whether the visitor of the delivered purchase denied consent after it. */
  readonly isWithdrawn?: boolean;
  /** The purchases of the order that are in the event log. */
  readonly purchases: readonly OrderPurchase[];
  /** The reports of the refunds that are in the event log. */
  readonly reports: readonly RefundReport[];
}

export interface OrderPurchase {
  readonly offset: Offset;
  /** Absent: the connection has not settled the purchase. */
  readonly outcome?: EventOutcome | 'before-connection';
}

export interface RefundReport {
  readonly record: LogRecord;
  /** The items that came back, as far as the report states them. */
  readonly items: readonly Item[];
  /** Absent if the connection has not settled the report. */
  readonly stored?: StoredOutcome;
}

export interface OrderFactsDeps {
  readonly consumer: ConsumerId;
  readonly site: string;
  /** The offset up to which events were received before the connection existed. */
  readonly beginsAfter: Offset;
  readonly log: Pick<EventLog, 'get'>;
  readonly store: Pick<
    Store,
    'listRefunds' | 'listDeliveredOrders' | 'listOrderUploads' | 'findOrderEvents' | 'getOutcomes' | 'getProfiles'
  >;
}

/** The facts of orders, by their ids. An order without refunds has none. */
export type OrderFactsById = ReadonlyMap<string, OrderFacts>;

/** The store reads up to 64 offsets one by one, and more as one range, which may be long here. */
const outcomesAtOnce = 50;
const noFacts: OrderFactsById = new Map();

/** An event that was loaded. Absent: no report of it is left. */
interface Loaded {
  readonly event?: EnrichedEvent;
}

/** Returns the order that a purchase, refund or cancellation is about. An event that a rule added is about none. */
export function getOrderId({ event }: Loaded): string | undefined {
  if (!event || event.addedBy) return undefined;
  return event.name === 'Purchase' || isAdjustment(event) ? event.commerce.orderId : undefined;
}

/** Returns whether an event is a purchase. Reads the key, because an erased purchase is settled, too. */
export function isPurchase({ record }: { readonly record: LogRecord }): boolean {
  return isPurchaseKey(record.key);
}

/** Loads the facts of the orders that the events are about. Most orders have no refund, and cost one read together. */
export function loadOrderFacts(events: readonly Loaded[], deps: OrderFactsDeps): Promise<OrderFactsById> {
  return loadFactsOfOrders([...new Set(events.flatMap((one) => getOrderId(one) ?? []))], deps);
}

/** Loads the facts of orders. One without a refund has none. */
export async function loadFactsOfOrders(
  orderIds: readonly string[],
  { consumer, site, beginsAfter, log, store }: OrderFactsDeps,
): Promise<OrderFactsById> {
  if (orderIds.length === 0) return noFacts;
  const refunds = Map.groupBy(await store.listRefunds(site, orderIds), ({ orderId }) => orderId);
  if (refunds.size === 0) return noFacts;
  const refunded = [...refunds.keys()];
  const delivered = (await store.listDeliveredOrders(site, refunded)).filter((one) => one.consumer === consumer);
  const uploads = (await store.listOrderUploads(site, refunded)).filter((one) => one.consumer === consumer);
  const named = await store.findOrderEvents(site, refunded);
  const reports = named.filter(({ name }) => isAdjustmentName(name));
  const offsets = named.filter(({ name }) => name === 'Purchase' || isAdjustmentName(name)).map(({ offset }) => offset);
  const outcomes = new Map<Offset, StoredOutcome>();
  for (const some of chunk(offsets, outcomesAtOnce))
    for (const [offset, stored] of await store.getOutcomes(consumer, some)) outcomes.set(offset, stored);
  const records = new Map(
    (
      await log.get(
        site,
        reports.map(({ offset }) => offset),
      )
    ).map((record) => [record.offset, record] as const),
  );
  const visitors = delivered.flatMap(({ purchase }) => purchase.anonymousId ?? []);
  const profiles = visitors.length > 0 ? await store.getProfiles(site, visitors) : undefined;
  const findDenial = (visitor = '') => {
    const profile = profiles?.get(visitor);
    return (profile && applyGpcDenial(profile).deniedAt) ?? Number.NEGATIVE_INFINITY;
  };
  const findOutcome = (offset: Offset) => {
    const stored = outcomes.get(offset);
    return stored && !stored.isRetired ? stored : undefined;
  };
  return new Map(
    refunded.map((orderId): [string, OrderFacts] => {
      const own = delivered.find((one) => one.orderId === orderId);
      const ofOrder = named.filter((one) => one.orderId === orderId);
      return [
        orderId,
        {
          refunds: refunds.get(orderId) ?? [],
          uploads: uploads.filter((one) => one.orderId === orderId),
          ...(own && {
            delivered: { orderId, offset: own.offset, isTrusted: own.isTrusted, purchase: own.purchase },
            isWithdrawn: findDenial(own.purchase.anonymousId) >= own.purchase.time,
          }),
          purchases: ofOrder
            .filter(({ name }) => name === 'Purchase')
            .map(({ offset }) => {
              const outcome = findOutcome(offset)?.outcome ?? (offset <= beginsAfter ? 'before-connection' : undefined);
              return { offset, ...(outcome !== undefined && { outcome }) };
            }),
          reports: ofOrder.flatMap(({ offset, name }) => {
            const record = isAdjustmentName(name) ? records.get(offset) : undefined;
            return record ? toReport(record, findOutcome(offset)) : [];
          }),
        },
      ];
    }),
  );
}

function toReport(record: LogRecord, stored: StoredOutcome | undefined): readonly RefundReport[] {
  if (!('bytes' in record.body)) return [];
  const { commerce, addedBy } = parseEvent(record.body.bytes);
  if (addedBy) return [];
  const { items = [] } = commerce;
  return [{ record, items, ...(stored && { stored }) }];
}
