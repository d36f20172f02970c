import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Liquid } from 'liquidjs';
import { z } from 'zod';
import { root } from './gateway.fixture.ts';

/** Simulates a Shopify storefront: a theme with Convey's snippet, the Ajax API for carts, and a checkout without the theme. */

const changeSchema = z.object({ attributes: z.record(z.string(), z.string()) });

type Attributes = Readonly<Record<string, string>>;

export interface ShopifyStorefront {
  readonly url: string;
  /** Attributes of all cart updates in order, including those that failed. */
  readonly attributeUpdates: readonly Attributes[];
  /** The paths of all POST requests. */
  readonly postedPaths: readonly string[];
  /** `note_attributes` of each order that was placed at `/checkouts/cn/1`, in order. */
  readonly orders: readonly (readonly { readonly name: string; readonly value: string }[])[];
  /** Statuses of the next responses of `cart/update.js`, in order. `drop` cuts the connection. */
  readonly faults: (number | 'drop')[];
  close(): Promise<void>;
}

export interface StorefrontOptions {
  /** The theme's HTML before `</head>`. */
  readonly head: string;
  /** The prefix of the shop's paths. */
  readonly routesRoot?: string;
  /** Makes the cart's cookie HttpOnly. */
  readonly hidesCart?: boolean;
}

/** Renders the snippet with a merchant's settings by a Liquid engine. */
export function themeSnippet(settings: { pixel?: string; write_key?: string }, page: object = {}): string {
  const source = readFileSync(join(root, 'shops/shopify/convey.liquid'), 'utf8');
  const filled = Object.entries(settings).reduce(
    (liquid, [name, value]) =>
      liquid.replace(new RegExp(`(assign ${name} = )'[^']*'`), (_, before) => `${before}${quote(value)}`),
    source,
  );
  return String(new Liquid().parseAndRenderSync(filled, page));
}

/** Quotes a Liquid string, which has no escapes and ends at its own kind of quote. */
function quote(value: string): string {
  return value.includes("'") ? `"${value}"` : `'${value}'`;
}

/** Returns the script that defines Shopify's objects. The shopper's choice persists between pages. */
function renderShopifyObjects(routesRoot: string): string {
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
  let cartCount = 0;

  const answer = (response: ServerResponse, type: string, body: string) => response.setHeader('content-type', type).end(body);

  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://shop');
    const cookie = /(?:^|; )cart=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
    const cart = carts.get(cookie ?? '');
    /** Returns the request's cart, or creates one whose cookie has a secret part like Shopify's. */
    const getOrCreateCart = () => {
      if (cart) return cart;
      const created = {};
      const value = `c1-${String(++cartCount).padStart(8, '0')}%3Fkey%3D5e2a`;
      carts.set(value, created);
      response.setHeader('set-cookie', `cart=${value}; Path=/${hidesCart ? '; HttpOnly' : ''}`);
      return created;
    };
    if (request.method === 'POST') {
      postedPaths.push(pathname);
      const body = await text(request);
      if (pathname === `${routesRoot}cart/add.js`) {
        getOrCreateCart();
        answer(response, 'application/json', '{}');
      } else if (pathname === `${routesRoot}cart/add`) {
        getOrCreateCart();
        response.writeHead(302, { location: `${routesRoot}cart` }).end();
      } else if (pathname === `${routesRoot}cart/update.js`) {
        const { attributes } = changeSchema.parse(JSON.parse(body));
        attributeUpdates.push(attributes);
        const fault = faults.shift();
        if (fault === 'drop') request.socket.destroy();
        else if (fault !== undefined) response.writeHead(fault).end('{}');
        else answer(response, 'application/json', JSON.stringify({ attributes: Object.assign(getOrCreateCart(), attributes) }));
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
      answer(response, type, `<!doctype html><title>Clocks</title>${renderShopifyObjects(routesRoot)}${head}${form}`);
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
