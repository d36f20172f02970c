import type { StripeSettings } from '../../event/stripe-settings.ts';
import type { HookReading } from '../hook-event.ts';
import { getObject, getText, type Json, omitUndefined } from '../json-fields.ts';
import { amountUnreadable, readMoney } from './read-money.ts';
import { isVisitorReference, readVisitor } from './read-visitor.ts';
import { readId, type StripeEvent } from './stripe-event.ts';
import { createTrialStart } from './trial-start.ts';

/**
 * Reads a Checkout session, also one of a Payment Link. The session has the visitor, and its invoice has the subscription's later sales.
 * @source https://docs.stripe.com/api/checkout/sessions/object, npm stripe 23.1.0 (2026-12-03): `mode`, `payment_status`
 */
export function readSession({ type, createdAt, object: session, settings }: StripeEvent): HookReading {
  const mode = getText(session, 'mode');
  if (mode !== 'payment' && mode !== 'subscription')
    return { ignored: 'The session sells nothing: it only stores a way to pay.' };
  const id = readId(session, 'id');
  if (id === undefined) return { ignored: 'The session has no id.' };
  const status = getText(session, 'payment_status');
  const isLater = type === 'checkout.session.async_payment_succeeded';
  if (!isLater && status !== 'paid' && status !== 'no_payment_required')
    return { ignored: 'The session is not paid yet. Its payment is reported by `checkout.session.async_payment_succeeded`.' };
  const [subscription, invoice, payment] = ['subscription', 'invoice', 'payment_intent'].map((name) => readId(session, name));
  const { user, rest } = readBuyer(session, settings);
  if (status === 'no_payment_required' && mode === 'subscription')
    return createTrialStart({ subscription, time: createdAt, user, rest });
  const money = readMoney(session, 'amount_total');
  if (!money) return { ignored: amountUnreadable };
  const ownId = readOrderId(session, settings);
  // An invoice that is a purchase reports the same sale, and does not name the session.
  const sale = mode === 'subscription' || settings.invoices === 'all' ? (invoice ?? ownId) : (ownId ?? invoice);
  const orderId = sale ?? payment ?? id;
  const submission = {
    id: `purchase-${sale ?? id}`,
    name: 'Purchase',
    time: createdAt,
    user,
    ...rest,
    commerce: omitUndefined({
      ...money,
      orderId,
      pageType: 'purchase',
      subscription: mode === 'subscription' ? 'first' : undefined,
    }),
  };
  const order = [payment, invoice].flatMap((one) => (one === undefined || one === orderId ? [] : [one]));
  return { reports: [{ submission, payment: { order, ...(subscription !== undefined && { subscription }) } }] };
}

/** Returns the buyer, visitor and click ids of a session. */
function readBuyer(session: Json, settings: StripeSettings): { readonly user: Json; readonly rest: Json } {
  const details = getObject(session, 'customer_details');
  const shipping = [
    getObject(getObject(session, 'collected_information'), 'shipping_details'),
    getObject(session, 'shipping_details'),
  ];
  const reference = getText(session, 'client_reference_id');
  const { anonymousId, rest } = readVisitor([getObject(session, 'metadata')], reference);
  const ownId = settings.externalIdFrom === 'client_reference_id' && !isVisitorReference(reference) ? reference : undefined;
  const addresses = [details, ...shipping].map((one) => getObject(one, 'address'));
  return {
    user: omitUndefined({
      email: getText(details, 'email') ?? getText(session, 'customer_email'),
      phone: getText(details, 'phone'),
      country: addresses.flatMap((one) => getText(one, 'country') ?? []).at(0),
      externalId: ownId ?? readId(session, 'customer'),
      anonymousId,
    }),
    rest,
  };
}

const metadataPrefix = 'metadata.';

/** Returns the shop's own id of the order, if the hook's settings name its place. */
function readOrderId(session: Json, { orderIdFrom }: StripeSettings): string | undefined {
  if (orderIdFrom === undefined) return undefined;
  if (orderIdFrom.startsWith(metadataPrefix))
    return getText(getObject(session, 'metadata'), orderIdFrom.slice(metadataPrefix.length));
  const reference = getText(session, 'client_reference_id');
  return isVisitorReference(reference) ? undefined : reference;
}
