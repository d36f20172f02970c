import { createHmac } from 'node:crypto';

/** Bodies in the documented shape of Shopify's webhooks, with fictional people. */

export const checkoutToken = '5f3b1d2e9c8a47b6a1d0e4f2c3b5a697';
export const visitorId = 'b171a9b06ce011ecafcd1b209be8601b';

const money = (amount: string, currency = 'USD') => ({ amount, currency_code: currency });
const both = (amount: string) => ({ shop_money: money(amount), presentment_money: money(amount) });

/** Returns an order of two clocks and a hook, by a shopper who clicked an ad. */
export function buildShopifyOrder(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    id: 5734826901234,
    admin_graphql_api_id: 'gid://shopify/Order/5734826901234',
    order_number: 1001,
    name: '#1001',
    confirmation_number: 'XY9K2',
    test: false,
    source_name: 'web',
    created_at: '2026-11-24T04:59:00-05:00',
    cancelled_at: null,
    checkout_id: 40112233445566,
    checkout_token: checkoutToken,
    cart_token: 'c1-9c8a47b6a1d0',
    token: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
    email: 'Jane.Doe+x@Example.com',
    contact_email: 'Jane.Doe+x@Example.com',
    phone: null,
    browser_ip: '203.0.113.42',
    client_details: { browser_ip: '203.0.113.42', user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/147.0.0.0' },
    landing_site: '/collections/clocks?msclkid=DD4AFCCCB1C94A4CAD9544DD7E5006AB',
    referring_site: 'https://www.bing.com/',
    note_attributes: [{ name: '_convey_visitor', value: visitorId }],
    currency: 'USD',
    presentment_currency: 'USD',
    total_price: '125.40',
    total_price_set: both('125.40'),
    customer: {
      id: 8812345670,
      email: 'jane.doe@example.com',
      phone: null,
      state: 'disabled',
      first_name: 'Jane',
      last_name: 'Doe',
    },
    billing_address: {
      phone: '(425) 555-1234',
      first_name: 'Jane',
      last_name: 'Doe',
      name: 'Jane Doe',
      address1: '12 Example Street',
      city: 'Redmond',
      province: 'Washington',
      province_code: 'WA',
      zip: '98052-1234',
      country_code: 'US',
    },
    shipping_address: { phone: null, country_code: 'US' },
    line_items: [
      {
        id: 1,
        product_id: 7001,
        variant_id: 42001,
        sku: 'CLK-1',
        title: 'Wall clock',
        variant_title: 'Oak',
        vendor: 'Horae',
        quantity: 2,
        price: '60.00',
        price_set: both('60.00'),
        discount_allocations: [{ amount: '10.00', amount_set: both('10.00') }],
      },
      { id: 2, product_id: 7002, variant_id: null, sku: '', title: 'Hook', quantity: 1, price: '15.40' },
    ],
    ...changes,
  };
}

const shop_domain = 'shop.myshopify.example';
const customer = { id: 8812345670, email: 'jane.doe@example.com', phone: '+14255551234' };

/** A body for each topic that Convey reads, with the members that Shopify documents. */
export const shopifyBodies: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'orders/create': buildShopifyOrder(),
  'orders/paid': buildShopifyOrder({ financial_status: 'paid' }),
  'orders/cancelled': buildShopifyOrder({ cancelled_at: '2026-11-24T09:00:00Z' }),
  'refunds/create': {
    id: 901,
    admin_graphql_api_id: 'gid://shopify/Refund/901',
    order_id: 5734826901234,
    created_at: '2026-11-24T09:30:00Z',
    refund_line_items: [
      {
        ...{ id: 1, line_item_id: 1, quantity: 1, restock_type: 'return' },
        line_item: { id: 1, product_id: 7001, variant_id: 42001, sku: 'CLK-1', title: 'Wall clock', quantity: 2, price: '60.00' },
      },
    ],
    transactions: [{ kind: 'refund', status: 'success', amount: '10.10', currency: 'USD' }],
  },
  'customers/create': {
    ...customer,
    admin_graphql_api_id: 'gid://shopify/Customer/8812345670',
    state: 'enabled',
    verified_email: true,
    created_at: '2026-11-24T09:00:00Z',
    addresses: [],
    default_address: { country_code: 'US' },
  },
  'customers/data_request': {
    shop_id: 1,
    shop_domain,
    customer,
    orders_requested: [5734826901234],
    data_request: { id: 9999 },
  },
  'customers/redact': { shop_id: 1, shop_domain, customer, orders_to_redact: [5734826901234] },
};

/** Returns the headers with which Shopify signs and names a delivery. */
export function buildShopifyHeaders(body: string, topic: string, secret: string, delivery = 'w-1'): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-shopify-topic': topic,
    'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
    'x-shopify-webhook-id': delivery,
    'x-shopify-shop-domain': 'shop.myshopify.example',
    'x-shopify-triggered-at': '2026-11-24T10:00:00.123456789Z',
  };
}
