import type { NeverSentReason } from '../../event/skip-reasons.ts';
import { dayMs } from '../../event/units.ts';
import {
  getAmount,
  getObject,
  getObjects,
  getText,
  type Json,
  omitUndefined,
  parseVisitorAttribute,
  visitorAttributeName,
} from '../../hooks/json-fields.ts';
import { sha256 } from '../../identity/hashing.ts';
import { createRecordOnlyEvent, type WebhookDelivery, type WebhookEvent, type WebhookResult } from './webhook.ts';

/**
 * Parses a webhook of WooCommerce. Both topics send the whole order, and every change sends it again: repeated events are recognized by
 * their ids.
 * @source https://developer.woocommerce.com/docs/apis/rest-api/v3/orders/ (2026-11): fields and statuses;
 * https://github.com/woocommerce/woocommerce plugins/woocommerce/includes/class-wc-webhook.php (2026-11): topics
 */
export function parseWooCommerceWebhook({ topic, body, purchaseOn, maxAgeMs }: WebhookDelivery): WebhookResult {
  if (topic !== 'order.created' && topic !== 'order.updated')
    return { ignored: 'Convey reads only `order.created` and `order.updated`. Delete this webhook in WooCommerce.' };
  const orderId = getId(body, 'id');
  if (orderId === undefined) return { ignored: 'The order has no id.' };
  // Marketplace plugins split an order among its vendors, and keep the whole order too.
  if (getId(body, 'parent_id') !== undefined)
    return { ignored: 'The order is part of another order, which reports the purchase.' };
  const status = getText(body, 'status') ?? '';
  if (status === 'cancelled') return { reports: [createCancellation(body, orderId)] };
  const refunds = readRefunds(body, orderId);
  if (status === 'refunded') return { reports: refunds };
  const reason = explainNoPurchase(body, status, purchaseOn, maxAgeMs);
  if (reason === undefined) return { reports: [parsePurchase(body, orderId), ...refunds] };
  return refunds.length > 0 ? { reports: refunds } : { ignored: reason };
}

const paidStatuses: ReadonlySet<string> = new Set(['processing', 'completed']);
/** Nothing was bought yet: the shopper has not paid, or could not. */
const unfinishedStatuses: ReadonlySet<string> = new Set(['pending', 'failed', 'checkout-draft', 'draft', 'auto-draft', 'trash']);

/**
 * Returns the reason why an order is not a purchase. An order on hold waits for a transfer or a cheque. The shopper has seen the thank-you
 * page, which reports a purchase, so the order is one too, unless the site counts paid orders only. A plugin's own status counts if the
 * order has a payment date.
 */
function explainNoPurchase(
  order: Json,
  status: string,
  purchaseOn: WebhookDelivery['purchaseOn'],
  maxAgeMs: number,
): string | undefined {
  const [at, changed] = [getTime(order), Date.parse(getUtcTime(order, 'date_modified_gmt') ?? '')];
  const isPaid =
    paidStatuses.has(status) ||
    (!unfinishedStatuses.has(status) && status !== 'on-hold' && getUtcTime(order, 'date_paid_gmt') !== undefined);
  if (unfinishedStatuses.has(status)) return 'The order is not finished, so it is no purchase yet.';
  if (!isPaid && !(status === 'on-hold' && purchaseOn === 'create')) return 'The order is not paid yet.';
  // The purchase was reported when the order was placed, and no platform would accept it now.
  if (at !== undefined && changed - Date.parse(at) > maxAgeMs)
    return `The order changed more than ${Math.round(maxAgeMs / dayMs)} days after its purchase.`;
  return undefined;
}

