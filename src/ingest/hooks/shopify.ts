import type { NotSent } from '../../event/skip.ts';
import { amountIn, type Json, objectIn, objectsIn, present, rounded, textIn, visitorKey, visitorLeft } from './fields.ts';
import { bodyMismatch, forTheRecord, type HookDelivery, type Hooked, type HookReport } from './hooked.ts';
import { findBodyKind, isBodyOf } from './shopify-topics.ts';

/**
 * What Shopify's webhooks tell. Amounts are those that the shopper saw (presentment), as the pixel tells them.
 * @source https://shopify.dev/docs/api/webhooks (2026-11): topics; https://shopify.dev/docs/api/admin-rest/latest/resources/order: fields
 */
export function readShopify({ topic, triggeredAt, body, purchaseOn }: HookDelivery): Hooked {
  const kind = findBodyKind(topic);
  if (kind !== undefined && !isBodyOf(kind, body)) return bodyMismatch;
  switch (topic) {
    case 'orders/create':
    case 'orders/paid': {
      const wanted = purchaseOn === 'paid' ? 'orders/paid' : 'orders/create';
      if (topic !== wanted) return { ignored: `The site counts a purchase at \`${wanted}\`.` };
      const paidAt = topic === 'orders/paid' ? triggeredAt : undefined;
      return reportsOf(purchase(body, paidAt));
    }
    case 'orders/cancelled':
      if (textIn(body, 'cancelled_at') === undefined) return { ignored: 'The order is not cancelled.' };
      return reportsOf(cancelled(body));
    case 'refunds/create':
      return reportsOf(refunded(body));
    case 'customers/create':
      return signUp(body);
    case 'customers/data_request':
      return { person: personOf(body, 'orders_requested'), asks: 'export' };
    case 'customers/redact':
      return { person: personOf(body, 'orders_to_redact'), asks: 'erase' };
    default:
      return { ignored: 'Convey reads no webhook of this topic. Take it off the list in Shopify.' };
  }
}

/** Channels without a shopper of the storefront; of a subscription, what renews it. What else sells is an app's, such as a social shop: its orders count. */
const offlineSource = /^(pos|shopify_draft_order|subscription_contract.*)$/;

function reportsOf(report: HookReport | undefined): Hooked {
  return report ? { reports: [report] } : { ignored: 'The order has no id.' };
}

function purchase(order: Json, paidAt: string | undefined): HookReport | undefined {
  const orderId = textIn(order, 'id');
  if (orderId === undefined) return undefined;
  const checkoutId = textIn(order, 'checkout_token');
  const customer = objectIn(order, 'customer');
  const addresses = [objectIn(order, 'billing_address'), objectIn(order, 'shipping_address')];
  const device = objectIn(order, 'client_details');
  const { anonymousId, isDenied } = visitorLeft(noteOf(order, visitorKey));
  const notSent = whyNotSent(order);
  const landing = landingOf(order);
  return {
    submission: {
      // The pixel makes the same of the checkout, because it does not always know the order.
      id: `purchase-${checkoutId ?? orderId}`,
      name: 'Purchase',
      time: paidAt ?? textIn(order, 'created_at'),
      user: present({
        email: textIn(order, 'email') ?? textIn(order, 'contact_email') ?? textIn(customer, 'email'),
        phone: textIn(order, 'phone') ?? textIn(customer, 'phone') ?? firstOf(addresses, 'phone'),
        externalId: textIn(customer, 'id'),
        anonymousId,
        ip: textIn(order, 'browser_ip') ?? textIn(device, 'browser_ip'),
        userAgent: textIn(device, 'user_agent'),
        country: firstOf(addresses, 'country_code'),
      }),
      ...(isDenied && { consent: { adStorage: 'denied', source: 'shopify', explicit: true } }),
      commerce: present({
        ...moneyIn(order, 'total_price', order),
        orderId,
        checkoutId,
        pageType: 'purchase',
        items: itemsOf(order),
      }),
    },
    ...(notSent !== undefined && { notSent }),
    ...(landing !== undefined && { landing }),
  };
}

function whyNotSent(order: Json): NotSent | undefined {
  if (order.test === true) return 'test-order';
  return offlineSource.test(textIn(order, 'source_name') ?? '') ? 'offline-order' : undefined;
}

