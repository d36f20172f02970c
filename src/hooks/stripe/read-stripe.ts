import type { StripeSettings } from '../../event/stripe-settings.ts';
import type { Via } from '../../event/via.ts';
import type { HookReading } from '../hook-event.ts';
import { getText, type Json } from '../json-fields.ts';
import { readInvoice, readPaymentId } from './read-invoice.ts';
import { readRefund, readRefundedCharge } from './read-refund.ts';
import { readSession } from './read-session.ts';
import { readSubscription } from './read-subscription.ts';
import { readId, type StripeEvent, toStripeEvent } from './stripe-event.ts';

/** `via`: the way in of reports that may come beside a session's, so that the event log keeps both. */
interface EventReader {
  readonly read: (event: StripeEvent) => HookReading;
  readonly via?: Via;
}

/** @source https://docs.stripe.com/api/events/types (2026-12-03) */
const readers: Readonly<Record<string, EventReader>> = {
  'checkout.session.completed': { read: readSession },
  'checkout.session.async_payment_succeeded': { read: readSession },
  'checkout.session.async_payment_failed': { read: () => ({ ignored: 'The payment failed, so nothing was sold.' }) },
  'invoice.paid': { read: readInvoice, via: 'stripe-invoice' },
  'invoice.payment_succeeded': { read: () => ({ ignored: 'Paid invoices are taken from `invoice.paid`. Deselect this event.' }) },
  'invoice_payment.paid': { read: readInvoicePayment },
  'refund.created': { read: readRefund },
  'refund.updated': { read: readRefund },
  'refund.failed': { read: readRefund },
  'charge.refunded': { read: readRefundedCharge },
  'customer.subscription.created': { read: readSubscription, via: 'stripe-subscription' },
  'customer.subscription.deleted': { read: readSubscription },
};

/** Reads a verified event of Stripe. */
export function readStripe(body: Json, settings: StripeSettings = {}): HookReading {
  const object = getText(body, 'object');
  if (object?.startsWith('v2.'))
    return {
      ignored: 'The event is a thin one, without the object that it is about. Choose snapshot events for the endpoint in Stripe.',
    };
  if (object !== 'event') return { ignored: 'The body is no event of Stripe.' };
  const event = toStripeEvent(body, settings);
  const reader = Object.hasOwn(readers, event.type) ? readers[event.type] : undefined;
  if (!reader) return { ignored: 'Convey does not read events of this type. Deselect it in Stripe.' };
  const reading = reader.read(event);
  if ('ignored' in reading) return reading;
  const { via } = reader;
  const isTest = body.livemode !== true;
  return {
    reports: reading.reports.map((one) => ({
      ...one,
      ...(via && { via }),
      ...(isTest && { notSent: 'test-order' }),
    })),
  };
}

/** Reads which payment paid an invoice. By it, a later refund of the payment finds the order. */
function readInvoicePayment({ createdAt, object }: StripeEvent): HookReading {
  const [id, invoice, payment] = [readId(object, 'id'), readId(object, 'invoice'), readPaymentId(object)];
  if (id === undefined || invoice === undefined || payment === undefined) return { ignored: 'The invoice has no payment.' };
  const submission = { id: `payment-${id}`, name: 'InvoicePayment', time: createdAt, commerce: { orderId: invoice } };
  return { reports: [{ submission, notSent: 'record-only', payment: { order: [payment] } }] };
}
