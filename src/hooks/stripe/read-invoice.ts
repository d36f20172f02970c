import { renewalName } from '../../event/event-names.ts';
import type { HookReading } from '../hook-event.ts';
import { getAmount, getObject, getObjects, getText, type Json, omitUndefined, roundToThousandth } from '../json-fields.ts';
import { amountUnreadable, readMoney, toMoney } from './read-money.ts';
import { readVisitor } from './read-visitor.ts';
import { readId, readSeconds, type StripeEvent } from './stripe-event.ts';
import { createTrialStart } from './trial-start.ts';

/** `subscription` is the reason that old versions gave for any of them. */
const renewalReasons: ReadonlySet<string | undefined> = new Set([
  ...['subscription_cycle', 'subscription_update', 'subscription_threshold', 'subscription'],
]);
const otherReasons: ReadonlySet<string | undefined> = new Set([
  ...['manual', 'quote_accept', 'automatic_pending_invoice_item_invoice'],
]);

/**
 * Reads a paid invoice. Its reason tells the first sale of a subscription from a renewal.
 * @source https://docs.stripe.com/api/invoices/object, npm stripe 23.1.0 (2026-12-03): `billing_reason`, `amount_paid`
 */
export function readInvoice({ createdAt, object: invoice, settings }: StripeEvent): HookReading {
  const id = readId(invoice, 'id');
  if (id === undefined) return { ignored: 'The invoice has no id.' };
  const reason = getText(invoice, 'billing_reason');
  const money = readMoney(invoice, 'amount_paid');
  if (!money) return { ignored: amountUnreadable };
  const [subscription, payment] = [findSubscription(invoice), findPayment(invoice)];
  const { user, rest } = readPayer(invoice);
  const time = readSeconds(getObject(invoice, 'status_transitions'), 'paid_at') ?? createdAt;
  const references = {
    ...(payment !== undefined && { order: [payment] }),
    ...(subscription !== undefined && { subscription }),
  };
  const commerce = { ...money, orderId: id, pageType: 'purchase', ...readItems(invoice) };
  const purchase = { id: `purchase-${id}`, name: 'Purchase', time, user, ...rest };
  if (reason === 'subscription_create') {
    if (money.value === 0) return createTrialStart({ subscription, time, user, rest });
    return { reports: [{ submission: { ...purchase, commerce: { ...commerce, subscription: 'first' } }, payment: references }] };
  }
  if (money.value === 0) return { ignored: 'Nothing was paid for the invoice.' };
  if (renewalReasons.has(reason)) {
    const submission = {
      ...purchase,
      id: `renewal-${id}`,
      name: renewalName,
      commerce: { ...commerce, subscription: 'renewal' },
    };
    const notSent = settings.renewals === 'send' ? {} : ({ notSent: 'record-only' } as const);
    return { reports: [{ submission, payment: references, ...notSent }] };
  }
  if (!otherReasons.has(reason)) return { ignored: 'The invoice has a reason that Convey does not know.' };
  if (settings.invoices !== 'all')
    return { ignored: 'The invoice is of no subscription. Set `stripe.invoices` to `all` if such invoices are purchases.' };
  return { reports: [{ submission: { ...purchase, commerce }, payment: references }] };
}

/** Returns the id of the subscription, whose place changed with version 2025-03-31. */
function findSubscription(invoice: Json): string | undefined {
  return readId(getDetails(invoice), 'subscription') ?? readId(invoice, 'subscription');
}

function getDetails(invoice: Json): Json {
  return getObject(getObject(invoice, 'parent'), 'subscription_details');
}

/** Returns the id of the payment. Since version 2025-03-31, it is only in the list of payments, which the endpoint may leave out. */
function findPayment(invoice: Json): string | undefined {
  const [listed] = getObjects(getObject(invoice, 'payments'), 'data').flatMap((one) => readPaymentId(one) ?? []);
  return listed ?? readId(invoice, 'payment_intent') ?? readId(invoice, 'charge');
}

/** Returns the id of the payment that an invoice's payment names. */
export function readPaymentId(invoicePayment: Json): string | undefined {
  const payment = getObject(invoicePayment, 'payment');
  return readId(payment, 'payment_intent') ?? readId(payment, 'charge');
}

function readPayer(invoice: Json): { readonly user: Json; readonly rest: Json } {
  const ofSubscription = [getDetails(invoice), getObject(invoice, 'subscription_details')];
  const metadata = [invoice, ...ofSubscription].map((one) => getObject(one, 'metadata'));
  const { anonymousId, rest } = readVisitor(metadata);
  const user = omitUndefined({
    email: getText(invoice, 'customer_email'),
    phone: getText(invoice, 'customer_phone'),
    country: getText(getObject(invoice, 'customer_address'), 'country'),
    externalId: readId(invoice, 'customer'),
    anonymousId,
  });
  return { user, rest };
}

/** Returns the items with a quantity. The amount of a line is that of all its pieces. */
function readItems(invoice: Json): Json {
  const items = getObjects(getObject(invoice, 'lines'), 'data').flatMap((line) => {
    const quantity = getAmount(line, 'quantity');
    const money = toMoney(getAmount(line, 'amount') ?? Number.NaN, { currency: line.currency ?? invoice.currency });
    if (quantity === undefined || quantity <= 0 || !money || money.value < 0) return [];
    const product =
      readId(getObject(getObject(line, 'pricing'), 'price_details'), 'product') ?? readId(getObject(line, 'price'), 'product');
    return [
      omitUndefined({
        id: product,
        name: getText(line, 'description'),
        quantity,
        price: roundToThousandth(money.value / quantity),
      }),
    ];
  });
  return items.length > 0 ? { items } : {};
}
