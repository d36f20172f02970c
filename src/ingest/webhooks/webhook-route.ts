import type { Context, Hono } from 'hono';
import { type Hook, type HookSource, hookSources, isMappedSource } from '../../event/hook.ts';
import { getMaxEventAgeMs } from '../../event/late-events.ts';
import type { Site } from '../../event/site.ts';
import { publicNetworkPrefix } from '../../net/ip-address.ts';
import { isObject, parseJson } from '../../net/parse-json.ts';
import { LogUnavailableError } from '../../storage/log/event-log.ts';
import { acceptEvent } from '../accept/accept.ts';
import { acceptAndAppend, type IngestResponse, toIngestResponse } from '../accept/append-events.ts';
import type { IngestDeps } from '../accept/ingest-deps.ts';
import { createRequestClientReader } from '../http/client-info.ts';
import { getErrorCode, sendError, sendRateLimited } from '../http/error-response.ts';
import type { InFlightLease, InFlightLimit } from '../http/in-flight-limit.ts';
import { createNetworkRateLimiter } from '../http/rate-limit.ts';
import { type Pace, readBody } from '../http/read-body.ts';
import { largeBodyBytes, yieldToEventLoop } from '../http/yield-to-event-loop.ts';
import { type LimitTable, openOwnLimitTable } from '../limits/limit-table.ts';
import { getHookReporter } from './mapped-hook.ts';
import { createSeenBodyKinds } from './seen-body-kinds.ts';
import { createSeenBodyShops, findAppSite, namesOtherShop } from './shopify-app-address.ts';
import { type BodyLease, createUnverifiedBodyLimit } from './unverified-bytes.ts';
import { type AppNotice, bodyMismatch, type WebhookEvent, type WebhookPerson, type WebhookResult } from './webhook.ts';
import type { WebhookSender, WebhookTarget } from './webhook-sender.ts';
import { hookSenders, shopSenders } from './webhook-senders.ts';

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
  readonly onUnsigned?: (site: string, hasSecret: boolean, hook?: string) => void;
  /** Called for a signed webhook that is ignored because its body does not fit its topic. */
  readonly onMismatch?: (site: string, topic: string) => void;
  /** Called for a signed notice about the operator's app in the site's shop. */
  readonly onApp?: (site: string, notice: AppNotice) => void;
  /** Called after a proven request of a hook was answered. */
  readonly onHook?: (site: string, hook: string, report: HookReport) => void;
}

/** The result of a proven request of a hook. */
export interface HookReport {
  readonly result: 'accepted' | 'repeated' | 'ignored' | 'rejected';
  /** Why it was ignored or rejected. Never holds a value of the request. */
  readonly reason?: string;
  /** The body, if it is small enough to be kept for the preview of a mapping. It is never logged or written to disk. */
  readonly body?: string;
}

/** The largest body that is kept for a preview. */
const maxKeptBytes = 65_536;

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

/**
 * Mounts `POST /hooks/{shop}/{site}`, which accepts a shop's webhooks about orders and customers, and `POST /hooks/{source}/{site}/{hook}`,
 * which accepts those of another sender. `POST /hooks/stripe/{site}` and `/hooks/recharge/{site}` address the only hook of the source.
 * `POST /hooks/shopify-app/{app}` accepts those of an app in any of its shops. Responds after the events are durable.
 */
