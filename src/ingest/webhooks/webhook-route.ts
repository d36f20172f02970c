import type { Context, Hono } from 'hono';
import type { Site } from '../../event/site.ts';
import { publicNetworkPrefix } from '../../net/ip-address.ts';
import { LogUnavailableError } from '../../storage/log/event-log.ts';
import { acceptEvent } from '../accept/accept.ts';
import { acceptAndAppend, toIngestResponse } from '../accept/append-events.ts';
import type { IngestDeps } from '../accept/ingest-deps.ts';
import { BoundedMap } from '../http/bounded-map.ts';
import { createRequestClientReader } from '../http/client-info.ts';
import { getErrorCode, sendError, sendRateLimited } from '../http/error-response.ts';
import type { InFlightLease, InFlightLimit } from '../http/in-flight-limit.ts';
import { isObject, parseJson } from '../http/parse-json.ts';
import { createNetworkRateLimiter } from '../http/rate-limit.ts';
import { type Pace, readBody } from '../http/read-body.ts';
import { largeBodyBytes, yieldToEventLoop } from '../http/yield-to-event-loop.ts';
import { createSeenBodyKinds } from './seen-body-kinds.ts';
import { parseShopifyWebhook } from './shopify.ts';
import { findBodyKind } from './shopify-topics.ts';
import { isSignatureLike, verifySignature } from './signature.ts';
import { type BodyLease, createUnverifiedBodyLimit } from './unverified-bytes.ts';
import { bodyMismatch, type WebhookDelivery, type WebhookEvent, type WebhookPerson, type WebhookResult } from './webhook.ts';
import { isWooCommercePing, parseWooCommerceWebhook } from './woocommerce.ts';

/** What the shops' webhooks need from the rest of the gateway. */
export interface WebhookDeps extends IngestDeps {
  /**
   * Does what a customer asked of the shop. `later`: it takes longer than the shop waits for an answer, and goes on; the shop asks
   * again. Told again under the same delivery, it is the same request.
   */
  readonly onPerson: (site: Site, asks: 'export' | 'erase', person: WebhookPerson, delivery: string) => Promise<'done' | 'later'>;
  /** Told that a webhook was refused, for whoever sets one up. */
  readonly onUnsigned?: (site: string, hasSecret: boolean) => void;
  /** Called for a signed webhook that is ignored because its body does not fit its topic. */
  readonly onMismatch?: (site: string, topic: string) => void;
}

/** A body, at most. @source https://shopify.dev/docs/apps/build/webhooks (2026-11) */
const maxBodyBytes = 2 * 1_048_576;
/** A delivery beyond these is processed again; its events are duplicates by their own ids. */
const maxDeliveries = 10_000;
/** No site's id is longer. */
const maxSiteId = 63;
/** A call that nobody signed is heard no further. */
const maxPingBytes = 64;

/**
 * The first 64 KiB, which hold an order of about a hundred items, may be slow. The rest has to arrive at 64 KiB/s, counted in windows of
 * 4 s, in which a packet can be lost and sent again. A body of 128 KiB thus needs 16 KiB/s, and the limit of 15 s for a whole request asks
 * more of a body of 1 MiB. A client that holds back the last byte of a large body is cut off after 4 s.
 */
const pace: Pace = { freeBytes: 65_536, bytes: 4 * 65_536, windowMs: 4_000 };

/** A shop's way of calling: how it names what it sends, and how that is read. */
interface Shop {
  readonly header: (c: Context, name: 'signature' | 'topic' | 'delivery' | 'at') => string | undefined;
  readonly read: (delivery: WebhookDelivery) => WebhookResult;
  /** The kind of body that a topic has. One body is never processed as two kinds. */
  readonly kindOf?: (topic: string) => string | undefined;
  /** A call that is not signed and tells nothing: that the address was set. */
  readonly isPing?: (body: Uint8Array) => boolean;
}

/** @source https://shopify.dev/docs/apps/build/webhooks (2026-11); the names without `X-` are those of its newer events */
const shopifyNames = { signature: 'Hmac-Sha256', topic: 'Topic', delivery: 'Webhook-Id', at: 'Triggered-At' } as const;

