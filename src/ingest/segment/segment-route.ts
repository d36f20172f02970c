import type { Context, Hono } from 'hono';
import type { Sha256 } from '../../event/event.ts';
import { getObject, getText } from '../../hooks/json-fields.ts';
import { publicNetworkPrefix } from '../../net/ip-address.ts';
import { isObject, parseJson } from '../../net/parse-json.ts';
import { LogUnavailableError } from '../../storage/log/event-log.ts';
import { dryRunHeader, isDryRun } from '../accept/dry-run.ts';
import type { IngestDeps } from '../accept/ingest-deps.ts';
import { ByteRateExceededError, type CallerRates, limitAppend } from '../browser/browser-rates.ts';
import { getSurroundings } from '../browser/browser-route.ts';
import { type ClientInfo, createRequestClientReader } from '../http/client-info.ts';
import { classifyOrigin, corsHeaders } from '../http/cors-origin.ts';
import { type IngestErrorCode, type Reply, sendReply } from '../http/error-response.ts';
import type { InFlightLease, InFlightLimit } from '../http/in-flight-limit.ts';
import { readBody } from '../http/read-body.ts';
import { largeBodyBytes, yieldToEventLoop } from '../http/yield-to-event-loop.ts';
import type { DailyBytes } from '../limits/daily-bytes.ts';
import type { EventsLimits } from '../server/receive-events.ts';
import { isPurchaseTrack } from './commerce-events.ts';
import { createRudderSource, createSegmentSettings } from './first-answers.ts';
import { ingestMessages, type MessageBatch } from './ingest-messages.ts';
import { rehearseMessages } from './rehearse-messages.ts';
import { type JudgedCaller, judgeCaller, toShopper } from './segment-caller.ts';
import { findSegmentCaller, listRequestKeys, type SegmentCaller } from './segment-keys.ts';
import { createSegmentError, takenReply } from './segment-reply.ts';

export interface SegmentDeps extends IngestDeps {
  /** Returns whether events can be stored; `browsers: false` if browser events cannot. */
  readonly ready: () => { readonly ok: boolean; readonly browsers?: false };
  readonly dailyBytes?: DailyBytes;
  /** The URL of the collector for sites without one of their own. */
  readonly publicUrl?: string;
  /** Called for a secret key that a page uses, with its SHA-256. */
  readonly onLeakedKey?: (site: string, key: Sha256) => void;
  /** Called for messages that a server sends with a public key. */
  readonly onPublicKeyOnServer?: (site: string, messages: number) => void;
  /** Called for a page of a domain that the site does not list, with its `Origin` header. */
  readonly onRefusedOrigin?: (site: string, origin: string) => void;
}

/** The types of a message by the last part of a path. analytics.js posts to the first letter. */
const types: Readonly<Record<string, string>> = {
  ...{ track: 'track', page: 'page', screen: 'screen', identify: 'identify', group: 'group', alias: 'alias' },
  ...{ t: 'track', p: 'page', s: 'screen', i: 'identify', g: 'group', a: 'alias' },
};
const batches = ['batch', 'b', 'import'];

/** Returns the pattern of a last part. Java's paths end with a slash. */
const lastPart = (names: readonly string[]) => `:call{(?:${names.join('|')})/?}`;

/** The routes of all SDKs: Segment's and RudderStack's own, RudderStack's beacon, and Jitsu's in a page and on a server. */
const routes = [
  `/v1/${lastPart([...Object.keys(types), ...batches])}`,
  `/beacon/v1/${lastPart(['batch'])}`,
  `/api/s/${lastPart(Object.values(types))}`,
  `/api/s/s2s/${lastPart(Object.values(types))}`,
];

const maxBodyBytes = 1_048_576;
/** Similar events shrink more than those of other senders, up to 18 times. */
const maxRatio = 100;
const maxMessages = 2_500;
/** @source https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/ (2025-11): 32 KB a message */
const maxMessageBytes = 32_768;
const maxValues = 110_000;
const settingsMaxAgeSeconds = 300;

/** The headers that the SDKs send from a page. @source recorded preflights (2026-11) */
const allowedHeaders = [
  ...['anonymousid', 'authorization', 'content-type', 'sentat', 'x-retry-count', 'x-write-key'],
  ...['rsa-retry-attempt', 'rsa-retry-reason', 'rsa-since-last-attempt', 'rsa-since-first-attempt'],
];

/**
 * Mounts the routes of Segment's protocol, so that a shop changes the host of its SDK alone. `POST /v1/events` stays Convey's own.
 * @source recorded requests of the SDKs that `docs/guides/segment.md` names (2026-11)
 */