export function mountWebhookRoutes(app: Hono, deps: WebhookDeps, flight: InFlightLimit): void {
  const { openLimitTable = openOwnLimitTable } = deps;
  const seen = {
    deliveries: openLimitTable('webhookDeliveries'),
    kinds: createSeenBodyKinds(deps.now, openLimitTable('webhookBodies')),
    shops: createSeenBodyShops(deps.now, openLimitTable('webhookBodies')),
  };
  const readClient = createRequestClientReader(deps.proxies);
  const createBodyLease = createUnverifiedBodyLimit(openLimitTable('unverifiedBodies'));
  const unsigned = createNetworkRateLimiter(deps.rates.unsignedWebhooks, deps.now, openLimitTable('unsignedWebhooks'));
  const findSite = (c: Context) => deps.sites().find(({ id }) => id === c.req.param('site'));
  const isSiteKnown = (id: string) => deps.sites().some((site) => site.id === id);
  const mounted = [
    ...Object.entries(shopSenders).map(([name, sender]) => ({
      path: `/hooks/${name}/:site`,
      isKnown: isSiteKnown,
      find(c: Context): Address {
        const site = findSite(c);
        return { sender, site, secrets: site?.webhooks.secrets ?? [] };
      },
    })),
    ...[`:source{${hookSources.join('|')}}/:site/:hook`, `:source{${ownSources.join('|')}}/:site`].map((path) => ({
      path: `/hooks/${path}`,
      isKnown: isSiteKnown,
      find(c: Context): Address {
        const site = findSite(c);
        const source = hookSources.find((one) => one === c.req.param('source')) ?? 'custom';
        const hook = findHook(site?.hooks, source, c.req.param('hook'));
        return { sender: hookSenders[source], site: hook && site, secrets: hook?.secrets ?? [], hook };
      },
    })),
    {
      path: '/hooks/shopify-app/:app',
      isKnown: (key: string) => findAppSite(deps.sites(), key).isKnown,
      find(c: Context): Address {
        const app = c.req.param('app') ?? '';
        const { site, secrets } = findAppSite(
          deps.sites(),
          app,
          shopSenders.shopify.getHeader((name) => c.req.header(name), 'shop'),
        );
        return { sender: shopSenders.shopify, site, secrets, app };
      },
    },
  ];
  for (const { path, isKnown, find } of mounted) {
    app.post(path, async (c) => {
      const network = publicNetworkPrefix(readClient(c).ip);
      const lease = flight.enter();
      if (!lease) return sendError(c, 'not-accepting');
      const receiver = c.req.param('site') ?? c.req.param('app') ?? '';
      const bodyLease = createBodyLease(isKnown(receiver) ? receiver : undefined, network);
      try {
        const response = await receive(c, find(c), lease, bodyLease, seen, deps);
        if (network === undefined || getErrorCode(c) !== 'not-signed') return response;
        // Checked after the response: many shops call from the same addresses, and a signed webhook is never limited. The limit counts
        // by the requested id, whether or not the site exists, so that the limit does not reveal it.
        const wait = unsigned(network, { detail: receiver.slice(0, maxSiteId) });
        return wait === undefined ? response : sendRateLimited(c, wait);
      } finally {
        bodyLease.release();
        lease.release();
      }
    });
    app.all(path, (c) => sendError(c, 'method-not-allowed', { allow: 'POST' }));
  }
}

/** The sources whose requests Convey reads itself. The only hook of such a source has an address without its id. */
const ownSources = hookSources.filter((source) => !isMappedSource(source));

function findHook(hooks: Site['hooks'] = [], source: HookSource, id: string | undefined): Hook | undefined {
  const [only, ...others] = hooks.filter((one) => one.source === source);
  if (id === undefined) return others.length === 0 ? only : undefined;
  return hooks.find((one) => one.source === source && one.id === id);
}

/** The receiver that a request's path names. Without a site, no secret fits. */
interface Address {
  readonly sender: WebhookSender;
  readonly site: Site | undefined;
  readonly secrets: readonly string[];
  readonly hook?: Hook | undefined;
  /** The key of the app that the path names. */
  readonly app?: string;
}

