import type { NeverSentReason } from '../../event/skip-reasons.ts';
import {
  getAmount,
  getObject,
  getObjects,
  getText,
  type Json,
  omitUndefined,
  parseVisitorAttribute,
  roundToThousandth,
  visitorAttributeName,
} from '../../hooks/json-fields.ts';
import { findBodyKind, hasBodyKind } from './shopify-topics.ts';
import { bodyMismatch, createRecordOnlyEvent, type WebhookDelivery, type WebhookEvent, type WebhookResult } from './webhook.ts';

/**
 * Parses a webhook of Shopify. Amounts are in the currency that the shopper saw (presentment), like those of the pixel.
 * @source https://shopify.dev/docs/api/webhooks (2026-11): topics; https://shopify.dev/docs/api/admin-rest/latest/resources/order: fields
 */
export function parseShopifyWebhook({ topic, triggeredAt, body, purchaseOn }: Omit<WebhookDelivery, 'maxAgeMs'>): WebhookResult {
  const kind = findBodyKind(topic);
  if (kind !== undefined && !hasBodyKind(kind, body)) return bodyMismatch;
  switch (topic) {
    case 'orders/create':
    case 'orders/paid': {
      const countedTopic = purchaseOn === 'paid' ? 'orders/paid' : 'orders/create';
      if (topic !== countedTopic)
        return { ignored: `The site counts a purchase at \`${countedTopic}\`, so this webhook was ignored.` };
      const paidAt = topic === 'orders/paid' ? triggeredAt : undefined;
      return toResult(parsePurchase(body, paidAt));
    }
    case 'orders/cancelled':
      if (getText(body, 'cancelled_at') === undefined) return { ignored: 'The order is not cancelled.' };
      return toResult(parseCancellation(body));
    case 'refunds/create':
      return parseRefund(body);
    case 'customers/create':
      return parseSignUp(body);
    case 'customers/data_request':
      return { person: parsePerson(body, 'orders_requested'), action: 'export' };
    case 'customers/redact':
      return { person: parsePerson(body, 'orders_to_redact'), action: 'erase' };
    case 'app/uninstalled':
      return { app: { kind: 'uninstalled' } };
    case 'shop/redact':
      return { app: { kind: 'shop-redact' } };
    case 'app/scopes_update':
      return { app: { kind: 'scopes', scopes: parseScopes(body.current) } };
    default:
      return { ignored: 'Convey does not read webhooks of this topic. Delete the webhook in Shopify.' };
  }
}

/**
 * Channels without a shopper of the storefront, and renewals of subscriptions. Orders of other channels come from apps, such as a social
 * shop, and count.
 */
const offlineSource = /^(pos|shopify_draft_order|subscription_contract.*)$/;

function toResult(report: WebhookEvent | undefined): WebhookResult {
  return report ? { reports: [report] } : { ignored: 'The order has no id.' };
}

function parsePurchase(order: Json, paidAt: string | undefined): WebhookEvent | undefined {
  const orderId = getText(order, 'id');
  if (orderId === undefined) return undefined;
  const checkoutId = getText(order, 'checkout_token');
  const customer = getObject(order, 'customer');
  const addresses = [getObject(order, 'billing_address'), getObject(order, 'shipping_address')];
  const device = getObject(order, 'client_details');
  const { anonymousId, isDenied } = parseVisitorAttribute(getNote(order, visitorAttributeName));
  const notSent = getNeverSentReason(order);
  const landing = getLandingUrl(order);
  return {
    submission: {
      // The pixel builds the same id from the checkout, because it does not always know the order.
      id: `purchase-${checkoutId ?? orderId}`,
      name: 'Purchase',
      time: paidAt ?? getText(order, 'created_at'),
      user: omitUndefined({
        email: getText(order, 'email') ?? getText(order, 'contact_email') ?? getText(customer, 'email'),
        phone: getText(order, 'phone') ?? getText(customer, 'phone') ?? findFirst(addresses, 'phone'),
        externalId: getText(customer, 'id'),
        anonymousId,
        ip: getText(order, 'browser_ip') ?? getText(device, 'browser_ip'),
        userAgent: getText(device, 'user_agent'),
        country: findFirst(addresses, 'country_code'),
        ...readName([customer, ...addresses]),
        address: readAddress(addresses),
      }),
      ...(isDenied && { consent: { adStorage: 'denied', source: 'shopify', explicit: true } }),
      commerce: omitUndefined({
        ...readMoney(order, 'total_price', order),
        orderId,
        checkoutId,
        pageType: 'purchase',
        items: readItems(order),
        ...readOrderFacts(order, customer),
      }),
    },
    ...(notSent !== undefined && { notSent }),
    ...(landing !== undefined && { landing }),
  };
}

