import type { Context, Hono } from 'hono';
import { getMaxEventAgeMs } from '../../event/late-events.ts';
import type { Site } from '../../event/site.ts';
import { publicNetworkPrefix } from '../../net/ip-address.ts';
import { isObject, parseJson } from '../../net/parse-json.ts';
import { LogUnavailableError } from '../../storage/log/event-log.ts';
import { acceptEvent } from '../accept/accept.ts';
import { acceptAndAppend, toIngestResponse } from '../accept/append-events.ts';
import type { IngestDeps } from '../accept/ingest-deps.ts';
import { createRequestClientReader } from '../http/client-info.ts';
import { getErrorCode, sendError, sendRateLimited } from '../http/error-response.ts';
import type { InFlightLease, InFlightLimit } from '../http/in-flight-limit.ts';
import { createNetworkRateLimiter } from '../http/rate-limit.ts';
import { type Pace, readBody } from '../http/read-body.ts';
import { largeBodyBytes, yieldToEventLoop } from '../http/yield-to-event-loop.ts';
import { type LimitTable, openOwnLimitTable } from '../limits/limit-table.ts';
import { createSeenBodyKinds } from './seen-body-kinds.ts';
import { parseShopifyWebhook } from './shopify.ts';
import { type BodyKind, findBodyKind } from './shopify-topics.ts';
import { isSignatureLike, verifySignature } from './signature.ts';
import { type BodyLease, createUnverifiedBodyLimit } from './unverified-bytes.ts';
import { bodyMismatch, type WebhookDelivery, type WebhookEvent, type WebhookPerson, type WebhookResult } from './webhook.ts';
import { isWooCommercePing, parseWooCommerceWebhook } from './woocommerce.ts';

export interface WebhookDeps extends IngestDeps {
  /**
   * Fulfils a privacy request of a customer. `later`: it takes longer than the shop waits for a response, and continues; the shop sends it
   * again. A repeat with the same delivery id is the same request.
   */
  readonly onPrivacyRequest: (
    site: Site,
    action: 'export' | 'erase',
    person: WebhookPerson,
    delivery: string,
  ) => Promise<'done' | 'later'>;
  /** Called when a webhook is refused because its signature is wrong or missing. */
  readonly onUnsigned?: (site: string, hasSecret: boolean) => void;
  /** Called for a signed webhook that is ignored because its body does not fit its topic. */
  readonly onMismatch?: (site: string, topic: string) => void;
}

/** The largest body of a webhook. @source https://shopify.dev/docs/apps/build/webhooks (2026-11) */
const maxBodyBytes = 2 * 1_048_576;
/** The length of the longest site id. */
const maxSiteId = 63;
/** The largest body of a call without a signature. */
const maxPingBytes = 64;

/**
 * The first 64 KiB, which hold an order of about a hundred items, may be slow. The rest must arrive at 64 KiB/s, counted in windows of 4 s,
 * in which a packet can be lost and sent again. A body of 128 KiB thus needs 16 KiB/s, and the limit of 15 s for a whole request requires
 * more of a body of 1 MiB. A client that holds back the last byte of a large body is cut off after 4 s.
 */
const pace: Pace = { freeBytes: 65_536, bytes: 4 * 65_536, windowMs: 4_000 };

/** The webhook protocol of a shop system: its headers, and the parser of its bodies. */
interface Shop {
  readonly header: (c: Context, name: 'signature' | 'topic' | 'delivery' | 'at') => string | undefined;
  readonly read: (delivery: WebhookDelivery) => WebhookResult;
  /** Returns the kind of body that a topic has. One body is never processed as two kinds. */
  readonly getKind?: (topic: string) => BodyKind | undefined;
  /** Returns whether an unsigned body only checks that the URL was set. */
  readonly isPing?: (body: Uint8Array) => boolean;
}

/** @source https://shopify.dev/docs/apps/build/webhooks (2026-11); the names without `X-` are those of its newer events */
const shopifyNames = { signature: 'Hmac-Sha256', topic: 'Topic', delivery: 'Webhook-Id', at: 'Triggered-At' } as const;

