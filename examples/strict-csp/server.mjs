// A shop with two pages and a strict content security policy. Plain Node.js 18 or newer, no dependencies.
//   node server.mjs [collector] [port]

import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

const [collector = 'http://127.0.0.1:8080', port = '5173'] = process.argv.slice(2);

/** Returns the policy. It contains the collector twice: for the script and for requests. */
const policy = (nonce) =>
  [
    "default-src 'self'",
    `script-src 'nonce-${nonce}' ${collector}`,
    `connect-src ${collector}`,
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const snippet = `!function(c,o,n){c[n]=c[n]||function(){(c[n].q=c[n].q||[]).push(arguments)};var s=o.createElement('script');s.async=1;s.src='${collector}/p.js?k=wk_example_0123';o.head.appendChild(s)}(window,document,'convey');`;

// The server knows the order and creates an event id that cannot be guessed. Show this page only to the order's shopper.
const orderId = '2001';
const idSecret = process.env.PURCHASE_ID_SECRET ?? 'example_0123456789abcdef';
const tag = createHmac('sha256', idSecret).update(orderId).digest('hex').slice(0, 16);
const order = JSON.stringify({ id: `purchase-${orderId}-${tag}`, orderId });

const pages = {
  '/': {
    title: 'Wall clock',
    body: `<button type="button" id="add">Add to cart</button> <a href="/thanks?order=2001">Buy two</a>`,
    script: `
      const clock = { id: 'sku1', name: 'Wall clock', price: 62.7, quantity: 1 };
      convey('track', 'ViewContent', { value: 62.7, currency: 'USD', items: [clock] });
      // The policy blocks onclick attributes too: use a script instead.
      document.querySelector('#add').addEventListener('click', () => {
        convey('track', 'AddToCart', { value: 62.7, currency: 'USD', items: [clock] });
      });`,
  },
  '/thanks': {
    title: 'Thank you',
    body: `<a href="/">More clocks</a>`,
    script: `
      const items = [{ id: 'sku1', name: 'Wall clock', price: 62.7, quantity: 2 }];
      convey('identify', { email: 'Jane.Doe+x@Example.com' });
      convey('track', 'Purchase', { ...${order}, value: 125.4, currency: 'USD', items });`,
  },
};

const html = ({ title, body, script }, nonce) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>${title}</title>
    <script nonce="${nonce}">${snippet}</script>
  </head>
  <body>
    <h1>${title}</h1>
    <p>${body}</p>
    <script nonce="${nonce}">${script}
    </script>
  </body>
</html>`;

const server = createServer((request, response) => {
  const page = pages[request.url.split('?')[0]];
  if (page === undefined) return response.writeHead(404).end();
  // A new nonce for each response, without caching: a known nonce would allow injected scripts.
  const nonce = randomBytes(16).toString('base64');
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy(nonce),
    'cache-control': 'no-store',
  });
  response.end(html(page, nonce));
});

server.listen(Number(port), '127.0.0.1', () => console.log(`The shop is at http://127.0.0.1:${server.address().port}`));
