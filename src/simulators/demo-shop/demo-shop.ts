import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { categoryPage, home, notAllowed, notFound, productPage, searchPage } from './browse-pages.ts';
import { parseCart, readOrder } from './cart.ts';
import { categoryBySlug, productById } from './catalogue.ts';
import { cartPage, checkoutPage, thanksPage } from './checkout-pages.ts';
import { accountPage, consultationPage } from './form-pages.ts';
import { icon, type Page, type PageRequest, renderDocument } from './page-layout.ts';
import { script } from './shop-script.ts';
import { style } from './shop-style.ts';

export interface StorefrontOptions {
  readonly host?: string;
  /** 0: any that is free. */
  readonly port?: number;
  /** Whole address of the pixel's script, with its write key. */
  readonly pixel: string;
  /** Where the pixel may load the platform's tag from, and the tag report to. */
  readonly tagOrigin?: string;
}

export interface Storefront {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Cuts what is open. */
  close(): Promise<void>;
}

/**
 * Starts a small shop for clocks that carries the pixel as a merchant pastes it. It keeps nothing: the cart and the last order
 * are cookies of the shopper's.
 *
 * @throws TypeError where `pixel` or `tagOrigin` is no whole address; else as `listen` does: the port is taken, the host is not ours.
 */
export async function startStorefront(options: StorefrontOptions): Promise<Storefront> {
  const { host = '127.0.0.1', port: wanted = 8082 } = options;
  const pixel = new URL(options.pixel);
  const allowed = { pixel, ...(options.tagOrigin !== undefined && { tag: new URL(options.tagOrigin) }) };
  const server = createServer((request, response) => answer(request, response, allowed));
  server.listen(wanted, host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    url: `http://${reachable(host)}:${port}`,
    port,
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** What the pages load from elsewhere. */
interface Allowed {
  readonly pixel: URL;
  readonly tag?: URL;
}

function answer(request: IncomingMessage, response: ServerResponse, allowed: Allowed): void {
  const [path = '', ...rest] = (request.url ?? '').split('?');
  const query = rest.join('?');
  const cookies = readCookies(request.headers.cookie);
  const cartText = cookies.get('merrow_cart') ?? '';
  const visit: PageRequest = { path, query: new URLSearchParams(query), cart: parseCart(cartText), cartText };

  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    sendPage(response, notAllowed(), visit, allowed);
    return;
  }
  const asset = assets.get(path);
  if (asset === undefined) sendPage(response, pageFor(visit, cookies) ?? notFound(), visit, allowed);
  else sendAsset(request, response, asset, query);
}

function pageFor({ path, query, cart }: PageRequest, cookies: ReadonlyMap<string, string>): Page | undefined {
  switch (path) {
    case '/':
      return home();
    case '/search':
      return searchPage(query.get('q') ?? '');
    case '/cart':
      return cartPage(cart);
    case '/checkout':
      return checkoutPage(cart);
    case '/thanks': {
      const order = readOrder(cookies.get('merrow_order'));
      return thanksPage(order?.orderId === query.get('order') ? order : undefined);
    }
    case '/consultation':
      return consultationPage();
    case '/account':
      return accountPage();
  }
  const [, kind, name = ''] = /^\/([cp])\/([a-z0-9-]+)$/.exec(path) ?? [];
  const category = kind === 'c' ? categoryBySlug(name) : undefined;
  if (category !== undefined) return categoryPage(category);
  const product = kind === 'p' ? productById(name) : undefined;
  return product && productPage(product);
}

function readCookies(header = ''): ReadonlyMap<string, string> {
  return new Map(
    header.split(';').map((pair) => {
      const [name = '', ...value] = pair.trim().split('=');
      return [name, value.join('=')];
    }),
  );
}

interface Asset {
  readonly type: string;
  readonly bytes: Buffer;
  /** Of its bytes. In its address it makes the answer good for a year. */
  readonly version: string;
}

const assets: ReadonlyMap<string, Asset> = new Map([
  ['/shop.css', assetOf('text/css; charset=utf-8', style)],
  ['/shop.js', assetOf('text/javascript; charset=utf-8', script)],
  ['/icon.svg', assetOf('image/svg+xml', icon)],
]);

function assetOf(type: string, text: string): Asset {
  return { type, bytes: Buffer.from(text), version: createHash('sha256').update(text).digest('hex').slice(0, 12) };
}

const addressOf = (path: string): string => `${path}?v=${assets.get(path)?.version ?? ''}`;

function sendAsset(request: IncomingMessage, response: ServerResponse, { type, bytes, version }: Asset, query: string): void {
  const etag = `"${version}"`;
  const headers = {
    etag,
    'cache-control': query === `v=${version}` ? 'public, max-age=31536000, immutable' : 'no-cache',
    'x-content-type-options': 'nosniff',
  };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'content-type': type, 'content-length': bytes.length }).end(bytes);
}

function sendPage(response: ServerResponse, page: Page, visit: PageRequest, allowed: Allowed): void {
  const nonce = randomBytes(16).toString('base64');
  const head = { pixel: allowed.pixel.href, nonce, style: addressOf('/shop.css'), script: addressOf('/shop.js') };
  const bytes = Buffer.from(renderDocument(page, visit, head));
  response
    .writeHead(page.status ?? 200, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': bytes.length,
      'cache-control': page.isPersonal === true ? 'private, no-store' : 'private, no-cache',
      'content-security-policy': policy(nonce, allowed),
      'referrer-policy': 'strict-origin-when-cross-origin',
      'x-content-type-options': 'nosniff',
    })
    .end(bytes);
}

/** What a careful merchant allows: the shop itself, the pixel's origin for what it sends, the tag's for its script and its beacons. */
function policy(nonce: string, { pixel, tag }: Allowed): string {
  const ofTag = tag === undefined ? '' : ` ${tag.origin}`;
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' ${pixel.origin}${ofTag}`,
    `connect-src 'self' ${pixel.origin}`,
    `img-src 'self' data:${ofTag}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join('; ');
}
