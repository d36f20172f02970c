import { getText, type Json } from '../../hooks/json-fields.ts';

/**
 * The kind of a webhook's body. Shopify signs the body and not the topic in the header, so the body itself must fit the topic.
 * @source https://shopify.dev/docs/api/webhooks (2026-11): bodies by topic;
 * https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance (2026-11)
 */
export const bodyKinds = [
  ...(['order', 'refund', 'customer', 'data-request', 'redaction'] as const),
  ...(['uninstall', 'scopes', 'shop-redaction'] as const),
] as const;
export type BodyKind = (typeof bodyKinds)[number];

/** The topics that Convey reads. Those of orders share a kind: `orders/create` and `orders/paid` may have the same body. */
const kinds: ReadonlyMap<string, BodyKind> = new Map([
  ['orders/create', 'order'],
  ['orders/paid', 'order'],
  ['orders/cancelled', 'order'],
  ['refunds/create', 'refund'],
  ['customers/create', 'customer'],
  ['customers/data_request', 'data-request'],
  ['customers/redact', 'redaction'],
  ['app/uninstalled', 'uninstall'],
  ['app/scopes_update', 'scopes'],
  ['shop/redact', 'shop-redaction'],
]);

export function findBodyKind(topic: string): BodyKind | undefined {
  return kinds.get(topic);
}

/** Members that only one kind of body has. A subscription may omit any of them. */
const ofOrder = ['line_items', 'total_price', 'checkout_token', 'note_attributes', 'cancelled_at', 'customer'];
const ofCustomer = ['state', 'verified_email', 'orders_count', 'addresses', 'default_address'];
const ofChildOfOrder = ['order_id'];
const ofRequest = ['shop_domain', 'orders_requested', 'orders_to_redact'];
/** Members of carts, checkouts and drafts, which look like orders. */
const ofUnfinishedOrder = ['abandoned_checkout_url', 'invoice_url'];

export function hasBodyKind(kind: BodyKind, body: Json): boolean {
  switch (kind) {
    case 'order':
      return hasType(body, 'Order') && lacks(body, ofCustomer, ofChildOfOrder, ofRequest, ofUnfinishedOrder);
    case 'refund':
      return hasType(body, 'Refund') && has(body, 'order_id') && lacks(body, ofOrder, ofCustomer, ofRequest);
    case 'customer':
      return hasType(body, 'Customer') && lacks(body, ofOrder, ofChildOfOrder, ofRequest, ofUnfinishedOrder);
    case 'data-request':
      return isRequest(body, 'orders_requested', 'orders_to_redact');
    case 'redaction':
      return isRequest(body, 'orders_to_redact', 'orders_requested');
    case 'uninstall':
      return (
        getText(body, 'myshopify_domain') !== undefined && lacks(body, ofOrder, ofCustomer, ofChildOfOrder, ofRequest, ofScopes)
      );
    case 'scopes':
      return Array.isArray(body.current) && Array.isArray(body.previous) && lacks(body, ofOrder, ofCustomer, ofRequest, ofShop);
    case 'shop-redaction':
      return getText(body, 'shop_domain') !== undefined && has(body, 'shop_id') && lacks(body, ofRedaction, ofOrder, ofScopes);
  }
}

/** Members of the body of `app/uninstalled`, which is the shop, and of `app/scopes_update`. */
const ofShop = ['myshopify_domain'];
const ofScopes = ['current', 'previous'];
const ofRedaction = ['customer', 'orders_requested', 'orders_to_redact', 'id'];

/** Returns whether the body is a privacy request. A customer without orders may have null instead of the list. */
function isRequest(body: Json, orders: string, ordersOfOther: string): boolean {
  return (
    getText(body, 'shop_domain') !== undefined &&
    has(body, orders) &&
    (Array.isArray(body[orders]) || body[orders] === null) &&
    lacks(body, [ordersOfOther, 'id', 'line_items', 'total_price'])
  );
}

/** Returns whether the body's GraphQL id, such as `gid://shopify/Order/1`, has the type. A body without such an id passes. */
function hasType(body: Json, type: string): boolean {
  const id = getText(body, 'admin_graphql_api_id');
  return id === undefined || id.startsWith(`gid://shopify/${type}/`);
}

function has(body: Json, name: string): boolean {
  return Object.hasOwn(body, name);
}

function lacks(body: Json, ...members: readonly (readonly string[])[]): boolean {
  return !members.flat().some((name) => has(body, name));
}
