/** The members of webhooks that Convey reads. The app asks Shopify for these and no others, so no other personal data arrives. */

const money = (name: string) => [name, `${name}_set.presentment_money.amount`, `${name}_set.presentment_money.currency_code`];
const under = (parent: string, names: readonly string[]) => names.map((name) => `${parent}.${name}`);

const product = ['product_id', 'variant_id', 'sku', 'title', 'name', 'variant_title', 'vendor'];
const name = ['first_name', 'last_name'];
const place = ['address1', 'city', 'province_code', 'province', 'zip', 'country_code'];
const address = ['phone', ...name, ...place];

/** Of `orders/create`, `orders/paid` and `orders/cancelled`. */
export const orderFields: readonly string[] = [
  ...['id', 'admin_graphql_api_id', 'test', 'source_name', 'created_at', 'cancelled_at', 'checkout_token'],
  ...['email', 'contact_email', 'phone', 'browser_ip', 'landing_site', 'tags', 'currency'],
  ...under('client_details', ['browser_ip', 'user_agent']),
  ...under('note_attributes', ['name', 'value']),
  ...['total_price', 'total_shipping_price', 'total_tax', 'total_discounts'].flatMap(money),
  'discount_codes.code',
  ...under('customer', ['id', 'email', 'phone', ...name, 'tags', 'orders_count']),
  ...under('billing_address', address),
  ...under('shipping_address', address),
  ...under('line_items', [...product, 'quantity', ...money('price'), ...under('discount_allocations', money('amount'))]),
];

/** Of `refunds/create`. */
export const refundFields: readonly string[] = [
  ...['id', 'admin_graphql_api_id', 'order_id', 'created_at'],
  ...under('transactions', ['kind', 'status', 'amount', 'currency']),
  'refund_line_items.quantity',
  ...under('refund_line_items.line_item', product),
];

/** Of `customers/create`. */
export const customerFields: readonly string[] = [
  ...['id', 'admin_graphql_api_id', 'state', 'email', 'phone', 'created_at', ...name],
  ...under('default_address', address),
];
