/** What somebody takes out of the dashboard and puts into their shop. */

/** The line for the pages, which loads the pixel from there. */
export function snippetOf(src: string): string {
  return `<script>!function(c,o,n){c[n]=c[n]||function(){(c[n].q=c[n].q||[]).push(arguments)};var s=o.createElement('script');s.async=1;s.src='${src}';o.head.appendChild(s)}(window,document,'convey');</script>`;
}

const host = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/i;

/** Scheme, host and port of an address that somebody typed; `undefined` where it is none that a page could load from. */
export function originOf(typed: string): string | undefined {
  const text = typed.trim();
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  return url && host.test(url.hostname) && url.username === '' ? url.origin : undefined;
}

/** The pixel's address, at another host. */
export function pixelAt(origin: string, url: string): string {
  const { pathname = '', search = '' } = URL.parse(url) ?? {};
  return `${origin}${pathname}${search}`;
}

/** A purchase as a server tells it, for a terminal. */
export function purchaseByCurl(collector: string, domain: string, currency: string): string {
  const event = {
    name: 'Purchase',
    page: { url: `https://${domain}/thanks` },
    user: { email: 'jane.doe@example.com', ip: '203.0.113.42' },
    consent: { adStorage: 'granted', source: 'server', explicit: true },
    commerce: { orderId: '1001', value: 125.4, currency, items: [{ id: 'sku1', price: 62.7, quantity: 2 }] },
  };
  const [name, page, user, consent, commerce] = Object.entries(event).map(
    ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  return [
    `curl ${collector.replace(/\/$/, '')}/v1/events \\`,
    `  -H "authorization: Bearer $CONVEY_SECRET_KEY" -H 'content-type: application/json' \\`,
    `  -d '{"events": [{`,
    `    ${name}, ${page},`,
    `    ${user},`,
    `    ${consent},`,
    `    ${commerce}`,
    `  }]}'`,
  ].join('\n');
}
