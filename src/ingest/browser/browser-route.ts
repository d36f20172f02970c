import type { Context, Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { getCookie, setCookie } from 'hono/cookie';
import { errorBody } from '../../errors.ts';
import { clickCookie, grantCookie, visitorCookie } from '../../event/cookies.ts';
import { normalizeEventName } from '../../event/event-names.ts';
import type { SiteTags } from '../../event/pixel-settings.ts';
import { readSeenEvents, type SeenEvent } from '../../event/seen-event.ts';
import type { Site } from '../../event/site.ts';
import { secondMs } from '../../event/units.ts';
import { isPublicClient, publicNetworkPrefix, surroundingNetwork } from '../../net/ip-address.ts';
import { isObject, parseJson } from '../../net/parse-json.ts';
import { LogUnavailableError } from '../../storage/log/event-log.ts';
import { readClickCookie, writeClickCookie } from '../../visitors/click-cookie.ts';
import { isVisitorId } from '../../visitors/visitor-id.ts';
import type { IngestDeps } from '../accept/ingest-deps.ts';
import { isCrawler } from '../accept/user-fields.ts';
import { type ClientInfo, createRequestClientReader } from '../http/client-info.ts';
import { type CallerOrigin, classifyReportOrigin, cookieDomain, corsHeaders } from '../http/cors-origin.ts';
import { type IngestErrorCode, sendError, sendLater, sendRateLimited } from '../http/error-response.ts';
import type { InFlightLease, InFlightLimit } from '../http/in-flight-limit.ts';
import { readBody } from '../http/read-body.ts';
import type { DailyBytes } from '../limits/daily-bytes.ts';
import { createLink } from '../links/cross-domain-links.ts';
import { type BrowserBatchResult, ingestBrowserBatch, type StoredVisitor } from './browser-batch.ts';
import { ByteRateExceededError, type CallerRates, type GetCallerRates, limitAppend } from './browser-rates.ts';
import { type BuiltPixel, compressScript, createPixelScripts, type PixelScript } from './pixel-script.ts';
import { listExpiredCookies, listPlatformCookies } from './platform-cookies.ts';

export interface BrowserRouteDeps extends IngestDeps {
  /** The built pixel, and the path at which it is served. */
  readonly pixel: BuiltPixel & { readonly path: string };
  /** Returns whether events can be stored; `browsers: false` if browser events cannot. */
  readonly ready: () => { readonly ok: boolean; readonly browsers?: false; readonly appendsTo?: string };
  /** Called for a page of a domain that the site does not list, with its `Origin` header. */
  readonly onRefusedOrigin?: (site: string, origin: string) => void;
  /** Called when a browser loads the site's pixel. */
  readonly onPixelLoad?: (site: string) => void;
  /** Returns whether a session of the dashboard, or a token for one, is open for a site. */
  readonly hasPageSession?: (site: string) => boolean;
  /** Called with the events that a page shows to a session of the dashboard. Resolves with whether that session is open. */
  readonly onSeenEvents?: (site: string, credential: string, events: readonly SeenEvent[]) => Promise<boolean>;
  /** Returns the browser tags of the site's pages. */
  readonly getSiteTags: (site: Site) => SiteTags;
  /** The sites' daily budget of bytes; unlimited if absent. */
  readonly dailyBytes?: DailyBytes;
}

/** The largest body of a browser: the limit for the keepalive requests of a page together. */
const maxBodyBytes = 65_536;
/** The number of events and signals that one body may hold. The pixel keeps 50. */
const maxReports = 100;
const scriptMaxAgeSeconds = 300;
const scriptType = 'text/javascript; charset=utf-8';

/** Mounts the pixel and `POST /e`, which accepts the pixel's reports. The pixel posts to `e` next to its own URL. */
export function mountBrowserRoutes(app: Hono, deps: BrowserRouteDeps, getRates: GetCallerRates, flight: InFlightLimit): void {
  const readClient = createRequestClientReader(deps.proxies);
  const getScript = createPixelScripts(deps.pixel, deps.getSiteTags, deps.hasPageSession);
  const overlay = compressScript(deps.pixel.overlay);

  app.get(deps.pixel.path, (c) => {
    const site = siteOfWriteKey(c.req.query('k'), deps.sites());
    // As a script, because a browser shows no other content of a script's response.
    if (!site) return c.body(`// ${errorBody('write-key-unknown').error.message}\n`, 401, { 'content-type': scriptType });
    const { country, userAgent } = readClient(c);
    // Monitors and crawlers load the script without running it.
    if (c.req.method === 'GET' && !isCrawler(userAgent)) deps.onPixelLoad?.(site.id);
    return sendScript(c, getScript(site, country));
  });
  app.all(deps.pixel.path, (c) => sendError(c, 'method-not-allowed', { allow: 'GET, HEAD' }));

  for (const path of listPathsBeside(deps.pixel.path, 'overlay.js')) {
    app.get(path, (c) => sendScript(c, overlay));
    app.all(path, (c) => sendError(c, 'method-not-allowed', { allow: 'GET, HEAD' }));
  }

  for (const path of listPathsBeside(deps.pixel.path, 'e')) {
    app.options(path, (c) => preflight(c, deps));
    app.post(path, async (c) => {
      const caller = classifyReportOrigin(c.req.header('origin'), deps.sites());
      const refuseStranger = () => sendError(c, 'origin-not-listed', corsHeaders(caller));
      const request = readClient(c);
      const network = publicNetworkPrefix(request.ip);
      const rates = getRates(network);
      const wait = rates.request();
      if (wait !== undefined)
        return caller.kind === 'stranger' ? refuseStranger() : sendRateLimited(c, wait, corsHeaders(caller));
      const lease = deps.ready().browsers === false ? undefined : flight.enter(network);
      if (!lease) return caller.kind === 'stranger' ? refuseStranger() : sendError(c, 'not-accepting', corsHeaders(caller));
      try {
        return await receive(c, caller, request, { lease, rates }, deps);
      } finally {
        lease.release();
      }
    });
    app.all(path, (c) => sendError(c, 'method-not-allowed', { allow: 'POST, OPTIONS' }));
  }
}

/** Returns the paths of a file beside the pixel: in the root, and in the pixel's own folder. */
export function listPathsBeside(pixelPath: string, file: string): ReadonlySet<string> {
  return new Set([`/${file}`, new URL(file, `http://convey${pixelPath}`).pathname]);
}

function sendScript(c: Context, { bytes, gzip, etag, isPrivate }: PixelScript): Response {
  c.header('etag', etag);
  c.header('cache-control', `${isPrivate ? 'private' : 'public'}, max-age=${scriptMaxAgeSeconds}`);
  c.header('access-control-allow-origin', '*');
  c.header('cross-origin-resource-policy', 'cross-origin');
  c.header('x-content-type-options', 'nosniff');
  c.header('vary', 'accept-encoding');
  if (c.req.header('if-none-match')?.includes(etag)) return c.body(null, 304);
  const encoding = accepts(c, { header: 'Accept-Encoding', supports: ['gzip', 'identity'], default: 'identity' });
  if (encoding !== 'gzip') return c.body(bytes, 200, { 'content-type': scriptType });
  return c.body(gzip, 200, { 'content-type': scriptType, 'content-encoding': 'gzip' });
}

function siteOfWriteKey(key: unknown, sites: readonly Site[]): Site | undefined {
  return sites.find(({ writeKey, oldWriteKeys }) => writeKey === key || oldWriteKeys?.some((old) => old === key));
}

/** Answers the preflight of a page that sends `application/json`. The site is not known yet. */
function preflight(c: Context, deps: BrowserRouteDeps): Response {
  const caller = classifyReportOrigin(c.req.header('origin'), deps.sites());
  if (caller.kind === 'stranger') return sendError(c, 'origin-not-listed', corsHeaders(caller));
  return c.body(null, 204, {
    ...corsHeaders(caller),
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '86400',
  });
}

async function receive(
  c: Context,
  anyCaller: CallerOrigin,
  request: ClientInfo,
  { lease, rates }: { readonly lease: InFlightLease; readonly rates: CallerRates },
  deps: BrowserRouteDeps,
): Promise<Response> {
  const refuse = (caller: CallerOrigin, code: IngestErrorCode) => sendError(c, code, corsHeaders(caller));
  const body = await readBody(c.req.raw, maxBodyBytes, lease.takeBytes);
  const readAt = performance.now();
  const parsed = 'error' in body ? body : parseJson(body.bytes);
  const content = 'value' in parsed && isObject(parsed.value) ? parsed.value : {};
  const { writeKey, sentAt, events = [], signals = [], debug, seen, linkTo, consent, user } = content;
  const site = siteOfWriteKey(writeKey, deps.sites());
  const origin = c.req.header('origin');
  const caller = classifyReportOrigin(origin, site ? [site] : []);
  if (anyCaller.kind === 'stranger' || (site && caller.kind === 'stranger')) {
    if (site && origin !== undefined) deps.onRefusedOrigin?.(site.id, origin);
    return refuse({ kind: 'stranger' }, 'origin-not-listed');
  }
  if ('error' in parsed) return refuse(anyCaller, parsed.error);
  if (!isObject(parsed.value)) return refuse(anyCaller, 'body-unreadable');
  if (!site) return refuse(anyCaller, 'write-key-unknown');
  if (!Array.isArray(events) || !Array.isArray(signals)) return refuse(caller, 'body-unreadable');
  const count = events.length + signals.length;
  if (count === 0 && typeof debug === 'string' && Array.isArray(seen)) {
    const isOpen = await deps.onSeenEvents?.(site.id, debug, readSeenEvents(seen));
    return c.json({ open: isOpen === true }, 202, corsHeaders(caller));
  }
  if (count === 0 && typeof linkTo === 'string') {
    const { visitor } = readStoredVisitor(caller.kind === 'listed' ? getCookie(c) : {}, deps.now());
    const link = createLink({ linkTo, consent, user }, { requester: { ...request, reporter: 'browser' }, visitor }, site, deps);
    return c.json({ link }, 202, corsHeaders(caller));
  }
  if (count === 0 || count > maxReports) return refuse(caller, 'event-count');
  const wait = rates.reports(count) ?? rates.purchases(events.filter(isPurchase).length);
  if (wait !== undefined) return sendRateLimited(c, wait, corsHeaders(caller));
  if (!lease.takeEvents(count)) return refuse(caller, 'not-accepting');

  deps.metrics?.countReceived(site.id, 'browser', events.length);
  const now = deps.now();
  const hasCookies = caller.kind === 'listed';
  const { host, isSecure, ...requester } = request;
  const cookies = hasCookies ? getCookie(c) : {};
  try {
    const result = await ingestBrowserBatch(
      { sentAt, events, signals },
      { ...requester, cookies },
      readStoredVisitor(cookies, now),
      site,
      {
        ...deps,
        append: limitAppend(deps.append, rates, deps.dailyBytes?.ofCaller(site.id, getSurroundings(request.ip))),
        deniedPlaces: rates.deniedPurchases,
        // The spools of several gateways would each take a token.
        ...(caller.kind === 'listed' && deps.ready().appendsTo !== 'spool' && { host: new URL(caller.origin).hostname }),
      },
    );
    deps.onAppended?.(site.id);
    deps.metrics?.countResults(site.id, 'browser', result.counted);
    if (hasCookies) {
      const scope = { domain: cookieDomain(host, site.domains), secure: isSecure };
      setCookies(c, result.cookies, cookies, scope);
      setPlatformCookies(c, site, result.cookies, { ...cookies, ...result.pageCookies }, { ...scope, host });
    }
    deps.durations?.acknowledge.countSince(readAt);
    return c.json(result.response, 202, corsHeaders(caller));
  } catch (error) {
    if (error instanceof ByteRateExceededError) return sendLater(c, error.code, error.waitSeconds, corsHeaders(caller));
    if (!(error instanceof LogUnavailableError)) throw error;
    deps.onAppended?.(site.id);
    return refuse(caller, 'not-accepting');
  }
}

/** Returns the network around a public address. */
export function getSurroundings(ip: string | undefined): string | undefined {
  return ip !== undefined && isPublicClient(ip) ? surroundingNetwork(ip) : undefined;
}

function isPurchase(report: unknown): boolean {
  return isObject(report) && typeof report.name === 'string' && normalizeEventName(report.name) === 'Purchase';
}

/** Sets the cookies again with each response, to extend their lifetime. Called only after the reports are durable. */
function setCookies(
  c: Context,
  cookies: BrowserBatchResult['cookies'],
  present: Readonly<Record<string, string>>,
  { domain, secure }: { readonly domain: string | undefined; readonly secure: boolean },
): void {
  if (cookies === undefined) return;
  const options = { path: '/', httpOnly: true, sameSite: 'Lax', secure, ...(domain !== undefined && { domain }) } as const;
  const isExpired = cookies === 'forget';
  const values = isExpired
    ? ['', '', present[grantCookie.name] && '']
    : [cookies.visitor, writeClickCookie(cookies.clicks), cookies.hasGrant ? grantCookie.value : undefined];
  for (const [index, { name, maxAgeSeconds }] of [visitorCookie, clickCookie, grantCookie].entries()) {
    const value = values[index];
    if (value !== undefined) setCookie(c, name, value, { ...options, maxAge: isExpired ? 0 : maxAgeSeconds });
  }
}

/** Sets the cookies of the site's platforms. The platform's own tag reads them, too, so they are open to scripts. */
function setPlatformCookies(
  c: Context,
  site: Site,
  cookies: BrowserBatchResult['cookies'],
  present: Readonly<Record<string, string>>,
  { domain, secure, host }: { readonly domain: string | undefined; readonly secure: boolean; readonly host: string },
): void {
  if (cookies === undefined) return;
  const options = { path: '/', sameSite: 'Lax', secure, ...(domain !== undefined && { domain }) } as const;
  const changed =
    cookies === 'forget' ? listExpiredCookies(site, present) : listPlatformCookies(site, cookies.clicks, present, domain ?? host);
  for (const { name, value, maxAgeMs } of changed) setCookie(c, name, value, { ...options, maxAge: maxAgeMs / secondMs });
}

/** Reads Convey's own cookies. A value that Convey cannot have written counts as absent. */
function readStoredVisitor(cookies: Readonly<Record<string, string>>, now: number): StoredVisitor {
  const visitor = cookies[visitorCookie.name];
  const clicks = readClickCookie(cookies[clickCookie.name] ?? '', now);
  const hasGrant = cookies[grantCookie.name] === grantCookie.value;
  return { clicks, hasGrant, ...(visitor !== undefined && isVisitorId(visitor) && { visitor }) };
}
