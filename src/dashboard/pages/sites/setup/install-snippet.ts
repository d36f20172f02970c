/** Returns the line of HTML that loads the pixel from a URL. */
export function formatSnippet(src: string): string {
  return `<script>!function(c,o,n){c[n]=c[n]||function(){(c[n].q=c[n].q||[]).push(arguments)};var s=o.createElement('script');s.async=1;s.src='${src}';o.head.appendChild(s)}(window,document,'convey');</script>`;
}

const host = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/i;
const path = /^(?:\/[\w.~-]+)*\/?$/;

/** Parses a typed collector URL. Removes a trailing slash. Returns `undefined` if a page could not load a script from it. */
export function parseCollectorUrl(typed: string): string | undefined {
  const text = typed.trim();
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  if (!url || !host.test(url.hostname) || url.username !== '' || !path.test(url.pathname)) return undefined;
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}

/** Returns the URL of the pixel at another collector. */
export function formatPixelUrl(collector: string, url: string): string {
  const { pathname = '', search = '' } = URL.parse(url) ?? {};
  return `${collector}${pathname}${search}`;
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
