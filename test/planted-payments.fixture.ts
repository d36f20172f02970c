import { createHash } from 'node:crypto';
import {
  createStripeEvent,
  firstInvoice,
  paidSession,
  partialRefund,
  signAsStripe,
  subscriptionSession,
  trialSubscription,
} from '../src/hooks/stripe/stripe.fixture.ts';
import { describeContact, describeName, type PlantedPerson, type PlantedRequest } from './planted-requests.fixture.ts';

/** Webhooks of payment services with personal data in every text that a shop, a service or the shopper writes. */

const stripeSecret = 'whsec_0123456789abcdef';
const rechargeSecret = 'recharge_0123456789abcdef';

/** The hooks of the site `paid`, which the webhooks reach. */
export const paymentHooks = [
  { id: 'payments', source: 'stripe', secrets: [stripeSecret], stripe: { orderIdFrom: 'metadata.order_id' } },
  { id: 'plans', source: 'recharge', secrets: [rechargeSecret] },
] as const;

/** Returns a purchase, a subscription with its invoice and trial, a refund, and an order of Recharge. */
export function buildPaymentRequests(person: PlantedPerson, now: number): readonly PlantedRequest[] {
  const text = describeContact(person);
  const { email, phone, firstName, lastName, street, ip, agent } = person;
  const free = { description: text, statement_descriptor: text, custom_text: { submit: { message: text } }, note: text };
  const metadata = {
    convey_visitor: email,
    order_id: text,
    msclkid: text,
    gclid: email,
    [email]: text,
    name: describeName(person),
  };
  const details = {
    email,
    phone: `+1 ${phone}`,
    name: `${firstName} ${lastName}`,
    address: { country: 'DE', line1: street, city: text },
  };
  const shared = {
    ...free,
    metadata,
    customer_details: details,
    client_reference_id: email,
    success_url: `https://shop.example/?e=${email}`,
  };
  const billed = {
    ...{ customer_email: email, customer_phone: `+1 ${phone}`, customer_name: describeName(person) },
    customer_address: details.address,
    lines: {
      data: [{ description: text, quantity: 1, amount: 4_990, currency: 'eur', pricing: { price_details: { product: text } } }],
    },
  };
  const stripe = (type: Parameters<typeof createStripeEvent>[0], object: object): PlantedRequest => {
    const body = JSON.stringify(createStripeEvent(type, object, now, { request: { idempotency_key: text } }));
    return { path: '/hooks/stripe/paid', headers: { 'stripe-signature': signAsStripe(body, stripeSecret, now) }, body };
  };
  return [
    stripe('checkout.session.completed', { ...paidSession, ...shared }),
    // An order id that is an e-mail address is refused.
    stripe('checkout.session.completed', { ...paidSession, ...shared, id: 'cs_live_3', metadata: { order_id: text } }),
    stripe('checkout.session.completed', { ...subscriptionSession, ...shared }),
    stripe('invoice.paid', { ...firstInvoice, ...free, ...billed, metadata }),
    stripe('customer.subscription.created', { ...trialSubscription, ...free, metadata, id: 'sub_2' }),
    stripe('refund.created', { ...partialRefund, ...free, metadata, reason: text }),
    buildRechargeRequest({
      order: {
        ...{ id: 7, type: 'checkout', external_order_id: { ecommerce: '1007' }, note: text, email },
        customer: { id: 3, email, external_customer_id: { ecommerce: email } },
        client_details: { browser_ip: ip, user_agent: `${agent} ${text}` },
        billing_address: {
          country_code: 'DE',
          first_name: firstName,
          last_name: lastName,
          address1: street,
          city: text,
          phone: `+1 ${phone}`,
        },
        order_attributes: [
          { name: '_convey_visitor', value: email },
          { name: email, value: text },
        ],
        ...{ currency: 'EUR', total_price: '49.90', processed_at: new Date(now).toISOString() },
        line_items: [{ external_product_id: { ecommerce: email }, sku: text, title: text, quantity: 1, unit_price: '49.90' }],
      },
    }),
  ];
}

function buildRechargeRequest(order: object): PlantedRequest {
  const body = JSON.stringify(order);
  const proof = createHash('sha256').update(rechargeSecret).update(body).digest('hex');
  const headers = { 'x-recharge-topic': 'order/created', 'x-recharge-hmac-sha256': proof };
  return { path: '/hooks/recharge/paid', headers, body };
}