function parsePurchase(order: Json, orderId: string): WebhookEvent {
  const billing = getObject(order, 'billing');
  const { anonymousId, isDenied } = parseVisitorAttribute(getMeta(order, visitorAttributeName));
  const notSent = getNeverSentReason(order);
  const landing = getMeta(order, '_wc_order_attribution_session_entry');
  return {
    submission: {
      id: createPurchaseId(order, orderId),
      name: 'Purchase',
      time: getTime(order),
      user: omitUndefined({
        email: getText(billing, 'email'),
        phone: getText(billing, 'phone'),
        externalId: getId(order, 'customer_id'),
        anonymousId,
        ip: getText(order, 'customer_ip_address'),
        userAgent: getText(order, 'customer_user_agent'),
        country: getText(billing, 'country'),
        firstName: getText(billing, 'first_name'),
        lastName: getText(billing, 'last_name'),
        address: omitUndefined({
          street: getText(billing, 'address_1'),
          city: getText(billing, 'city'),
          state: getText(billing, 'state'),
          zip: getText(billing, 'postcode'),
          country: getText(billing, 'country'),
        }),
      }),
      ...(isDenied && { consent: { adStorage: 'denied', source: 'server', explicit: true } }),
      commerce: omitUndefined({
        ...readTotal(order),
        orderId,
        checkoutId: getMeta(order, checkoutKey),
        pageType: 'purchase',
        items: readItems(order),
        ...readOrderFacts(order),
      }),
    },
    ...(notSent !== undefined && { notSent }),
    ...(landing !== undefined && { landing }),
  };
}

/**
 * Returns the fields by which rules select orders. WooCommerce's orders have neither tags nor the number of the customer's orders, so Convey's
 * plugin states them as metadata: `_convey_tags` with commas, `_convey_order_count`, and `_convey_subscription` on a subscription's first order.
 * @source https://developer.woocommerce.com/docs/apis/rest-api/v3/orders/ (2026-11): `shipping_total`, `total_tax`, `discount_total`,
 * `coupon_lines`, `created_via`; https://woocommerce.com/document/subscriptions/develop/ (2026-11): `_subscription_renewal`
 */
function readOrderFacts(order: Json): Json {
  const [count, tags = ''] = [Number(getMeta(order, '_convey_order_count') ?? ''), getMeta(order, '_convey_tags')];
  const listed = tags
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  const isCounted = Number.isInteger(count) && count > 0;
  const isRenewal = getText(order, 'created_via') === 'subscription' || getMeta(order, '_subscription_renewal') !== undefined;
  return omitUndefined({
    shipping: getAmount(order, 'shipping_total'),
    tax: getAmount(order, 'total_tax'),
    discount: getAmount(order, 'discount_total'),
    coupon: getObjects(order, 'coupon_lines').flatMap((line) => getText(line, 'code') ?? [])[0],
    tags: listed.length > 0 ? listed : undefined,
    channel: getText(order, 'created_via'),
    orderCount: isCounted ? count : undefined,
    customerType: isCounted ? (count === 1 ? 'new' : 'returning') : undefined,
    subscription: isRenewal ? 'renewal' : getMeta(order, '_convey_subscription') === 'first' ? 'first' : undefined,
  });
}

/** The name of the order's meta data in which the plugin stores the checkout id of the browser's reports. */
const checkoutKey = '_convey_checkout';

/**
 * Returns the purchase id that the plugin also writes to the thank-you page. It holds a digest of the order's key, which only the shopper
 * and the shop know: orders are numbered, so the next order's number could be guessed and reported first.
 */
function createPurchaseId(order: Json, orderId: string): string {
  const key = getText(order, 'order_key');
  return key === undefined ? `purchase-${orderId}` : `purchase-${orderId}-${sha256(key).slice(0, 16)}`;
}

/** The creators of orders without a shopper of the storefront. Point-of-sale systems write `pos` in several ways. */
const offlineOrigin = /^(admin|subscription)$|(^|[^a-z])pos([^a-z]|$)/i;

/**
 * WooCommerce itself does not mark test orders; these two mark the payment.
 * @source https://github.com/Automattic/woocommerce-payments (2026-11): `_wcpay_mode`;
 * https://github.com/woocommerce/woocommerce-paypal-payments (2026-11): `_ppcp_paypal_payment_mode`
 */