export function mountSegmentRoutes(app: Hono, deps: SegmentDeps, limits: EventsLimits, flight: InFlightLimit): void {
  const readClient = createRequestClientReader(deps.proxies);
  const answer = (c: Context, reply: Reply) =>
    sendReply(c, {
      ...reply,
      headers: { ...reply.headers, ...corsHeaders(classifyOrigin(c.req.header('origin'), deps.sites())) },
    });
  for (const path of routes) {
    app.options(path, (c) => preflight(c, deps, [...allowedHeaders, dryRunHeader]));
    app.post(path, async (c) => {
      const client = readClient(c);
      const network = publicNetworkPrefix(client.ip);
      const rates = limits.browser(network);
      // The key may be in the body, so the caller is not known before it is read.
      const lease = flight.enter(network);
      if (!lease) return answer(c, createSegmentError('not-accepting', { 'retry-after': '1' }));
      try {
        const type = types[c.req.param('call')?.replace('/', '') ?? ''];
        return answer(c, await receive(c, type, { client, network, rates, lease }, deps, limits));
      } finally {
        lease.release();
      }
    });
    app.all(path, (c) => answer(c, createSegmentError('method-not-allowed', { allow: 'POST, OPTIONS' })));
  }
  // Telemetry of the SDKs, which is dropped.
  const telemetry = `/v1/${lastPart(['m'])}`;
  app.options(telemetry, (c) => preflight(c, deps));
  app.post(telemetry, (c) => answer(c, takenReply));
  const cached = { 'cache-control': `public, max-age=${settingsMaxAgeSeconds}` };
  app.get('/v1/projects/:key/settings', (c) => {
    const key = c.req.param('key');
    const caller = findAsking(c, key, deps);
    if (!caller) return answer(c, createSegmentError('write-key-unknown'));
    const address = getAddress(c, readClient(c), caller.site.publicUrl ?? deps.publicUrl);
    return answer(c, { status: 200, body: createSegmentSettings(key, address), headers: cached });
  });
  app.options('/sourceConfig/', (c) => preflight(c, deps));
  app.get('/sourceConfig/', (c) => {
    const [key] = listRequestKeys({ ...readKeyHeaders(c), body: undefined, messages: [] });
    if (key === undefined || !findAsking(c, key, deps)) return answer(c, createSegmentError('write-key-unknown'));
    return answer(c, { status: 200, body: createRudderSource(key), headers: cached });
  });
}

/** Returns whose SDK asks for its settings. A page that asks with a secret key has it. */
function findAsking(c: Context, key: string, deps: SegmentDeps): SegmentCaller | undefined {
  const caller = findSegmentCaller([key], deps.sites());
  if (caller && judgeCaller(caller.kind, (name) => c.req.header(name), []).isPage) reportLeaks(caller, deps);
  return caller;
}

function reportLeaks({ site, secretKeys }: SegmentCaller, { onLeakedKey }: SegmentDeps): void {
  for (const key of secretKeys) onLeakedKey?.(site.id, key);
}

interface Call {
  readonly client: ClientInfo;
  readonly network: string | undefined;
  readonly rates: CallerRates;
  readonly lease: InFlightLease;
}

async function receive(
  c: Context,
  type: string | undefined,
  call: Call,
  deps: SegmentDeps,
  limits: EventsLimits,
): Promise<Reply> {
  const { client, rates, lease } = call;
  const body = await readBody(c.req.raw, maxBodyBytes, lease.takeBytes, { maxRatio });
  const readAt = performance.now();
  if ('bytes' in body && body.bytes.length > largeBodyBytes) await yieldToEventLoop();
  const parsed = 'error' in body ? body : parseJson(body.bytes, maxValues);
  const root = 'value' in parsed && isObject(parsed.value) ? parsed.value : undefined;
  const isBatch = type === undefined;
  const messages: readonly unknown[] = !root ? [] : !isBatch ? [root] : Array.isArray(root.batch) ? root.batch : [];
  const caller = findSegmentCaller(
    listRequestKeys({
      ...readKeyHeaders(c),
      body: root?.writeKey,
      messages: isBatch ? messages.map((message) => (isObject(message) ? message.writeKey : undefined)) : [],
    }),
    deps.sites(),
  );
  if (!caller) {
    const wait = limits.wrongKey(call.network ?? 'unknown');
    return wait === undefined ? createSegmentError('write-key-unknown') : later('rate-limited', wait);
  }
  if ('error' in parsed) return createSegmentError(parsed.error);
  if (!root || (isBatch && !Array.isArray(root.batch))) return createSegmentError('body-unreadable');
  const judged = judgeCaller(caller.kind, (name) => c.req.header(name), messages);
  const isDry = isDryRun((name) => c.req.header(name));
  if (judged.isPage && !isDry) reportLeaks(caller, deps);
  const origin = c.req.header('origin');
  if (judged.reporter === 'browser' && classifyOrigin(origin, [caller.site]).kind === 'stranger') {
    if (origin !== undefined && !isDry) deps.onRefusedOrigin?.(caller.site.id, origin);
    return createSegmentError('origin-not-listed');
  }
  const fits = (message: unknown) => Buffer.byteLength(JSON.stringify(message)) <= maxMessageBytes;
  const indexes = messages.flatMap((message, index) => (fits(message) ? [index] : []));
  const kept = indexes.map((index) => messages[index]);
  if (!isBatch && kept.length === 0) return createSegmentError('body-too-large');
  if (messages.length > maxMessages) return createSegmentError('event-count');
  const wait = judged.reporter === 'server' ? limits.secretKey(caller.key) : isDry ? rates.request() : takeRates(rates, kept);
  if (wait !== undefined) return later('rate-limited', wait);
  if (!lease.takeEvents(kept.length)) return createSegmentError('not-accepting', { 'retry-after': '1' });
  const batch = {
    messages: kept,
    frame: {
      type,
      context: isBatch ? getObject(root, 'context') : {},
      integrations: isBatch ? getObject(root, 'integrations') : {},
      sentAt: root.sentAt ?? c.req.header('sentat'),
      anonymousId: readAnonymousHeader(c.req.header('anonymousid')),
      origin,
    },
  };
  if (isDry) return rehearseMessages({ ...batch, indexes }, judged, toShopper(client, judged), caller.site, deps);
  return store(batch, { caller, judged, client, rates, readAt }, deps);
}

