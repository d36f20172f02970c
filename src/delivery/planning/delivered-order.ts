import { type EnrichedEvent, type Event, isTrusted } from '../../event/event.ts';
import type { ToldOrder } from '../../event/order-adjustment.ts';
import type { UnixMs } from '../../event/units.ts';
import { pickContactForms } from '../../identity/form-kinds.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import { toReportedOrder } from '../../storage/ports/money.ts';
import type { DeliveredOrder } from '../../storage/ports/order-ledger.ts';

/** The parts of a delivered purchase that only its request or the ledger knows. */
export interface SentValues {
  readonly left?: number | undefined;
  readonly told?: number | undefined;
  /** Called for an order alone, because it may parse the payload. */
  readonly target?: () => string | undefined;
  readonly sentAt?: UnixMs;
}

/**
 * Returns the value of an order, and the value that a platform is told before any refund.
 * @param reported all reports merged
 * @param sent the event after rules. Absent if it is not known any more which rules changed the event.
 */
export function toToldOrder(
  { commerce: { value, currency } }: Pick<Event, 'commerce'>,
  sent?: Pick<Event, 'commerce'>,
): ToldOrder {
  const { thousandths: total } = toReportedOrder(value, currency, false);
  const isComparable = sent !== undefined && sent.commerce.currency === currency;
  const told = isComparable ? toReportedOrder(sent.commerce.value, currency, false).thousandths : undefined;
  return {
    ...(total !== undefined && { total }),
    ...(told !== undefined && { told }),
    ...(currency !== undefined && { currency }),
  };
}

/**
 * Returns the order that the ledger keeps when the platform accepts the event; `undefined` if the event is no order.
 * @param event all reports merged
 * @param told the event after rules. Absent if it is not known any more which rules changed the event.
 * @param values the value that was sent, in thousandths, if refunds had reduced it, the value before that, if the platform was told another
 * one than now, what the platform counts or finds the purchase by, and when it was sent
 */
export function toDeliveredOrder(
  offset: Offset,
  destination: string,
  event: EnrichedEvent,
  told?: Event,
  { left, told: toldBefore, target: findTarget, sentAt }: SentValues = {},
): DeliveredOrder | undefined {
  const { name, id: eventId, time, identity, page, addedBy, consent } = event;
  const { orderId } = event.commerce;
  if (name !== 'Purchase' || orderId === undefined || addedBy !== undefined || consent.effective === 'denied') return undefined;
  const { adUserData, adPersonalization } = consent;
  const { externalId, anonymousId, clickIds } = identity;
  const target = findTarget?.();
  return {
    orderId,
    offset,
    isTrusted: event.reporters.some((reporter) => isTrusted({ reporter })),
    purchase: {
      eventId,
      eventName: told?.name ?? name,
      time: told?.time ?? time,
      ...toToldOrder(event, told),
      ...(toldBefore !== undefined && { told: toldBefore }),
      ...(left !== undefined && { left }),
      ...(target !== undefined && { target }),
      ...(sentAt !== undefined && { sentAt }),
      ...(page.browserTags?.[destination] === 'ran' && { tagRan: true as const }),
      uses: { ...(adUserData && { adUserData }), ...(adPersonalization && { adPersonalization }) },
      forms: { ...pickContactForms(identity.forms) },
      ...(externalId !== undefined && { externalId }),
      ...(anonymousId !== undefined && { anonymousId }),
      clickIds,
    },
  };
}
