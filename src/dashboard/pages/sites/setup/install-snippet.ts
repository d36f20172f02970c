/** What somebody takes out of the dashboard and puts into their shop. */

/** The line for the pages, which loads the pixel from there. */
export function formatSnippet(src: string): string {
  return `<script>!function(c,o,n){c[n]=c[n]||function(){(c[n].q=c[n].q||[]).push(arguments)};var s=o.createElement('script');s.async=1;s.src='${src}';o.head.appendChild(s)}(window,document,'convey');</script>`;
}

const host = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/i;
const path = /^(?:\/[\w.~-]+)*\/?$/;

/** An address that somebody typed, without a slash at its end; `undefined` where it is none that a page could load from. */
export function parseCollectorUrl(typed: string): string | undefined {
  const text = typed.trim();
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  if (!url || !host.test(url.hostname) || url.username !== '' || !path.test(url.pathname)) return undefined;
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}

/** The pixel's address, at another collector. */
export function formatPixelUrl(collector: string, url: string): string {
  const { pathname = '', search = '' } = URL.parse(url) ?? {};
  return `${collector}${pathname}${search}`;
}

/** A purchase as a server tells it, for a terminal. */
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
