/** Bodies as WooCommerce sends them, written after https://developer.woocommerce.com/docs/apis/rest-api/v3/orders/ (2026-11). */

export const visitor = 'b171a9b06ce011ecafcd1b209be8601b';
const click = 'dd4afcccb1c94a4cad9544dd7e5006ab';

/** The body that WooCommerce sends when a webhook is saved. */
export const ping = 'webhook_id=7';

/** The id ends with 16 digits of the SHA-256 of the order's key. */
export const purchaseId = 'purchase-1001-2c96ec83ee8f5329';

/** Returns a paid order of the storefront: two clocks at 52.25 before tax. */
export function buildWooOrder(changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    id: 1001,
    parent_id: 0,
    number: '1001',
    order_key: 'wc_order_Ab3dEf6hIj9kL',
    created_via: 'checkout',
    status: 'processing',
    currency: 'USD',
    date_created: '2026-11-24T01:58:10',
    date_created_gmt: '2026-11-24T09:58:10',
    date_modified: '2026-11-24T01:59:30',
    date_modified_gmt: '2026-11-24T09:59:30',
    date_paid: '2026-11-24T01:58:40',
    date_paid_gmt: '2026-11-24T09:58:40',
    discount_total: '0.00',
    shipping_total: '10.00',
    total: '125.40',
    total_tax: '10.90',
    prices_include_tax: false,
    customer_id: 7,
    customer_ip_address: '203.0.113.42',
    customer_user_agent:
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
    billing: {
      first_name: 'Jane',
      last_name: 'Doe',
      address_1: '12 Example Street',
      city: 'Redmond',
      postcode: '98052',
      country: 'US',
      email: 'Jane.Doe+x@Example.com',
      phone: '(425) 555-1234',
    },
    payment_method: 'stripe',
    line_items: [
      {
        id: 31,
        name: 'Wall clock - Oak',
        product_id: 41,
        variation_id: 42,
        quantity: 2,
        subtotal: '104.50',
        total: '104.50',
        sku: 'CLOCK-OAK',
        price: 52.25,
        parent_name: 'Wall clock',
      },
    ],
    refunds: [],
    meta_data: [
      buildWooMeta('_convey_visitor', visitor),
      buildWooMeta('_wc_order_attribution_session_entry', `https://shop.example/?msclkid=${click}`),
    ],
    ...changes,
  };
}

export function buildWooMeta(key: string, value: unknown) {
  return { id: 900, key, value };
}