interface KnownCall {
  readonly caller: SegmentCaller;
  readonly judged: JudgedCaller;
  readonly client: ClientInfo;
  readonly rates: CallerRates;
  /** When the whole body had arrived, in monotonic time. */
  readonly readAt: number;
}

async function store(
  batch: MessageBatch,
  { caller, judged, client, rates, readAt }: KnownCall,
  deps: SegmentDeps,
): Promise<Reply> {
  const { site } = caller;
  const { reporter } = judged;
  if (reporter === 'browser' && deps.ready().browsers === false)
    return createSegmentError('not-accepting', { 'retry-after': '1' });
  deps.metrics?.countReceived(site.id, reporter, batch.messages.length);
  const isPublic = !site.distrustedKeys?.includes(caller.key);
  if (reporter === 'browser' && judged.isServer && isPublic) deps.onPublicKeyOnServer?.(site.id, batch.messages.length);
  const day = reporter === 'browser' ? deps.dailyBytes?.ofCaller(site.id, getSurroundings(client.ip)) : undefined;
  const append = reporter === 'browser' ? limitAppend(deps.append, rates, day) : deps.append;
  try {
    const shopper = toShopper(client, judged);
    const result = await ingestMessages(batch, judged, shopper, site, { ...deps, append, deniedPlaces: rates.deniedPurchases });
    deps.onAppended?.(site.id);
    deps.metrics?.countResults(site.id, reporter, result);
    deps.durations?.acknowledge.countSince(readAt);
    // Refused messages are in the event debugger: the SDKs would repeat the whole batch.
    return takenReply;
  } catch (error) {
    if (error instanceof ByteRateExceededError) return later(error.code, error.waitSeconds);
    if (!(error instanceof LogUnavailableError)) throw error;
    deps.onAppended?.(site.id);
    return createSegmentError('not-accepting', { 'retry-after': '1' });
  }
}

function takeRates(rates: CallerRates, messages: readonly unknown[]): number | undefined {
  return rates.request() ?? rates.reports(messages.length) ?? rates.purchases(messages.filter(isPurchase).length);
}

function isPurchase(message: unknown): boolean {
  const event = isObject(message) ? getText(message, 'event') : undefined;
  return event !== undefined && isPurchaseTrack(event);
}

function later(code: IngestErrorCode, waitSeconds: number): Reply {
  return createSegmentError(code, { 'retry-after': String(Math.ceil(waitSeconds)) });
}

function readKeyHeaders(c: Context) {
  return {
    authorization: c.req.header('authorization'),
    query: c.req.query('writeKey'),
    header: c.req.header('x-write-key'),
  };
}

/** RudderStack sends the visitor in a header, as base64. */
function readAnonymousHeader(header: string | undefined): string | undefined {
  return header === undefined ? undefined : Buffer.from(header.slice(0, 256), 'base64').toString('utf8');
}

/**
 * Returns the collector as the page addresses it. The port of a proxy's request is not the page's, and a path that the proxy removes is known
 * from the configured URL alone.
 */
function getAddress(
  c: Context,
  { host, isSecure }: ClientInfo,
  publicUrl: string | undefined,
): { readonly host: string; readonly isSecure: boolean } {
  const known = publicUrl === undefined ? undefined : new URL(publicUrl);
  if (known?.hostname === host)
    return { host: `${known.host}${known.pathname.replace(/\/$/, '')}`, isSecure: known.protocol === 'https:' };
  const requested = new URL(c.req.url);
  return { host: requested.hostname === host ? requested.host : host, isSecure };
}

/** Answers the preflight of a page, whose site is not known yet. */
function preflight(c: Context, deps: SegmentDeps, headers = allowedHeaders): Response {
  const key = c.req.query('writeKey');
  if (key !== undefined) findAsking(c, key, deps);
  const caller = classifyOrigin(c.req.header('origin'), deps.sites());
  if (caller.kind === 'stranger')
    return sendReply(c, { ...createSegmentError('origin-not-listed'), headers: corsHeaders(caller) });
  return c.body(null, 204, {
    ...corsHeaders(caller),
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': headers.join(', '),
    'access-control-max-age': '86400',
  });
}