/**
 * The headers and parsers by shop system. WooCommerce's `X-WC-Webhook-Delivery-ID` is made of the webhook's id and the second, so it is not
 * unique and is not used. WooCommerce does not repeat a delivery by itself.
 * @source https://github.com/woocommerce/woocommerce plugins/woocommerce/includes/class-wc-webhook.php (2026-11): get_new_delivery_id
 */
const shops: Readonly<Record<string, Shop>> = {
  shopify: {
    header: (c, name) => c.req.header(`X-Shopify-${shopifyNames[name]}`) ?? c.req.header(`Shopify-${shopifyNames[name]}`),
    read: parseShopifyWebhook,
    getKind: findBodyKind,
  },
  woocommerce: {
    header: (c, name) => (name === 'signature' || name === 'topic' ? c.req.header(`X-WC-Webhook-${name}`) : undefined),
    read: parseWooCommerceWebhook,
    isPing: isWooCommercePing,
  },
};

/**
 * Mounts `POST /hooks/{shop}/{site}`, which accepts a shop's webhooks about orders and customers. Responds after the events are durable.
 */
export function mountWebhookRoutes(app: Hono, deps: WebhookDeps, flight: InFlightLimit): void {
  const { openLimitTable = openOwnLimitTable } = deps;
  const seen = {
    deliveries: openLimitTable('webhookDeliveries'),
    kinds: createSeenBodyKinds(deps.now, openLimitTable('webhookBodies')),
  };
  const readClient = createRequestClientReader(deps.proxies);
  const createBodyLease = createUnverifiedBodyLimit(openLimitTable('unverifiedBodies'));
  const unsigned = createNetworkRateLimiter(deps.rates.unsignedWebhooks, deps.now, openLimitTable('unsignedWebhooks'));
  for (const [name, shop] of Object.entries(shops)) {
    app.post(`/hooks/${name}/:site`, async (c) => {
      const network = publicNetworkPrefix(readClient(c).ip);
      const lease = flight.enter();
      if (!lease) return sendError(c, 'not-accepting');
      const siteId = c.req.param('site');
      const bodyLease = createBodyLease(deps.sites().some((site) => site.id === siteId) ? siteId : undefined, network);
      try {
        const response = await receive(c, shop, lease, bodyLease, seen, deps);
        if (network === undefined || getErrorCode(c) !== 'not-signed') return response;
        // Checked after the response: many shops call from the same addresses, and a signed webhook is never limited. The limit counts
        // by the requested id, whether or not the site exists, so that the limit does not reveal it.
        const wait = unsigned(network, { detail: siteId.slice(0, maxSiteId) });
        return wait === undefined ? response : sendRateLimited(c, wait);
      } finally {
        bodyLease.release();
        lease.release();
      }
    });
    app.all(`/hooks/${name}/:site`, (c) => sendError(c, 'method-not-allowed', { allow: 'POST' }));
  }
}

