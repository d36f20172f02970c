import type { Event } from '../../event/event.ts';
import { renewalName } from '../../event/event-names.ts';
import { isAdjustment } from '../../event/order-adjustment.ts';
import type { PaymentFact } from '../../storage/ports/payment-objects.ts';
import type { Store } from '../../storage/ports/store.ts';

/** The facts about objects of a payment system, by their ids. */
export type PaymentFacts = ReadonlyMap<string, PaymentFact>;

const noFacts: PaymentFacts = new Map();

/** Loads the facts that decide what events mean. Events of other ways in need none, and no read. */
export async function loadPaymentFacts(
  events: readonly Event[],
  store: Pick<Store, 'listPaymentFacts'>,
  site: string,
): Promise<PaymentFacts> {
  const objects = new Set(events.filter(isOfPaymentSystem).flatMap(listObjects));
  if (objects.size === 0) return noFacts;
  const found = await store.listPaymentFacts(site, [...objects]);
  // A payment may be that of an invoice, and the invoice that of the shop's own order.
  const named = found.flatMap(({ kind, value }) => (kind === 'order' && !objects.has(value) ? [value] : []));
  const further = named.length === 0 ? [] : await store.listPaymentFacts(site, [...new Set(named)]);
  return new Map([...found, ...further].map((fact) => [fact.object, fact]));
}

function listObjects({ commerce: { orderId }, payment }: Event): readonly string[] {
  return [orderId, payment?.subscription].filter((id) => id !== undefined);
}

/** Returns whether a payment system reported the event. A server cannot state its references. */
export function isOfPaymentSystem({ via, notSent }: Event): boolean {
  return (via?.startsWith('stripe') ?? false) && notSent !== 'test-order';
}

/**
 * Returns the event as the facts show it. A refund of a payment is one of the order that it paid. A renewal that was the first sale after a
 * trial is kept for the record, because the sale has an event of its own.
 */
export function applyPaymentFacts(event: Event, facts: PaymentFacts): Event {
  if (facts.size === 0 || !isOfPaymentSystem(event)) return event;
  const { name, commerce, payment } = event;
  if (isAdjustment(event)) {
    const paid = findOrder(commerce.orderId, facts);
    return paid === undefined ? event : { ...event, commerce: { ...commerce, orderId: findOrder(paid, facts) ?? paid } };
  }
  if (name !== renewalName) return event;
  const first = facts.get(payment?.subscription ?? '');
  return first?.kind === 'sale' && first.value === getSaleId(event) ? { ...event, notSent: 'record-only' } : event;
}

/** Returns the order that an object pays. */
function findOrder(object: string | undefined, facts: PaymentFacts): string | undefined {
  const fact = facts.get(object ?? '');
  return fact?.kind === 'order' ? fact.value : undefined;
}

/** Returns the id that the purchase of an invoice has. */
export function getSaleId({ commerce }: Event): string {
  return `purchase-${commerce.orderId}`;
}
