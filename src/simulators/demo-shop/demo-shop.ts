import { createHash, randomBytes } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie } from 'hono/cookie';
import { type RunningServer, startServer } from '../start-server.ts';
import { categoryPage, homePage, notAllowedPage, notFoundPage, productPage, searchPage } from './browse-pages.ts';
import { parseCart, parseOrder } from './cart.ts';
import { getCategory, getProduct } from './catalogue.ts';
import { cartPage, checkoutPage, thanksPage } from './checkout-pages.ts';
import { accountPage, consultationPage } from './form-pages.ts';
import type { OrderWebhook } from './order-webhook.ts';
import { icon, type Page, renderDocument } from './page-layout.ts';
import { maxOrderBytes, receiveOrder } from './receive-order.ts';
import { shopScript } from './shop-script.ts';
import { shopStyle } from './shop-style.ts';

export interface DemoShopOptions {
  readonly host?: string;
  /** Port 0 takes a free port. */
  readonly port?: number;
  /** The complete URL of the pixel's script, with its write key. */
  readonly pixel: string;
  /** The origin that the browser tag is loaded from and reports to. */
  readonly tagOrigin?: string;
  /** The path, with click ids, that `/ad` leads to. Absent: `/ad` does not exist. */
  readonly landing?: string;
  /** The webhook for placed orders. Absent: only the pixel reports them. */
  readonly webhook?: OrderWebhook;
}

export type DemoShop = RunningServer;

/**
 * Starts a small clock shop with the pixel as a merchant pastes it, and a webhook for its orders. It has no state: the cart and the last
 * order are cookies of the shopper. Rejects with a TypeError if `pixel` or `tagOrigin` is not a URL, and if the port is taken or the host is not local.
 */
export async function startDemoShop(options: DemoShopOptions): Promise<DemoShop> {
  const { host = '127.0.0.1', port = 8082, tagOrigin } = options;
  const allowed = { pixel: new URL(options.pixel), ...(tagOrigin !== undefined && { tag: new URL(tagOrigin) }) };
  return await startServer(createShopApp(allowed, options), { host, port });
}

/** The other origins that the pages load from. */
interface AllowedOrigins {
  readonly pixel: URL;
  readonly tag?: URL;
}

interface Env {
  readonly Bindings: HttpBindings;
}

function createShopApp(allowed: AllowedOrigins, { landing, webhook }: Pick<DemoShopOptions, 'landing' | 'webhook'>): Hono<Env> {
  const app = new Hono<Env>();
  const send = (c: Context<Env>, page: Page | undefined) => sendPage(c, page ?? notFoundPage(), allowed);
  for (const [path, asset] of assets) app.get(path, (c) => sendAsset(c, asset));
  app.get('/', (c) => send(c, homePage()));
  if (landing !== undefined) app.get('/ad', (c) => c.redirect(landing));
  app.get('/search', (c) => send(c, searchPage(c.req.query('q') ?? '')));
  app.get('/c/:slug', (c) => {
    const category = getCategory(c.req.param('slug'));
    return send(c, category && categoryPage(category));
  });
  app.get('/p/:id', (c) => {
    const product = getProduct(c.req.param('id'));
    return send(c, product && productPage(product));
  });
  app.get('/cart', (c) => send(c, cartPage(parseCart(getCookie(c, 'merrow_cart')))));
  app.get('/checkout', (c) => send(c, checkoutPage(parseCart(getCookie(c, 'merrow_cart')))));
  app.get('/thanks', (c) => {
    const order = parseOrder(getCookie(c, 'merrow_order'));
    return send(c, thanksPage(order?.orderId === c.req.query('order') ? order : undefined));
  });
  app.get('/consultation', (c) => send(c, consultationPage()));
  app.get('/account', (c) => send(c, accountPage()));
  app.post('/orders', bodyLimit({ maxSize: maxOrderBytes }), (c) => receiveOrder(c, webhook));
  app.get('*', (c) => send(c, undefined));
  app.all('*', (c) => {
    c.header('allow', 'GET, HEAD');
    return send(c, notAllowedPage());
  });
  return app;
}

interface Asset {
  readonly type: string;
  readonly text: string;
  /** A hash of the text. A URL with the version is cached for a year. */
  readonly version: string;
}

const assets: ReadonlyMap<string, Asset> = new Map([
  ['/shop.css', createAsset('text/css; charset=utf-8', shopStyle)],
  ['/shop.js', createAsset('text/javascript; charset=utf-8', shopScript)],
  ['/icon.svg', createAsset('image/svg+xml', icon)],
]);

function createAsset(type: string, text: string): Asset {
  return { type, text, version: createHash('sha256').update(text).digest('hex').slice(0, 12) };
}

const toVersionedUrl = (path: string): string => `${path}?v=${assets.get(path)?.version ?? ''}`;

function sendAsset(c: Context<Env>, { type, text, version }: Asset) {
  const etag = `"${version}"`;
  c.header('etag', etag);
  c.header('cache-control', c.req.query('v') === version ? 'public, max-age=31536000, immutable' : 'no-cache');
  c.header('x-content-type-options', 'nosniff');
  if (c.req.header('if-none-match') === etag) return c.body(null, 304);
  return c.body(text, 200, { 'content-type': type });
}

function sendPage(c: Context<Env>, page: Page, allowed: AllowedOrigins) {
  const nonce = randomBytes(16).toString('base64');
  const cartText = getCookie(c, 'merrow_cart') ?? '';
  const request = { path: c.req.path, query: new URL(c.req.url).searchParams, cart: parseCart(cartText), cartText };
  const head = {
    pixel: allowed.pixel.href,
    nonce,
    style: toVersionedUrl('/shop.css'),
    script: toVersionedUrl('/shop.js'),
  };
  c.header('cache-control', page.isPersonal === true ? 'private, no-store' : 'private, no-cache');
  c.header('content-security-policy', getPolicy(nonce, allowed));
  c.header('referrer-policy', 'strict-origin-when-cross-origin');
  c.header('x-content-type-options', 'nosniff');
  return c.html(renderDocument(page, request, head), page.status ?? 200);
}

/** Returns a strict policy: the shop itself, the pixel's origin for script and reports, the tag's origin for script and beacons. */
function getPolicy(nonce: string, { pixel, tag }: AllowedOrigins): string {
  const tagSource = tag === undefined ? '' : ` ${tag.origin}`;
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' ${pixel.origin}${tagSource}`,
    `connect-src 'self' ${pixel.origin}${tagSource}`,
    `img-src 'self' data:${tagSource}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join('; ');
}