function itemsOf(order: Json): readonly Json[] {
  return objectsIn(order, 'line_items').map((line) => {
    const quantity = amountIn(line, 'quantity');
    const { value: price } = moneyIn(line, 'price', order);
    const off = objectsIn(line, 'discount_allocations').reduce((sum, one) => sum + (moneyIn(one, 'amount', order).value ?? 0), 0);
    const paid = price !== undefined && quantity ? rounded(Math.max(0, price - off / quantity)) : price;
    return present({
      id: textIn(line, 'variant_id') ?? textIn(line, 'product_id'),
      productId: textIn(line, 'product_id'),
      variantId: textIn(line, 'variant_id'),
      sku: textIn(line, 'sku'),
      name: textIn(line, 'title') ?? textIn(line, 'name'),
      variant: textIn(line, 'variant_title'),
      brand: textIn(line, 'vendor'),
      price: paid,
      quantity,
    });
  });
}

/** `total_price` with its `total_price_set`: the latter tells it in the shopper's currency too. */
function moneyIn(of: Json, name: string, order: Json): { readonly value?: number; readonly currency?: string } {
  const seen = objectIn(objectIn(of, `${name}_set`), 'presentment_money');
  const value = amountIn(seen, 'amount');
  const currency = textIn(seen, 'currency_code');
  if (value !== undefined && currency !== undefined) return { value, currency };
  const [amount, inCurrency] = [amountIn(of, name), textIn(order, 'currency')];
  return { ...(amount !== undefined && { value: amount }), ...(inCurrency !== undefined && { currency: inCurrency }) };
}

function cancelled(order: Json): HookReport | undefined {
  const orderId = textIn(order, 'id');
  if (orderId === undefined) return undefined;
  return forTheRecord('OrderCancelled', `cancelled-${orderId}`, textIn(order, 'cancelled_at'), {
    ...moneyIn(order, 'total_price', order),
    orderId,
    checkoutId: textIn(order, 'checkout_token'),
  });
}

/** What went back to the shopper, as far as it has gone by now. */
function refunded(refund: Json): HookReport | undefined {
  const [refundId, orderId] = [textIn(refund, 'id'), textIn(refund, 'order_id')];
  if (refundId === undefined) return undefined;
  const paidBack = objectsIn(refund, 'transactions').filter(({ kind, status }) => kind === 'refund' && status !== 'failure');
  const amounts = paidBack.flatMap((one) => amountIn(one, 'amount') ?? []);
  const [currency] = paidBack.flatMap((one) => textIn(one, 'currency') ?? []);
  const value = amounts.length > 0 ? rounded(amounts.reduce((sum, one) => sum + one, 0)) : undefined;
  return forTheRecord('OrderRefunded', `refund-${refundId}`, textIn(refund, 'created_at'), { value, currency, orderId });
}

/** Shopify also makes a customer of everybody who buys as a guest: `disabled`, until they make an account. */
function signUp(customer: Json): Hooked {
  const id = textIn(customer, 'id');
  const state = textIn(customer, 'state');
  if (id === undefined) return { ignored: 'The customer has no id.' };
  if (state !== undefined && state !== 'enabled') return { ignored: 'The customer has no account, so nobody signed up.' };
  const address = objectIn(customer, 'default_address');
  const user = present({
    email: textIn(customer, 'email'),
    phone: textIn(customer, 'phone') ?? textIn(address, 'phone'),
    externalId: id,
    country: textIn(address, 'country_code'),
  });
  const submission = { id: `signup-${id}`, name: 'SignUp', time: textIn(customer, 'created_at'), user };
  // An import or the shop's staff makes customers too.
  return { reports: [{ submission, needsWord: true }] };
}

/** @source https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance (2026-11) */
function personOf(body: Json, ordersName: string) {
  const customer = objectIn(body, 'customer');
  const orders = Object.hasOwn(body, ordersName) ? body[ordersName] : undefined;
  const orderIds = Array.isArray(orders) ? orders.flatMap((id: unknown) => textIn({ id }, 'id') ?? []) : [];
  const [email, phone, externalId] = ['email', 'phone', 'id'].map((name) => textIn(customer, name));
  return {
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...(externalId !== undefined && { externalId }),
    orderIds,
  };
}

function noteOf(order: Json, name: string): string | undefined {
  const note = objectsIn(order, 'note_attributes').find((one) => textIn(one, 'name') === name);
  return note && textIn(note, 'value');
}

/** A path of the shop: only what is asked for in it tells anything, and whose page it was does not matter. */
function landingOf(order: Json): string | undefined {
  const site = textIn(order, 'landing_site');
  return site === undefined ? undefined : URL.parse(site, 'https://shop.invalid')?.href;
}

function firstOf(all: readonly Json[], name: string): string | undefined {
  const [first] = all.flatMap((one) => textIn(one, name) ?? []);
  return first;
}
