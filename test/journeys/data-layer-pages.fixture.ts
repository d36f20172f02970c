/** Pages of shop systems, with the scripts that each writes for Google by its own documents or source. No page has a line for Convey. */

/** The pages of a shop, by their path. */
export type DataLayerShop = Readonly<Record<'product' | 'cart' | 'checkout' | 'thanks', string>>;

const script = (text: string) => `<script>${text}</script>`;

/** Google's tag, and a consent banner in whose default nothing is granted. The shopper accepted on an earlier page. */
const banner = `window.dataLayer = window.dataLayer || []; function gtag(){dataLayer.push(arguments);}
gtag('consent', 'default', { ad_storage: 'denied', ad_user_data: 'denied', ad_personalization: 'denied', analytics_storage: 'denied' });
gtag('consent', 'update', { ad_storage: 'granted', ad_user_data: 'granted', ad_personalization: 'granted', analytics_storage: 'granted' });
gtag('js', new Date()); gtag('config', 'G-ABCDEF1234');
gtag('set', 'user_data', { email: 'pat.lee@shop.example' });`;

const toPages = (before: string, pages: DataLayerShop): DataLayerShop => ({
  product: before + script(pages.product),
  cart: before + script(pages.cart),
  checkout: before + script(pages.checkout),
  thanks: before + script(pages.thanks),
});

const gtag = (name: string, parameters: string) => `gtag('event', '${name}', ${parameters});`;

/** @source https://github.com/duracelltomi/gtm4wp, `0035d4f` (2026-08-17) */
function gtm4wp(): DataLayerShop {
  const item = `{ item_id: 42, item_name: 'Wall clock', sku: 'CLK-1', price: 62.7, stocklevel: 5, item_category: 'Clocks', quantity: 2 }`;
  const push = (name: string, ecommerce: string) =>
    `dataLayer.push({ ecommerce: null }); dataLayer.push({ event: '${name}', ecommerce: ${ecommerce} });`;
  const worth = `currency: 'USD', value: 125.4, items: [${item}]`;
  const order = `{ transaction_id: 'wp-1001', affiliation: '', tax: '5.00', shipping: '4.90', coupon: '', currency: 'USD', value: '125.40', items: [${item}] }`;
  return toPages(script(`${banner} dataLayer.push({ pagePostType: 'product' });`), {
    product: push('view_item', `{ ${worth} }`),
    cart: push('add_to_cart', `{ ${worth} }`),
    checkout: push('begin_checkout', `{ ${worth} }`),
    thanks: `dataLayer.push({ new_customer: true, orderData: { attributes: { order_number: 'wp-1001' } } }); ${push('purchase', order)}`,
  });
}

/** Older items, and numbers as texts. @source https://github.com/shopware/storefront, google-analytics events (6.5) */
function shopware(): DataLayerShop {
  const items = `[{ id: 'SW10001', name: 'Wall clock', quantity: '2', price: '62.7' }]`;
  return toPages(script(banner), {
    product: gtag('view_item', `{ currency: 'USD', value: '62.7', items: [{ id: 'SW10001', name: 'Wall clock' }] }`),
    cart: gtag('add_to_cart', `{ currency: 'USD', value: '125.4', items: ${items} }`),
    checkout: gtag('begin_checkout', `{ currency: 'USD', value: '125.4', items: ${items} }`),
    thanks: gtag(
      'purchase',
      `{ transaction_id: '10001', currency: 'USD', value: '125.4', tax: '5', shipping: '4.9', items: ${items} }`,
    ),
  });
}

/** A number as order id, and a callback. @source https://github.com/PrestaShop/ps_googleanalytics (5.0) */
function prestashop(): DataLayerShop {
  const item = `{ item_id: 'CLK-1', item_name: 'Wall clock', affiliation: 'Shop', index: 0, item_category: 'Clocks', price: 62.7, quantity: 2 }`;
  const worth = `send_to: 'G-ABCDEF1234', currency: 'USD', value: 125.4, items: [${item}]`;
  return toPages(script(banner), {
    product: gtag('view_item', `{ ${worth} }`),
    cart: gtag('add_to_cart', `{ ${worth} }`),
    checkout: gtag('begin_checkout', `{ ${worth} }`),
    thanks: gtag(
      'purchase',
      `{ transaction_id: 2001, affiliation: 'Shop', tax: 5, shipping: 4.9, ${worth}, event_callback() { throw new Error('copied'); } }`,
    ),
  });
}

