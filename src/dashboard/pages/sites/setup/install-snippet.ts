/** Returns the line of HTML that loads the pixel from a URL. */
export function formatSnippet(src: string): string {
  return `<script>!function(c,o,n){c[n]=c[n]||function(){(c[n].q=c[n].q||[]).push(arguments)};var s=o.createElement('script');s.async=1;s.src='${src}';o.head.appendChild(s)}(window,document,'convey');</script>`;
}

/** Returns a `curl` command that sends a purchase with the server API. */
export function formatPurchaseCurl(collector: string, domain: string, currency: string): string {
  return `curl ${collector.replace(/\/$/, '')}/v1/events \\
  -H "authorization: Bearer $CONVEY_SECRET_KEY" \\
  -H 'content-type: application/json' \\
  -d '{"events": [{
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

/** A tag of Google Tag Manager that passes the choice of a variable on. */
export const consentTag = `<script>
  window.convey = window.convey || function () { (convey.q = convey.q || []).push(arguments); };
  convey('consent', { adStorage: {{Consent choice}} });
</script>`;

/** Returns the call of the pixel that reports a purchase. */
export function formatPurchaseCall(currency: string): string {
  return `convey('track', 'Purchase', {
  orderId: '1001',
  value: 62.7,
  currency: '${currency}',
  items: [{ id: 'sku1', price: 62.7, quantity: 1 }],
  user: { email: 'jane.doe@example.com' },
});`;
}