async function receive(
  c: Context,
  { sender, site, secrets, hook, app }: Address,
  lease: InFlightLease,
  bodyLease: BodyLease,
  seen: SeenWebhook,
  deps: WebhookDeps,
): Promise<Response> {
  // Checked before the site is looked up, so that the response does not reveal which sites exist. The shops do not compress.
  if ((c.req.header('content-encoding')?.trim().toLowerCase() ?? 'identity') !== 'identity')
    return sendError(c, 'encoding-unsupported');
  if (Number(c.req.header('content-length') ?? 0) > maxBodyBytes) return sendError(c, 'body-too-large');
  const header = (name: string) => c.req.header(name);
  const verifier = sender.getVerifier(hook);
  // A request without a signature is no webhook: it takes no part of the limit and is not reported.
  if (!verifier.isSigned(header)) {
    const isPing = sender.isPing !== undefined && (await readPing(c, sender.isPing, lease));
    return isPing ? c.json(emptyResponse('The shop checked that this address answers.')) : sendError(c, 'not-signed');
  }
  // Read for any site id, so that neither the response nor its duration reveals which sites exist.
  const body = await readBody(c.req.raw, maxBodyBytes, bodyLease.reserve, { pace });
  const readAt = performance.now();
  if ('error' in body) return sendError(c, body.error === 'not-accepting' ? body.error : 'not-signed');
  if (body.bytes.length > largeBodyBytes) await yieldToEventLoop();
  const isRight = verifier.verify({ header, body: body.bytes, now: deps.now(), urls: listUrls(c, site) }, secrets);
  if (!site || !isRight) {
    if (site) deps.onUnsigned?.(site.id, secrets.length > 0, ...(hook ? [hook.id] : []));
    return sendError(c, 'not-signed');
  }
  // Only verified bodies take part of the shops' own limit.
  if (!lease.takeBytes(body.bytes.length)) return sendError(c, 'not-accepting');
  bodyLease.release();
  const { deliveries } = seen;
  const isKnown = (id: string | undefined) => id !== undefined && deliveries.exclusively(() => deliveries.get(id)) !== undefined;
  const toKey = (id: string | undefined) =>
    id === undefined ? undefined : [site.id, ...(hook ? [hook.id] : []), id.slice(0, 128)].join(' ');
  const headerKey = toKey(sender.getHeader(header, 'delivery'));
  if (isKnown(headerKey)) return c.json({ ...emptyResponse(), duplicates: 1 });
  const parsed = parseJson(body.bytes);
  if ('error' in parsed) return sendError(c, parsed.error);
  if (!isObject(parsed.value)) return sendError(c, 'body-unreadable');
  const delivery = headerKey ?? toKey(sender.getDeliveryId?.(parsed.value));
  if (headerKey === undefined && isKnown(delivery)) return c.json({ ...emptyResponse(), duplicates: 1 });

  const topic = sender.getHeader(header, 'topic')?.toLowerCase() ?? '';
  const triggeredAt = sender.getHeader(header, 'at');
  const delivered = {
    topic,
    ...(triggeredAt !== undefined && { triggeredAt }),
    body: parsed.value,
    purchaseOn: site.webhooks.purchaseOn,
    maxAgeMs: getMaxEventAgeMs(site),
  };
  const read = sender.read(delivered, { site, hook });
  const kind = 'ignored' in read ? undefined : sender.getKind?.(topic);
  const isOther =
    (kind !== undefined && seen.kinds.isOtherKind(site.id, body.bytes, kind)) ||
    (app !== undefined &&
      (namesOtherShop(parsed.value, site) || seen.shops.isOtherShop(app, body.bytes, site.shopify?.shop ?? '')));
  const parsedWebhook = isOther ? bodyMismatch : app === undefined && 'app' in read ? notOfApp : read;
  if ('isMismatch' in parsedWebhook) {
    deps.onMismatch?.(site.id, topic);
    return c.json(emptyResponse(parsedWebhook.ignored)); // The delivery is not remembered, because the real one may follow under the same id.
  }
  const onDone = (report: HookReport) => {
    if (!hook) return;
    const isKept = sender.accept !== undefined && body.bytes.length <= maxKeptBytes;
    deps.onHook?.(site.id, hook.id, { ...report, ...(isKept && { body: Buffer.from(body.bytes).toString() }) });
  };
  const target = { site, hook, sender, readAt, onDone };
  const response = await processResult(c, parsedWebhook, target, delivery ?? deps.newId(), lease, deps);
  if (app !== undefined && response.ok) {
    const apiVersion = sender.getHeader(header, 'version');
    deps.onApp?.(site.id, { kind: 'delivered', topic, ...(isVersion(apiVersion) && { apiVersion }) });
  }
  if (response.ok && delivery !== undefined) deliveries.exclusively(() => deliveries.set(delivery, 1, deps.now()));
  return response;
}

/** Returns the addresses by which the sender may have called: one that the operator set, and that of the request behind TLS. */
function listUrls(c: Context, site: Site | undefined): readonly string[] {
  const { pathname, search } = new URL(c.req.url);
  const path = pathname + search;
  const host = c.req.header('host');
  return [
    ...(site?.publicUrl === undefined ? [] : [`${site.publicUrl}${path}`]),
    ...(host === undefined ? [] : [`https://${host}${path}`]),
  ];
}