/**
 * WooCommerce's `X-WC-Webhook-Delivery-ID` is made of the webhook's id and the second, so orders that are told in the same second share
 * one: it tells nothing here. It sends nothing twice by itself either.
 * @source https://github.com/woocommerce/woocommerce plugins/woocommerce/includes/class-wc-webhook.php (2026-11): get_new_delivery_id
 */
const shops: Readonly<Record<string, Shop>> = {
  shopify: {
    header: (c, name) => c.req.header(`X-Shopify-${shopifyNames[name]}`) ?? c.req.header(`Shopify-${shopifyNames[name]}`),
    read: parseShopifyWebhook,
    kindOf: findBodyKind,
  },
  woocommerce: {
    header: (c, name) => (name === 'signature' || name === 'topic' ? c.req.header(`X-WC-Webhook-${name}`) : undefined),
    read: parseWooCommerceWebhook,
    isPing: isWooCommercePing,
  },
};

/** `POST /hooks/{shop}/{site}`: a shop tells of its orders and customers itself. Answered once it is durable. */
export function mountWebhookRoutes(app: Hono, parts: WebhookDeps, flight: InFlightLimit): void {
  const seen = { deliveries: new BoundedMap<string, true>(maxDeliveries), kinds: createSeenBodyKinds(parts.now) };
  const readClient = createRequestClientReader(parts.proxies);
  const holdOf = createUnverifiedBodyLimit();
  const unsigned = createNetworkRateLimiter(parts.rates.unsignedWebhooks, parts.now);
  for (const [name, shop] of Object.entries(shops)) {
    app.post(`/hooks/${name}/:site`, async (c) => {
      const network = publicNetworkPrefix(readClient(c).ip);
      const share = flight.enter();
      if (!share) return sendError(c, 'not-accepting');
      const id = c.req.param('site');
      const held = holdOf(parts.sites().some((site) => site.id === id) ? id : undefined, network);
      try {
        const answer = await receive(c, shop, share, held, seen, parts);
        if (network === undefined || getErrorCode(c) !== 'not-signed') return answer;
        // Asked only now: many shops call from the same addresses, and what is rightly signed is let in whatever else they send. Counted
        // by the id that was asked for, whether or not there is such a site, so it tells nothing of that.
        const wait = unsigned(network, { detail: id.slice(0, maxSiteId) });
        return wait === undefined ? answer : sendRateLimited(c, wait);
      } finally {
        held.release();
        share.release();
      }
    });
    app.all(`/hooks/${name}/:site`, (c) => sendError(c, 'method-not-allowed', { allow: 'POST' }));
  }
}