/**
 * Returns the fields by which rules select orders. Tags are one text with commas. The customer's number of orders includes this one.
 * @source https://shopify.dev/docs/api/admin-rest/latest/resources/order (2026-11): `tags`, `source_name`, `discount_codes`;
 * https://shopify.dev/changelog/new-customer-s-webhook-and-changes-to-existing-customer-s-webhooks-payload (2026-11): from version 2025-01,
 * customers in webhooks have no `tags`, and a webhook of its own for their purchases. The custom pixel reports `customerType` instead.
 */
function readOrderFacts(order: Json, customer: Json): Json {
  const orderTags = splitTags(getText(order, 'tags'));
  const tags = [...new Set([...orderTags, ...splitTags(getText(customer, 'tags'))])];
  const orderCount = getAmount(customer, 'orders_count');
  const channel = getText(order, 'source_name');
  return omitUndefined({
    shipping: readMoney(order, 'total_shipping_price', order).value,
    tax: readMoney(order, 'total_tax', order).value,
    discount: readMoney(order, 'total_discounts', order).value,
    coupon: findFirst(getObjects(order, 'discount_codes'), 'code'),
    tags: tags.length > 0 ? tags : undefined,
    channel,
    orderCount: orderCount !== undefined && orderCount > 0 ? orderCount : undefined,
    customerType: orderCount === undefined || orderCount < 1 ? undefined : orderCount === 1 ? 'new' : 'returning',
    subscription: getSubscriptionOrder(orderTags, { channel, hasCheckout: getText(order, 'checkout_token') !== undefined }),
  });
}

function splitTags(text = ''): readonly string[] {
  return text
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}

/**
 * Shopify documents no field for it. Recharge tags orders; the second and third delivery of a prepaid plan are tagged as the first order too,
 * and have no checkout. The channel of Shopify's own renewals is `subscription_contract…`, as shops report it.
 * @source https://support.getrecharge.com/hc/en-us/articles/13482639209367 (2026-11): `Subscription First Order`, `Subscription Recurring
 * Order`, `Prepaid`. Other apps let the shop choose the tags.
 */
function getSubscriptionOrder(
  tags: readonly string[],
  { channel = '', hasCheckout }: { readonly channel: string | undefined; readonly hasCheckout: boolean },
): 'first' | 'renewal' | undefined {
  const has = (form: RegExp) => tags.some((tag) => form.test(tag));
  if (channel.startsWith('subscription_contract') || has(/subscription.*(recurring|renewal)/i)) return 'renewal';
  if (!has(/subscription.*first/i)) return undefined;
  return has(/^prepaid$/i) && !hasCheckout ? 'renewal' : 'first';
}

/** Returns the name of the first record that has a last name. Parts of two names would name no person. */
function readName(records: readonly Json[]): Json {
  const named = records.find((one) => getText(one, 'last_name') !== undefined) ?? {};
  return omitUndefined({ firstName: getText(named, 'first_name'), lastName: getText(named, 'last_name') });
}

/** Returns the first address that has a place. */
function readAddress(addresses: readonly Json[]): Json | undefined {
  const address = addresses.find((one) => (getText(one, 'city') ?? getText(one, 'zip')) !== undefined);
  return (
    address &&
    omitUndefined({
      street: getText(address, 'address1'),
      city: getText(address, 'city'),
      state: getText(address, 'province_code') ?? getText(address, 'province'),
      zip: getText(address, 'zip'),
      country: getText(address, 'country_code'),
    })
  );
}

function getNeverSentReason(order: Json): NeverSentReason | undefined {
  if (order.test === true) return 'test-order';
  return offlineSource.test(getText(order, 'source_name') ?? '') ? 'offline-order' : undefined;
}

function readItems(order: Json): readonly Json[] {
  return getObjects(order, 'line_items').map((line) => {
    const quantity = getAmount(line, 'quantity');
    const { value: price } = readMoney(line, 'price', order);
    const discount = getObjects(line, 'discount_allocations').reduce(
      (sum, one) => sum + (readMoney(one, 'amount', order).value ?? 0),
      0,
    );
    const paid = price !== undefined && quantity ? roundToThousandth(Math.max(0, price - discount / quantity)) : price;
    return omitUndefined({
      discount: discount > 0 ? roundToThousandth(discount) : undefined,
      ...readProduct(line),
      price: paid,
      quantity,
    });
  });
}

function readProduct(line: Json): Json {
  return {
    id: getText(line, 'variant_id') ?? getText(line, 'product_id'),
    productId: getText(line, 'product_id'),
    variantId: getText(line, 'variant_id'),
    sku: getText(line, 'sku'),
    name: getText(line, 'title') ?? getText(line, 'name'),
    variant: getText(line, 'variant_title'),
    brand: getText(line, 'vendor'),
  };
}

/** Returns an amount such as `total_price` in the shopper's currency, which `total_price_set` states. */
function readMoney(parent: Json, name: string, order: Json): { readonly value?: number; readonly currency?: string } {
  const shown = getObject(getObject(parent, `${name}_set`), 'presentment_money');
  const value = getAmount(shown, 'amount');
  const currency = getText(shown, 'currency_code');
  if (value !== undefined && currency !== undefined) return { value, currency };
  const [amount, inCurrency] = [getAmount(parent, name), getText(order, 'currency')];
  return { ...(amount !== undefined && { value: amount }), ...(inCurrency !== undefined && { currency: inCurrency }) };
}

