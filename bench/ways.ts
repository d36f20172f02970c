import { createHmac } from 'node:crypto';
import { createStripeEvent, paidSession, signAsStripe } from '../src/hooks/stripe/stripe.fixture.ts';
import { buildShopifyHeaders, buildShopifyOrder } from '../src/ingest/webhooks/shopify.fixture.ts';
import { createPurchase, createTrack } from './events.ts';
import { benchHook, stripeHook } from './hooks.ts';
import { type EventValues, randomHex } from './population.ts';
import { siteId } from './workspace.ts';

/** The ways of a purchase into the gateway: `POST /v1/events`, the batches of a Segment SDK, and signed webhooks. */
export const wayNames = ['events', 'segment', 'shopify', 'stripe', 'custom'] as const;
export type WayName = (typeof wayNames)[number];

/** A way into the gateway, and the same purchase in its form. */
interface Way {
  readonly path: string;
  /** Returns the lines of the headers that prove the sender. `key` is the site's key or the webhook's secret. */
  readonly sign: (key: string, body: string) => string;
  /** The event with gaps for its values. */
  readonly event: object;
  /** Returns the body of events. */
  readonly wrap: (events: string) => string;
  /** Parts of a response that acknowledges the request. */
  readonly accepted: readonly string[];
  readonly toEventId: (id: string) => string;
}

/** The gaps of an event's text, by value. */
export const gaps: EventValues = {
  id: '@id@',
  visitor: '@visitor@',
  click: '@click@',
  load: '@load@',
  email: '@email@',
  phone: '@phone@',
  customer: '@customer@',
  order: '@order@',
};

const acceptedOne = ['HTTP/1.1 200 ', '"accepted":1,', '"warnings":[]'] as const;
const ways: Readonly<Record<WayName, (eventsPerRequest: number) => Way>> = {
  events: (events) => ({
    path: '/v1/events',
    sign: (key) => `authorization: Bearer ${key}\r\n`,
    event: createPurchase(gaps, Date.now()),
    wrap: (list) => `{"events":[${list}]}`,
    accepted: ['HTTP/1.1 202 ', `"accepted":${events},`],
    toEventId: (id) => id,
  }),
  segment: () => ({
    path: '/v1/batch',
    sign: (key) => `authorization: Basic ${Buffer.from(`${key}:`).toString('base64')}\r\n`,
    event: createTrack(gaps, Date.now()),
    wrap: (list) => `{"batch":[${list}]}`,
    accepted: ['HTTP/1.1 200 ', '"success":true'],
    toEventId: (id) => `purchase-${id}`,
  }),
  shopify: () => ({
    path: `/hooks/shopify/${siteId}`,
    sign: (secret, body) => toLines(buildShopifyHeaders(body, 'orders/create', secret, randomHex(32))),
    event: createShopifyOrder(),
    wrap: (order) => order,
    accepted: acceptedOne,
    toEventId: (id) => `purchase-${id}`,
  }),
  stripe: () => ({
    path: `/hooks/${stripeHook.source}/${siteId}/${stripeHook.id}`,
    sign: (secret, body) => toLines({ 'stripe-signature': signAsStripe(body, secret, Date.now()) }),
    event: createStripeSale(),
    wrap: (sale) => sale,
    accepted: acceptedOne,
    toEventId: (id) => `purchase-cs_live_${id}`,
  }),
  custom: () => ({
    path: `/hooks/${benchHook.source}/${siteId}/${benchHook.id}`,
    sign(secret, body) {
      const seconds = Math.floor(Date.now() / 1_000);
      const digest = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex');
      return toLines({ 'x-timestamp': String(seconds), 'x-signature': digest });
    },
    event: createHookOrder(),
    wrap: (order) => order,
    accepted: acceptedOne,
    toEventId: (id) => id,
  }),
};

/** Creates a way for requests of so many events. Those of webhooks have one. */
export function createWay(name: WayName, eventsPerRequest: number): Way {
  return ways[name](eventsPerRequest);
}

/** The content type is the same for each way. */
function toLines({ 'content-type': _, ...headers }: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}

function createShopifyOrder(): object {
  const { id, order, visitor, click, email, phone, customer } = gaps;
  const { customer: person, billing_address: address, ...rest } = buildShopifyOrder();
  return {
    ...rest,
    id: order,
    admin_graphql_api_id: `gid://shopify/Order/${order}`,
    checkout_token: id,
    created_at: new Date().toISOString(),
    email,
    contact_email: email,
    landing_site: `/clocks/wall?msclkid=${click}`,
    note_attributes: [{ name: '_convey_visitor', value: visitor }],
    customer: { ...person, id: customer, email },
    billing_address: { ...address, phone },
  };
}

function createStripeSale(): object {
  const { id, order, visitor, click, email, phone, customer } = gaps;
  const session = {
    ...paidSession,
    id: `cs_live_${id}`,
    customer,
    customer_details: { ...paidSession.customer_details, email, phone },
    metadata: { convey_visitor: visitor, msclkid: click },
    payment_intent: `pi_${order}`,
  };
  return createStripeEvent('checkout.session.completed', session, Date.now(), { id: `evt_${id}` });
}

function createHookOrder(): object {
  const { page, user, commerce }: { [member: string]: unknown } = createPurchase(gaps, Date.now());
  const { url, referrer } = Object(page);
  const { ip, userAgent: agent, country } = Object(user);
  const { id, order: number, visitor, click, email, phone, customer } = gaps;
  return {
    type: 'order.paid',
    id,
    created: Date.now(),
    order: {
      number,
      total: 14_535,
      currency: 'USD',
      marketing: true,
      customer: { id: customer, email, phone },
      client: { ip, agent, country },
      landing: url,
      referrer,
      attributes: [
        { name: 'visitor', value: visitor },
        { name: 'msclkid', value: click },
      ],
      lines: Object(commerce).items.map(
        (item: { readonly id: string; readonly name: string; readonly price: number; readonly quantity: number }) => ({
          ...item,
          ...{ sku: item.id, title: item.name, price: Math.round(item.price * 100), count: item.quantity },
        }),
      ),
    },
  };
}