async function receive(
  c: Context,
  shop: Shop,
  lease: InFlightLease,
  bodyLease: BodyLease,
  seen: SeenWebhook,
  deps: WebhookDeps,
): Promise<Response> {
  // Checked before the site is looked up, so that the response does not reveal which sites exist. The shops do not compress.
  if (c.req.header('content-encoding') !== undefined) return sendError(c, 'encoding-unsupported');
  if (Number(c.req.header('content-length') ?? 0) > maxBodyBytes) return sendError(c, 'body-too-large');
  const signature = shop.header(c, 'signature');
  // A request without a signature is no webhook: it takes no part of the limit and is not reported.
  if (!isSignatureLike(signature)) {
    const isPing = shop.isPing !== undefined && (await readPing(c, shop.isPing, lease));
    return isPing ? c.json(emptyResponse('The shop checked that this address answers.')) : sendError(c, 'not-signed');
  }
  // Read for any site id, so that neither the response nor its duration reveals which sites exist.
  const body = await readBody(c.req.raw, maxBodyBytes, bodyLease.reserve, { pace });
  if ('error' in body) return sendError(c, body.error === 'not-accepting' ? body.error : 'not-signed');
  if (body.bytes.length > largeBodyBytes) await yieldToEventLoop();
  const siteId = c.req.param('site') ?? '';
  const site = deps.sites().find((one) => one.id === siteId);
  if (!site || !verifySignature(body.bytes, signature, site.webhooks.secrets)) {
    if (site) deps.onUnsigned?.(siteId, site.webhooks.secrets.length > 0);
    return sendError(c, 'not-signed');
  }
  // Only verified bodies take part of the shops' own limit.
  if (!lease.takeBytes(body.bytes.length)) return sendError(c, 'not-accepting');
  bodyLease.release();
  const deliveryId = shop.header(c, 'delivery');
  const delivery = deliveryId === undefined ? undefined : `${site.id} ${deliveryId.slice(0, 128)}`;
  const { deliveries } = seen;
  if (delivery !== undefined && deliveries.exclusively(() => deliveries.get(delivery)))
    return c.json({ ...emptyResponse(), duplicates: 1 });
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
    maxAgeMs: getMaxEventAgeMs(site),
  });
  const kind = 'ignored' in read ? undefined : shop.getKind?.(topic);
  const parsedWebhook = kind !== undefined && seen.kinds.isOtherKind(siteId, body.bytes, kind) ? bodyMismatch : read;
  if ('isMismatch' in parsedWebhook) {
    deps.onMismatch?.(siteId, topic);
    return c.json(emptyResponse(parsedWebhook.ignored)); // The delivery is not remembered, because the real one may follow under the same id.
  }
  const response = await processResult(c, parsedWebhook, site, delivery ?? deps.newId(), lease, deps);
  if (response.ok && delivery !== undefined) deliveries.exclusively(() => deliveries.set(delivery, 1, deps.now()));
  return response;
}

interface SeenWebhook {
  /**
   * Ids of deliveries that were processed: a shop sends a delivery again if it did not receive the response. A delivery beyond these is
   * processed again; its events are repeats, which the event log does not store again.
   */
  readonly deliveries: LimitTable;
  readonly kinds: ReturnType<typeof createSeenBodyKinds>;
}

async function readPing(c: Context, isPing: (body: Uint8Array) => boolean, lease: InFlightLease): Promise<boolean> {
  const body = await readBody(c.req.raw, maxPingBytes, lease.takeBytes);
  return 'bytes' in body && isPing(body.bytes);
}

async function processResult(
  c: Context,
  parsedWebhook: WebhookResult,
  site: Site,
  delivery: string,
  lease: InFlightLease,
  deps: WebhookDeps,
): Promise<Response> {
  if ('ignored' in parsedWebhook) return c.json(emptyResponse(parsedWebhook.ignored));
  if ('person' in parsedWebhook) {
    const { action, person } = parsedWebhook;
    const state = await deps.onPrivacyRequest(site, action, person, delivery);
    return state === 'done' ? c.json(emptyResponse()) : sendError(c, 'not-accepting');
  }
  const { reports } = parsedWebhook;
  if (!lease.takeEvents(reports.length)) return sendError(c, 'not-accepting');
  deps.metrics?.countReceived(site.id, 'webhook', reports.length);
  const now = deps.now();
  const read = ({ submission, ...context }: WebhookEvent) =>
    acceptEvent(submission, { reporter: 'webhook', gpc: false, ...context }, site, now, deps.newId);
  try {
    const response = toIngestResponse(await acceptAndAppend(reports, read, { site, reporter: 'webhook', now }, deps));
    deps.onAppended?.(site.id);
    deps.metrics?.countResults(site.id, 'webhook', response);
    // A rejected event would be rejected again, so the shop need not repeat the webhook.
    return c.json(response);
  } catch (error) {
    if (!(error instanceof LogUnavailableError)) throw error;
    deps.onAppended?.(site.id);
    return sendError(c, 'not-accepting');
  }
}

function emptyResponse(ignored?: string) {
  return { accepted: 0, duplicates: 0, rejected: [], warnings: [], ids: [], ...(ignored !== undefined && { ignored }) };
}