async function receive(
  c: Context,
  shop: Shop,
  share: InFlightLease,
  held: BodyLease,
  seen: Seen,
  parts: WebhookDeps,
): Promise<Response> {
  // Said before anybody is looked for, so it tells nobody which sites there are. The shops pack nothing.
  if (isPacked(c)) return sendError(c, 'encoding-unsupported');
  if (Number(c.req.header('content-length') ?? 0) > maxBodyBytes) return sendError(c, 'body-too-large');
  const signature = shop.header(c, 'signature');
  // What is not even signed is no shop's: it takes no room, and nobody is told of it.
  if (!isSignatureLike(signature)) {
    const isPing = shop.isPing !== undefined && (await isPinged(c, shop.isPing, share));
    return isPing ? c.json(nothingNew('The shop asks whether anybody is here.')) : sendError(c, 'not-signed');
  }
  // Read whatever site it names, so that neither the answer nor its time tells which there are.
  const body = await readBody(c.req.raw, maxBodyBytes, held.take, { pace });
  if ('error' in body) return sendError(c, body.error === 'not-accepting' ? body.error : 'not-signed');
  if (body.bytes.length > largeBodyBytes) await yieldToEventLoop();
  const id = c.req.param('site') ?? '';
  const site = parts.sites().find((one) => one.id === id);
  if (!site || !verifySignature(body.bytes, signature, site.webhooks.secrets)) {
    if (site) parts.onUnsigned?.(id, site.webhooks.secrets.length > 0);
    return sendError(c, 'not-signed');
  }
  // Only what is verified takes room of the shops' own.
  if (!share.takeBytes(body.bytes.length)) return sendError(c, 'not-accepting');
  held.release();
  const named = shop.header(c, 'delivery');
  const delivery = named === undefined ? undefined : `${site.id} ${named.slice(0, 128)}`;
  if (delivery !== undefined && seen.deliveries.get(delivery)) return c.json({ ...nothingNew(), duplicates: 1 });
  const parsed = parseJson(body.bytes);
  if ('error' in parsed) return sendError(c, parsed.error);
  if (!isObject(parsed.value)) return sendError(c, 'body-unreadable');

  const topic = shop.header(c, 'topic')?.toLowerCase() ?? '';
  const triggeredAt = shop.header(c, 'at');
  const read = shop.read({
    topic,
    ...(triggeredAt !== undefined && { triggeredAt }),
    body: parsed.value,
    purchaseOn: site.webhooks.purchaseOn,
  });
  const kind = 'ignored' in read ? undefined : shop.kindOf?.(topic);
  const hooked = kind !== undefined && seen.kinds.isOtherKind(id, body.bytes, kind) ? bodyMismatch : read;
  if ('isMismatch' in hooked) {
    parts.onMismatch?.(id, topic);
    return c.json(nothingNew(hooked.ignored)); // Its delivery is not remembered: the real one may follow under the same id.
  }
  const answer = await take(c, hooked, site, delivery ?? parts.newId(), share, parts);
  if (answer.ok && delivery !== undefined) seen.deliveries.set(delivery, true);
  return answer;
}

interface Seen {
  /** Ids of deliveries that were processed: a shop sends a delivery again if it did not receive the response. */
  readonly deliveries: BoundedMap<string, true>;
  readonly kinds: ReturnType<typeof createSeenBodyKinds>;
}

async function isPinged(c: Context, isPing: (body: Uint8Array) => boolean, share: InFlightLease): Promise<boolean> {
  const body = await readBody(c.req.raw, maxPingBytes, share.takeBytes);
  return 'bytes' in body && isPing(body.bytes);
}

function isPacked(c: Context): boolean {
  return c.req.header('content-encoding') !== undefined;
}

async function take(
  c: Context,
  hooked: WebhookResult,
  site: Site,
  delivery: string,
  share: InFlightLease,
  parts: WebhookDeps,
): Promise<Response> {
  if ('ignored' in hooked) return c.json(nothingNew(hooked.ignored));
  if ('person' in hooked) {
    const { asks, person } = hooked;
    const became = await parts.onPerson(site, asks, person, delivery);
    return became === 'done' ? c.json(nothingNew()) : sendError(c, 'not-accepting');
  }
  const { reports } = hooked;
  if (!share.takeEvents(reports.length)) return sendError(c, 'not-accepting');
  parts.meter?.received(site.id, 'webhook', reports.length);
  const now = parts.now();
  const read = ({ submission, ...said }: WebhookEvent) =>
    acceptEvent(submission, { reporter: 'webhook', gpc: false, ...said }, site, now, parts.newId);
  try {
    const taken = toIngestResponse(await acceptAndAppend(reports, read, { site, reporter: 'webhook', now }, parts));
    if (taken.accepted > 0) parts.onAppended?.(site.id);
    parts.meter?.taken(site.id, 'webhook', taken);
    // What was not accepted would not be the next time either, so the shop need not send it again.
    return c.json(taken);
  } catch (fault) {
    if (!(fault instanceof LogUnavailableError)) throw fault;
    return sendError(c, 'not-accepting');
  }
}

function nothingNew(ignored?: string) {
  return { accepted: 0, duplicates: 0, rejected: [], warnings: [], ids: [], ...(ignored !== undefined && { ignored }) };
}