/**
 * The core reports purchases alone, after `gtag` was defined late. Shops add the rest in the same form.
 * @source https://github.com/magento/magento2, GoogleGtag (2.4.8)
 */
function magento(): DataLayerShop {
  const late = (text: string) => `addEventListener('load', () => setTimeout(() => { ${banner} ${text} }, 50));`;
  const items = `[{ item_id: 'CLK-1', item_name: 'Wall clock', price: 62.7, quantity: 2 }]`;
  const worth = `currency: 'USD', value: 125.4, items: ${items}`;
  return toPages('', {
    product: late(gtag('view_item', `{ ${worth} }`)),
    cart: late(gtag('add_to_cart', `{ ${worth} }`)),
    checkout: late(gtag('begin_checkout', `{ ${worth} }`)),
    thanks: late(gtag('purchase', `{ transaction_id: '000000031', affiliation: 'Main Store', tax: 5, shipping: 4.9, ${worth} }`)),
  });
}

/** @source https://support.bigcommerce.com/articles/Public/Google-Analytics-4-Events (2025) */
function bigcommerce(): DataLayerShop {
  const items = `[{ item_id: '77', item_name: 'Wall clock', item_brand: 'Horae', price: 62.7, quantity: 2, currency: 'USD', discount: 0, coupon: '' }]`;
  const worth = `currency: 'USD', value: 125.4, items: ${items}`;
  return toPages(script(banner), {
    product: gtag('view_item', `{ ${worth} }`),
    cart: gtag('add_to_cart', `{ ${worth} }`),
    checkout: gtag('begin_checkout', `{ ${worth} }`),
    thanks: gtag('purchase', `{ transaction_id: '100', tax: 5, shipping: 4.9, coupon: '', ${worth} }`),
  });
}

/**
 * Two containers of Tag Manager, which wrap `push`, and whose templates write each event in the form of Universal Analytics, too.
 * @source saved copies of gtm.js (2019 to 2021)
 */
function twoContainers(): DataLayerShop {
  const container = `(() => { const layer = window.dataLayer; const inner = layer.push; let id = 0;
  layer.push = function (...entries) {
    const result = inner.apply(layer, entries);
    for (const entry of entries) if (typeof entry === 'object') entry['gtm.uniqueEventId'] ??= id++;
    while (layer.length > 300) layer.shift();
    return typeof result === 'boolean' ? result : true;
  };
  layer.push({ event: 'gtm.js', 'gtm.start': Date.now() }); })();`;
  const product = `{ id: 'CLK-1', name: 'Wall clock', price: '62.70', quantity: 2 }`;
  const item = `{ item_id: 'CLK-1', item_name: 'Wall clock', price: 62.7, quantity: 2 }`;
  const both = (name: string, step: string, action: string, fields = '') =>
    `${container} dataLayer.push({ event: 'ee', ecommerce: { currencyCode: 'USD', ${step}: { ${action} products: [${product}] } } }); ${container}
    dataLayer.push({ getUntrustedUpdateValue: () => ({ event: '${name}', ecommerce: { currency: 'USD', value: 125.4, ${fields} items: [${item}] } }) });`;
  return toPages(script(banner), {
    product: both('view_item', 'detail', ''),
    cart: both('add_to_cart', 'add', ''),
    checkout: both('begin_checkout', 'checkout', 'actionField: { step: 1 },'),
    thanks: both(
      'purchase',
      'purchase',
      `actionField: { id: 'T-1', revenue: '125.40', tax: '5', shipping: '4.90' },`,
      `transaction_id: 'T-1', tax: 5, shipping: 4.9,`,
    ),
  });
}

/** The shops, each with the id that its purchase gets. */
export const dataLayerShops = {
  GTM4WP: { pages: gtm4wp(), purchase: 'purchase-wp-1001' },
  'Shopware 6': { pages: shopware(), purchase: 'purchase-10001' },
  PrestaShop: { pages: prestashop(), purchase: 'purchase-2001' },
  'Magento 2': { pages: magento(), purchase: 'purchase-000000031' },
  BigCommerce: { pages: bigcommerce(), purchase: 'purchase-100' },
  'two containers': { pages: twoContainers(), purchase: 'purchase-T-1' },
} as const satisfies Readonly<Record<string, { readonly pages: DataLayerShop; readonly purchase: string }>>;
