import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Liquid } from 'liquidjs';
import { z } from 'zod';
import { root } from './gateway.fixture.ts';

/** A storefront as Shopify serves one: a theme with Convey's snippet, carts behind the Ajax API, a checkout without the theme. */

const changeSchema = z.object({ attributes: z.record(z.string(), z.string()) });

type Attributes = Readonly<Record<string, string>>;

export interface ShopifyStorefront {
  readonly url: string;
  /** Attributes of all cart updates in order, including those that failed. */
  readonly attributeUpdates: readonly Attributes[];
  /** The paths that the Ajax API was asked by POST. */
  readonly postedPaths: readonly string[];
  /** `note_attributes` of each order that was placed at `/checkouts/cn/1`, in order. */
  readonly orders: readonly (readonly { readonly name: string; readonly value: string }[])[];
  /** Statuses with which `cart/update.js` answers next, oldest first; `drop` cuts the connection. */
  readonly faults: (number | 'drop')[];
  close(): Promise<void>;
}

export interface StorefrontOptions {
  /** What the theme has before `</head>`. */
  readonly head: string;
  /** Where the shop's addresses begin. */
  readonly routesRoot?: string;
  /** No script may read which cart it is. */
  readonly hidesCart?: boolean;
}

/** The snippet as a merchant pastes it, its settings filled in, rendered by a real Liquid engine. */
export function themeSnippet(settings: { pixel?: string; write_key?: string }, page: object = {}): string {
  const source = readFileSync(join(root, 'shops/shopify/convey.liquid'), 'utf8');
  const filled = Object.entries(settings).reduce(
    (liquid, [name, value]) =>
      liquid.replace(new RegExp(`(assign ${name} = )'[^']*'`), (_, before) => `${before}${quoted(value)}`),
    source,
  );
  return String(new Liquid().parseAndRenderSync(filled, page));
}

/** Text in a Liquid tag knows no escapes: it ends at its own quote. */
function quoted(value: string): string {
  return value.includes("'") ? `"${value}"` : `'${value}'`;
}

/** The page's own part: Shopify's objects, of a shopper whose choice is kept from page to page, as Shopify does. */
function shopifyObjects(routesRoot: string): string {
  return `<script>
    window.Shopify = { routes: { root: '${routesRoot}' }, customerPrivacy: {
      marketingAllowed: () => localStorage.getItem('choice') === 'yes',
      saleOfDataAllowed: () => localStorage.getItem('choice') !== 'no',
      currentVisitorConsent: () => ({ marketing: localStorage.getItem('choice') ?? '', sale_of_data: '' }),
    } };
    function choose(choice) {
      localStorage.setItem('choice', choice);
      document.dispatchEvent(new Event('visitorConsentCollected'));
    }
  </script>`;
}

export async function startShopifyStorefront({
  head,
  routesRoot = '/',
  hidesCart = false,
}: StorefrontOptions): Promise<ShopifyStorefront> {
  const carts = new Map<string, Record<string, string>>();
  const attributeUpdates: Attributes[] = [];
  const postedPaths: string[] = [];
  const orders: { readonly name: string; readonly value: string }[][] = [];
  const faults: (number | 'drop')[] = [];
  let made = 0;

  const answer = (response: ServerResponse, type: string, body: string) => response.setHeader('content-type', type).end(body);

  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://shop');
    const cookie = /(?:^|; )cart=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
    const cart = carts.get(cookie ?? '');
    /** What has no cart yet gets one, with the secret part that Shopify's cookie has. */
    const cartOf = () => {
      if (cart) return cart;
      const fresh = {};
      const value = `c1-${String(++made).padStart(8, '0')}%3Fkey%3D5e2a`;
      carts.set(value, fresh);
      response.setHeader('set-cookie', `cart=${value}; Path=/${hidesCart ? '; HttpOnly' : ''}`);
      return fresh;
    };
    if (request.method === 'POST') {
      postedPaths.push(pathname);
      const body = await text(request);
      if (pathname === `${routesRoot}cart/add.js`) {
        cartOf();
        answer(response, 'application/json', '{}');
      } else if (pathname === `${routesRoot}cart/add`) {
        cartOf();
        response.writeHead(302, { location: `${routesRoot}cart` }).end();
      } else if (pathname === `${routesRoot}cart/update.js`) {
        const { attributes } = changeSchema.parse(JSON.parse(body));
        attributeUpdates.push(attributes);
        const fault = faults.shift();
        if (fault === 'drop') request.socket.destroy();
        else if (fault !== undefined) response.writeHead(fault).end('{}');
        else answer(response, 'application/json', JSON.stringify({ attributes: Object.assign(cartOf(), attributes) }));
      } else response.writeHead(404).end();
      return;
    }
    const type = 'text/html; charset=utf-8';
    if (pathname === '/checkouts/cn/1') {
      orders.push(Object.entries(cart ?? {}).map(([name, value]) => ({ name, value })));
      response.setHeader('set-cookie', 'cart=; Path=/; Max-Age=0');
      answer(response, type, '<!doctype html><title>Thank you</title>');
    } else {
      const form = `<form method="post" action="${routesRoot}cart/add"><button>Add to cart</button></form>`;
      answer(response, type, `<!doctype html><title>Clocks</title>${shopifyObjects(routesRoot)}${head}${form}`);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    attributeUpdates,
    postedPaths,
    orders,
    faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
