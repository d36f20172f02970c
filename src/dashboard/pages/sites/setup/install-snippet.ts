/** Returns the line of HTML that loads the pixel from a URL. */
export function formatSnippet(src: string): string {
  return `<script>!function(c,o,n){c[n]=c[n]||function(){(c[n].q=c[n].q||[]).push(arguments)};var s=o.createElement('script');s.async=1;s.src='${src}';o.head.appendChild(s)}(window,document,'convey');</script>`;
}

/** Returns the code that loads the pixel with the npm package. */
export function formatPackageCall(pixel: string, key: string): string {
  const { origin, pathname } = new URL(pixel);
  return `import { load } from '@convey/js';

load({ src: '${origin}${pathname}', key: '${key}' });`;
}

/** An event id of an order that only the shop and its shopper know. The page and the server report the order under the same one. */
const purchaseId = 'purchase-1001-42d3d205904bbee3';

/** Returns a `curl` command that sends a purchase with the server API. */
export function formatPurchaseCurl(collector: string, domain: string, currency: string): string {
  return `curl ${collector.replace(/\/$/, '')}/v1/events \\
  -H "authorization: Bearer $CONVEY_SECRET_KEY" \\
  -H 'content-type: application/json' \\
  -d '{"events": [{
    "id": "${purchaseId}",
    "name": "Purchase",
    "page": {"url": "https://${domain}/thanks"},
    "user": {"email": "jane.doe@example.com"},
    "consent": {"adStorage": "granted"},
    "commerce": {
      "orderId": "1001",
      "value": 62.7,
      "currency": "${currency}",
      "items": [{"id": "sku1", "price": 62.7}]
    }
  }]}'`;
}

/** Returns the call of the pixel that reports a purchase. */
export function formatPurchaseCall(currency: string): string {
  return `convey('track', 'Purchase', {
  id: '${purchaseId}',
  orderId: '1001',
  value: 62.7,
  currency: '${currency}',
  items: [{ id: 'sku1', price: 62.7, quantity: 1 }],
  user: { email: 'jane.doe@example.com' },
});`;
}