interface SeenWebhook {
  /**
   * Ids of deliveries that were processed: a shop sends a delivery again if it did not receive the response. A delivery beyond these is
   * processed again; its events are repeats, which the event log does not store again.
   */
  readonly deliveries: LimitTable;
  readonly kinds: ReturnType<typeof createSeenBodyKinds>;
  readonly shops: ReturnType<typeof createSeenBodyShops>;
}

function isVersion(text: string | undefined): text is string {
  return text !== undefined && /^20\d\d-\d\d$/.test(text);
}

const notOfApp: WebhookResult = { ignored: 'Only an app gets webhooks of this topic, at the address of the app.' };

async function readPing(c: Context, isPing: (body: Uint8Array) => boolean, lease: InFlightLease): Promise<boolean> {
  const body = await readBody(c.req.raw, maxPingBytes, lease.takeBytes);
  return 'bytes' in body && isPing(body.bytes);
}

/** The receiver of a verified webhook. */
interface Target extends WebhookTarget {
  readonly sender: WebhookSender;
  /** When the whole body had arrived, in monotonic time. */
  readonly readAt: number;
  readonly onDone: (report: HookReport) => void;
}

async function processResult(
  c: Context,
  parsedWebhook: WebhookResult,
  { site, hook, sender, readAt, onDone }: Target,
  delivery: string,
  lease: InFlightLease,
  deps: WebhookDeps,
): Promise<Response> {
  if ('ignored' in parsedWebhook) {
    onDone({ result: 'ignored', reason: parsedWebhook.ignored });
    return c.json(emptyResponse(parsedWebhook.ignored));
  }
  if ('app' in parsedWebhook) {
    deps.onApp?.(site.id, parsedWebhook.app);
    return c.json(emptyResponse());
  }
  if ('person' in parsedWebhook) {
    const { action, person } = parsedWebhook;
    const state = await deps.onPrivacyRequest(site, action, person, delivery);
    return state === 'done' ? c.json(emptyResponse()) : sendError(c, 'not-accepting');
  }
  const { reports } = parsedWebhook;
  if (!lease.takeEvents(reports.length)) return sendError(c, 'not-accepting');
  const reporter = hook ? getHookReporter(hook) : 'webhook';
  deps.metrics?.countReceived(site.id, reporter, reports.length);
  const now = deps.now();
  const { accept, via } = sender;
  const read = (report: WebhookEvent) => {
    const located = { ...report, lookUpCountry: deps.proxies.lookUpCountry };
    if (hook && accept) return accept(located, hook, site, now, deps.newId);
    const { submission, ...context } = located;
    return acceptEvent(submission, { reporter, ...(via && { via }), gpc: false, ...context }, site, now, deps.newId);
  };
  try {
    const response = toIngestResponse(await acceptAndAppend(reports, read, { site, reporter, now }, deps));
    deps.onAppended?.(site.id);
    deps.metrics?.countResults(site.id, reporter, response);
    onDone(toHookReport(response));
    deps.durations?.acknowledge.countSince(readAt);
    // A rejected event would be rejected again, so the shop need not repeat the webhook.
    return c.json(response);
  } catch (error) {
    if (!(error instanceof LogUnavailableError)) throw error;
    deps.onAppended?.(site.id);
    return sendError(c, 'not-accepting');
  }
}

function toHookReport({ accepted, duplicates, rejected }: IngestResponse): HookReport {
  const [issue] = rejected.flatMap(({ issues }) => issues);
  if (accepted > 0) return { result: 'accepted' };
  if (issue) return { result: 'rejected', reason: issue.field === '' ? issue.message : `\`${issue.field}\`: ${issue.message}` };
  return duplicates > 0 ? { result: 'repeated' } : { result: 'ignored', reason: 'The request reports no event.' };
}

function emptyResponse(ignored?: string) {
  return { accepted: 0, duplicates: 0, rejected: [], warnings: [], ids: [], ...(ignored !== undefined && { ignored }) };
}
