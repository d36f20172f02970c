import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { isFields } from '../kit/fields.ts';
import { type Order, parseOrder, toCommerce } from './cart.ts';
import { type OrderWebhook, sendOrderWebhook } from './order-webhook.ts';
import { createOrderKey } from './purchase-id.ts';

export const maxOrderBytes = 8_192;
const longestText = 120;

/** An order of the checkout page. */
interface SubmittedOrder {
  readonly order: Order;
  readonly form: Readonly<Record<string, string | undefined>>;
}

/**
 * Takes an order of the checkout page, and reports it by webhook. The shop stores nothing. Only the shop's own page can send JSON, because
 * the shop allows no other origin.
 */
export async function receiveOrder(c: Context, webhook: OrderWebhook | undefined): Promise<Response> {
  if (c.req.header('content-type') !== 'application/json') return c.body(null, 415);
  const submitted = parseSubmission(await c.req.text());
  if (submitted === undefined) return c.body(null, 400);
  // A shop takes an order whether or not its webhook arrives.
  if (webhook !== undefined) sendOrderWebhook(webhook, toPlacedOrder(c, submitted)).catch(() => undefined);
  return c.body(null, 204);
}

function parseSubmission(text: string): SubmittedOrder | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isFields(body)) return undefined;
  const form = Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value.slice(0, longestText)]] : [])),
  );
  const order = parseOrder(typeof body.order === 'string' ? body.order : undefined);
  return order && { order, form };
}

function toPlacedOrder(c: Context, { order: { orderId, lines }, form }: SubmittedOrder) {
  const { value, items } = toCommerce(lines);
  const [firstName, ...names] = (form.name ?? '').trim().split(/\s+/);
  return {
    number: orderId,
    key: createOrderKey(orderId),
    at: Date.now(),
    value,
    items,
    billing: {
      email: form.email,
      phone: form.phone,
      first_name: firstName,
      last_name: names.join(' '),
      address_1: form.address,
      city: form.city,
      postcode: form.postcode,
      country: 'US',
    },
    agent: c.req.header('user-agent'),
    // The gateway's cookie reaches the shop, because both have the same host.
    visitor: form.consent === 'denied' ? 'denied' : ((form.consent === 'granted' ? getCookie(c, '_cv_id') : undefined) ?? ''),
  };
}
