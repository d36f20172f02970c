import Stripe from 'stripe';

/** Bodies of Stripe, in the types of its SDK, and signed by it. Members that Convey does not read are left out. */

type Part<T> = T extends readonly (infer Item)[]
  ? readonly Part<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]?: Part<T[Name]> }
    : T;

const stripe = new Stripe('sk_test_not_used');
export const visitor = '0123456789abcdef0123456789abcdef';
export const secondsOf = (at: number) => Math.floor(at / 1_000);

/** Returns the header with which Stripe signs a body. */
export function signAsStripe(body: string, secret: string, at: number): string {
  return stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: secondsOf(at) });
}

let events = 0;

/** Returns an event in live mode. */
export function createStripeEvent(
  type: Stripe.Event['type'] | 'checkout.session.unknown',
  object: unknown,
  at: number,
  rest: object = {},
) {
  events += 1;
  return {
    id: `evt_${events}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: secondsOf(at),
    livemode: true,
    type,
    data: { object },
    ...rest,
  };
}

export const paidSession = {
  id: 'cs_live_1',
  object: 'checkout.session',
  mode: 'payment',
  payment_status: 'paid',
  amount_total: 4_990,
  currency: 'eur',
  customer: 'cus_1',
  customer_details: { email: 'Jane@shop.example', phone: '+491711234567', address: { country: 'DE' } },
  invoice: null,
  metadata: { convey_visitor: visitor, msclkid: 'fedcba9876543210fedcba9876543210', order: '1001' },
  payment_intent: 'pi_1',
  subscription: null,
} satisfies Part<Stripe.Checkout.Session>;

/** The session that begins a subscription. Its payment is known by its invoice alone. */
export const subscriptionSession = {
  ...paidSession,
  id: 'cs_live_2',
  mode: 'subscription',
  invoice: 'in_1',
  payment_intent: null,
  subscription: 'sub_1',
} satisfies Part<Stripe.Checkout.Session>;

export const firstInvoice = {
  id: 'in_1',
  object: 'invoice',
  billing_reason: 'subscription_create',
  amount_paid: 4_990,
  currency: 'eur',
  customer: 'cus_1',
  customer_email: 'jane@shop.example',
  customer_phone: '+491711234567',
  customer_address: { country: 'DE' },
  lines: {
    data: [
      { description: 'Tea box', quantity: 2, amount: 4_990, currency: 'eur', pricing: { price_details: { product: 'prod_1' } } },
    ],
  },
  metadata: {},
  parent: { subscription_details: { subscription: 'sub_1', metadata: {} } },
} satisfies Part<Stripe.Invoice>;

export const invoicePayment = {
  id: 'inpay_1',
  object: 'invoice_payment',
  invoice: 'in_1',
  payment: { type: 'payment_intent', payment_intent: 'pi_1' },
  status: 'paid',
} satisfies Part<Stripe.InvoicePayment>;

export const partialRefund = {
  id: 're_1',
  object: 'refund',
  amount: 990,
  currency: 'eur',
  charge: 'ch_1',
  payment_intent: 'pi_1',
  status: 'succeeded',
  destination_details: { type: 'card' },
} satisfies Part<Stripe.Refund>;

export const trialSubscription = {
  id: 'sub_1',
  object: 'subscription',
  customer: 'cus_1',
  status: 'trialing',
  metadata: { convey_visitor: visitor },
} satisfies Part<Stripe.Subscription>;