const testPayments = { _wcpay_mode: 'test', _ppcp_paypal_payment_mode: 'sandbox' };

function getNeverSentReason(order: Json): NeverSentReason | undefined {
  if (Object.entries(testPayments).some(([key, mode]) => getMeta(order, key) === mode)) return 'test-order';
  return offlineOrigin.test(getText(order, 'created_via') ?? '') ? 'offline-order' : undefined;
}

/** Returns the order's items. `price` is the price of one piece, after discounts and before tax. */
function readItems(order: Json): readonly Json[] {
  return getObjects(order, 'line_items').map((line) => {
    const [productId, variantId] = [getId(line, 'product_id'), getId(line, 'variation_id')];
    return omitUndefined({
      id: variantId ?? productId,
      productId,
      variantId,
      sku: getText(line, 'sku'),
      name: getText(line, 'name'),
      price: roundToHundredths(getAmount(line, 'price')),
      quantity: getAmount(line, 'quantity'),
    });
  });
}

function createCancellation(order: Json, orderId: string): WebhookEvent {
  return createRecordOnlyEvent('OrderCancelled', `cancelled-${orderId}`, getUtcTime(order, 'date_modified_gmt'), {
    ...readTotal(order),
    orderId,
  });
}

/**
 * Returns the refunds of an order. The order lists them without a date, and again with each change. An order that was set to refunded by
 * hand lists none.
 */
function readRefunds(order: Json, orderId: string): readonly WebhookEvent[] {
  const { currency, value } = readTotal(order);
  const changedAt = getUtcTime(order, 'date_modified_gmt');
  const listed = getObjects(order, 'refunds').flatMap((refund) => {
    const refundId = getId(refund, 'id');
    const amount = getAmount(refund, 'total');
    return refundId === undefined || amount === undefined ? [] : [{ refundId, value: Math.abs(amount) }];
  });
  const isWhole = listed.length === 0 && getText(order, 'status') === 'refunded';
  return (isWhole ? [{ refundId: orderId, value }] : listed).map((refund) =>
    createRecordOnlyEvent('Refund', `refund-${refund.refundId}`, changedAt, { value: refund.value, currency, orderId }),
  );
}

function readTotal(order: Json): { readonly value?: number; readonly currency?: string } {
  const [value, currency] = [getAmount(order, 'total'), getText(order, 'currency')];
  return { ...(value !== undefined && { value }), ...(currency !== undefined && { currency }) };
}

/** Rounds to hundredths: prices that include tax have more digits than money has. */
function roundToHundredths(amount: number | undefined): number | undefined {
  return amount === undefined ? undefined : Math.round(amount * 100) / 100;
}

function getTime(order: Json): string | undefined {
  return getUtcTime(order, 'date_paid_gmt') ?? getUtcTime(order, 'date_created_gmt');
}

/** Returns a time, which is in UTC without an offset. */
function getUtcTime(parent: Json, name: string): string | undefined {
  const text = getText(parent, name);
  return text !== undefined && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(text) ? `${text}Z` : undefined;
}

/** Returns an id; WooCommerce writes 0 for none. */
function getId(parent: Json, name: string): string | undefined {
  const text = getText(parent, name);
  return text !== undefined && /^[1-9]\d{0,18}$/.test(text) ? text : undefined;
}

function getMeta(order: Json, key: string): string | undefined {
  const meta = getObjects(order, 'meta_data').find((one) => getText(one, 'key') === key);
  return meta && getText(meta, 'value');
}

/**
 * Returns whether the body is WooCommerce's test of the URL, sent when a webhook is saved: not signed, and not JSON.
 * @source https://github.com/woocommerce/woocommerce plugins/woocommerce/includes/class-wc-webhook.php (2026-11): deliver_ping
 */
export function isWooCommercePing(body: Uint8Array): boolean {
  return /^webhook_id=\d{1,20}$/.test(new TextDecoder().decode(body));
}
