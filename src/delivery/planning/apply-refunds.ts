import { reducedByRefundCode } from '../../event/adjusted-outcomes.ts';
import type { EnrichedEvent, Event, Item } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import { adjustOrder } from '../../event/order-adjustment.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import { toToldOrder } from './delivered-order.ts';
import type { OrderFacts } from './order-facts.ts';

/** A purchase as it is sent. */
export interface SentPurchase<E extends Event = EnrichedEvent> {
  readonly event: E;
  /** Its value in thousandths, if refunds reduced it. */
  readonly left?: number;
  /** Its value before refunds, if the connection delivered it before. */
  readonly told?: number;
  readonly issues: readonly Issue[];
}

/**
 * Returns what is left of a purchase that was refunded before it was delivered, and `undefined` if nothing is left. A purchase that the
 * connection delivered and sends again keeps the value that the platform has. One that the platform's tag sent has the value of the tag's report:
 * the platform counts one of the two.
 * @param event after rules, or one that a rule added to it
 * @param reported the same event before rules
 */
export function applyRefunds<E extends Event>(
  offset: Offset,
  event: E,
  reported: Event,
  facts: OrderFacts | undefined,
  destination: string,
): SentPurchase<E> | undefined {
  const unchanged = { event, issues: [] };
  const returned = facts?.reports.flatMap(({ items }) => items) ?? [];
  if (!facts || facts.refunds.length === 0 || reported.name !== 'Purchase') return unchanged;
  if (facts.delivered?.offset === offset) {
    const { left, told, currency } = facts.delivered.purchase;
    if (left === undefined) return unchanged;
    // The platform took the purchase back.
    if (left === 0) return undefined;
    return {
      event: withoutItems(withValue(event, left, currency), returned),
      left,
      ...(told !== undefined && { told }),
      issues: [],
    };
  }
  const adjusted = adjustOrder(toToldOrder(reported, event), facts.refunds);
  if (adjusted.state !== 'unchanged' && reported.page.browserTags?.[destination] === 'ran') return { event, issues: [sentByTag] };
  switch (adjusted.state) {
    case 'unchanged':
      return unchanged;
    case 'retracted':
      return undefined;
    case 'unknown':
      return { event, issues: [{ field: 'commerce.value', code: 'refund-not-applied', message: unknownTexts[adjusted.reason] }] };
    case 'restated': {
      const { thousandths: left, currency } = adjusted;
      return { event: withoutItems(withValue(event, left, currency), returned), left, issues: [reducedByRefund] };
    }
  }
}

function withValue<E extends Event>(event: E, thousandths: number, currency = event.commerce.currency): E {
  return { ...event, commerce: { ...event.commerce, value: thousandths / 1_000, ...(currency !== undefined && { currency }) } };
}

/** Leaves out the items that came back. An item without a quantity is one piece, and one without a name or id stays. */
function withoutItems<E extends Event>(event: E, returned: readonly Item[]): E {
  const { items, ...commerce } = event.commerce;
  if (!items || returned.length === 0) return event;
  const counts = new Map<string, number>();
  for (const item of returned) {
    const key = getItemKey(item);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + (item.quantity ?? 1));
  }
  const left = items.flatMap((item): readonly Item[] => {
    const key = getItemKey(item);
    const [quantity, back] = [item.quantity ?? 1, counts.get(key ?? '') ?? 0];
    if (key === undefined || back === 0) return [item];
    counts.set(key, Math.max(0, back - quantity));
    return back >= quantity ? [] : [{ ...item, quantity: quantity - back }];
  });
  return { ...event, commerce: { ...commerce, ...(left.length > 0 && { items: left }) } };
}

function getItemKey({ variantId, sku, id, productId, name }: Item): string | undefined {
  return id ?? sku ?? variantId ?? productId ?? name;
}

const reducedByRefund: Issue = {
  field: 'commerce.value',
  code: reducedByRefundCode,
  message: 'A part of the order was refunded before the event was sent, so its value is what is left. No action needed.',
};

const sentByTag: Issue = {
  field: 'commerce.value',
  code: 'refund-not-applied',
  message:
    "The order was refunded before the event was sent, and the platform's tag had already sent the whole value, so the event has it too. No action needed, unless the refund's own outcome asks for one.",
};

type UnknownReason = Extract<ReturnType<typeof adjustOrder>, { readonly state: 'unknown' }>['reason'];

const unknownTexts: Readonly<Record<UnknownReason, string>> = {
  'currency-differs':
    'The order was refunded in another currency before the event was sent, so the value is that of the whole order. Report refunds in the currency of the order.',
  'value-unknown':
    'A part of the order was refunded before the event was sent, and the value of the order is not known. Send `commerce.value` with each purchase.',
  'told-differs':
    'A part of the order was refunded before the event was sent, but a rule gave it another currency or the value 0, so the value is that of the rule. To deduct refunds, change the rule.',
};