function parseCancellation(order: Json): WebhookEvent | undefined {
  const orderId = getText(order, 'id');
  if (orderId === undefined) return undefined;
  return createRecordOnlyEvent('OrderCancelled', `cancelled-${orderId}`, getText(order, 'cancelled_at'), {
    ...readMoney(order, 'total_price', order),
    orderId,
    checkoutId: getText(order, 'checkout_token'),
  });
}

/**
 * Parses a refund, with the amount and the items of this refund alone. Only transactions that succeeded paid money back. Their currency may be
 * the shop's, and not the shopper's.
 * @source https://shopify.dev/docs/api/admin-rest/latest/resources/refund (2026-11): `transactions`, `refund_line_items`;
 * https://shopify.dev/docs/api/admin-rest/latest/resources/transaction (2026-11): `status` is `pending`, `failure`, `success` or `error`
 */
function parseRefund(refund: Json): WebhookResult {
  const [refundId, orderId] = [getText(refund, 'id'), getText(refund, 'order_id')];
  if (refundId === undefined || orderId === undefined) return { ignored: 'The refund has no id, or names no order.' };
  const paidBack = getObjects(refund, 'transactions').filter(({ kind, status }) => kind === 'refund' && status === 'success');
  const amounts = paidBack.flatMap((one) => getAmount(one, 'amount') ?? []);
  const [currency, ...others] = new Set(paidBack.flatMap((one) => getText(one, 'currency') ?? []));
  if (amounts.length === 0) return { ignored: 'No money was paid back, so the order stays as it is.' };
  if (others.length > 0) return { ignored: 'The refund is in several currencies, so the order stays as it is.' };
  const value = roundToThousandth(amounts.reduce((sum, one) => sum + one, 0));
  const returned = getObjects(refund, 'refund_line_items').map((one) =>
    omitUndefined({ ...readProduct(getObject(one, 'line_item')), quantity: getAmount(one, 'quantity') }),
  );
  const commerce = { value, currency, orderId, items: returned.length > 0 ? returned : undefined };
  return { reports: [createRecordOnlyEvent('Refund', `refund-${refundId}`, getText(refund, 'created_at'), commerce)] };
}

/** Parses a new customer. Shopify also creates one for each guest, whose state is `disabled` until the guest creates an account. */
function parseSignUp(customer: Json): WebhookResult {
  const id = getText(customer, 'id');
  const state = getText(customer, 'state');
  if (id === undefined) return { ignored: 'The customer has no id.' };
  if (state !== undefined && state !== 'enabled') return { ignored: 'The customer has no account, so this is no sign-up.' };
  const address = getObject(customer, 'default_address');
  const user = omitUndefined({
    email: getText(customer, 'email'),
    phone: getText(customer, 'phone') ?? getText(address, 'phone'),
    externalId: id,
    country: getText(address, 'country_code'),
    ...readName([customer, address]),
    address: readAddress([address]),
  });
  const submission = { id: `signup-${id}`, name: 'SignUp', time: getText(customer, 'created_at'), user };
  // An import and the shop's staff create customers too.
  return { reports: [{ submission, requiresConsent: true }] };
}

/** @source https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance (2026-11) */
function parsePerson(body: Json, ordersName: string) {
  const customer = getObject(body, 'customer');
  const orders = Object.hasOwn(body, ordersName) ? body[ordersName] : undefined;
  const orderIds = Array.isArray(orders) ? orders.flatMap((id: unknown) => getText({ id }, 'id') ?? []) : [];
  const [email, phone, externalId] = ['email', 'phone', 'id'].map((name) => getText(customer, name));
  return {
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...(externalId !== undefined && { externalId }),
    orderIds,
  };
}

/** @source https://shopify.dev/docs/api/webhooks (2026-10): `app/scopes_update` */
function parseScopes(current: unknown): readonly string[] {
  const scopes: readonly unknown[] = Array.isArray(current) ? current : [];
  return scopes.flatMap((scope) => (typeof scope === 'string' && /^[a-z_]{1,64}$/.test(scope) ? [scope] : [])).slice(0, 100);
}

function getNote(order: Json, name: string): string | undefined {
  const note = getObjects(order, 'note_attributes').find((one) => getText(one, 'name') === name);
  return note && getText(note, 'value');
}

/** Returns the landing page as a URL. Only its query matters, so any host may complete the path. */
function getLandingUrl(order: Json): string | undefined {
  const site = getText(order, 'landing_site');
  return site === undefined ? undefined : URL.parse(site, 'https://shop.invalid')?.href;
}

function findFirst(all: readonly Json[], name: string): string | undefined {
  const [first] = all.flatMap((one) => getText(one, name) ?? []);
  return first;
}
