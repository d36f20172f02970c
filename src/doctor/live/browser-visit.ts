import type { Browser, Page, Request, Response } from 'playwright-core';
import { z } from 'zod';
import { clickCookie, visitorCookie } from '../../event/cookies.ts';
import { withTimeout } from './with-timeout.ts';

/** The activity of a page in a browser. */
export interface PageVisit {
  /** The URL after redirects. */
  readonly url: string;
  /** The status of the page. */
  readonly status?: number;
  /** The reason why the page did not open, such as `net::ERR_CERT_DATE_INVALID`. */
  readonly problem?: string;
  /** The requests for scripts with a write key, on any host. */
  readonly pixels: readonly PixelRequest[];
  /** The reports that a pixel sent. */
  readonly posts: readonly PixelPost[];
  readonly violations: readonly Violation[];
  readonly cookies: readonly StoredCookie[];
  /** The errors of the pixel in the browser's console, at most 5. */
  readonly complaints: readonly string[];
  /** The hosts to which the page sent requests, including its own. */
  readonly hosts: readonly string[];
  readonly agent: string;
}

export interface PixelRequest {
  readonly url: string;
  readonly status?: number;
  /** The reason for a missing response, such as `net::ERR_CONNECTION_REFUSED` or `csp`. */
  readonly failure?: string;
}

export interface PixelPost extends PixelRequest {
  /** The ids of the events in the body. */
  readonly eventIds: readonly string[];
  /** Whether the response has a visitor id. The gateway sends one, with cookies, if consent counts as granted. */
  readonly namesVisitor: boolean;
}

/** A request that the page's Content-Security-Policy blocked. */
export interface Violation {
  /** For example `script-src-elem` or `connect-src`. */
  readonly directive: string;
  readonly blocked: string;
}

/** A cookie of the collector, as the browser stored it. */
export interface StoredCookie {
  readonly name: string;
  /** Begins with a dot if subdomains receive the cookie, too. */
  readonly domain: string;
  /** Days from now. -1 for a session cookie. */
  readonly lifeDays: number;
  readonly httpOnly: boolean;
  readonly secure: boolean;
  readonly sameSite: string;
}

export interface VisitOptions {
  readonly url: URL;
  /** The consent choice to pass to the page. */
  readonly consent?: 'granted' | 'denied' | undefined;
  readonly browser: Browser;
}

const openTimeoutMs = 30_000;
/** The pixel collects events for 2 s before it sends them. */
const reportTimeoutMs = 5_000;
const answerTimeoutMs = 10_000;
const stepTimeoutMs = 5_000;
const pollEveryMs = 100;
const maxComplaints = 5;

/** Runs before the page's scripts, because browsers report policy violations to the page only. */
const watchViolations =
  "globalThis.__conveyViolations = []; addEventListener('securitypolicyviolation', (e) => { if (e.disposition === 'enforce' && globalThis.__conveyViolations.length < 50) globalThis.__conveyViolations.push({ directive: e.effectiveDirective, blocked: e.blockedURI }); });";

/** Opens the page in a new profile and waits until the pixel has reported, or its timeout ends. Takes at most a minute. */
export async function visitPage({ url, consent, browser }: VisitOptions): Promise<PageVisit> {
  const context = await browser.newContext();
  context.setDefaultTimeout(stepTimeoutMs);
  try {
    await context.addInitScript({ content: watchViolations });
    const page = await context.newPage();
    const activity = watchPage(page);
    let answer: Response | null = null;
    let problem: string | undefined;
    try {
      answer = await page.goto(url.href, { waitUntil: 'load', timeout: openTimeoutMs });
    } catch (error) {
      // A timeout after the page opened may come from an unimportant image.
      problem = /^https?:/.test(page.url()) ? undefined : firstLine(error);
    }
    if (problem === undefined) {
      await waitUntil(() => activity.pixels().some(isOver), stepTimeoutMs);
      if (consent !== undefined) await setConsent(page, consent);
      if (activity.pixels().some(({ status }) => status === 200)) {
        await waitUntil(() => activity.hasReports(), reportTimeoutMs);
        await waitUntil(() => !activity.hasReports() || activity.hasResponse(), answerTimeoutMs);
      }
    }
    const violations = await readViolations(page);
    return {
      url: page.url(),
      ...(answer && { status: answer.status() }),
      ...(problem !== undefined && { problem }),
      pixels: activity.pixels(),
      posts: await activity.posts(),
      violations,
      cookies: (await context.cookies()).filter(({ name }) => ownCookies.has(name)).map(toStoredCookie),
      complaints: activity.complaints(),
      hosts: activity.hosts(),
      agent: String(await withTimeout(stepTimeoutMs, page.evaluate('navigator.userAgent')).catch(() => '')),
    };
  } finally {
    await context.close();
  }
}

const ownCookies: ReadonlySet<string> = new Set([visitorCookie.name, clickCookie.name]);

function toStoredCookie({ name, domain, expires, httpOnly, secure, sameSite }: Cookie): StoredCookie {
  const lifeDays = expires < 0 ? -1 : (expires - Date.now() / 1_000) / 86_400;
  return { name, domain, lifeDays, httpOnly, secure, sameSite };
}

type Cookie = Pick<StoredCookie, 'name' | 'domain' | 'httpOnly' | 'secure' | 'sameSite'> & { readonly expires: number };

/** Passes the choice to the pixel, as the shop's banner does. */
async function setConsent(page: Page, choice: 'granted' | 'denied'): Promise<void> {
  const call = `globalThis.convey && convey('consent', { adStorage: '${choice}' })`;
  await withTimeout(stepTimeoutMs, page.evaluate(`${call}; undefined`)).catch(() => undefined);
}

const violationsSchema = z.array(z.object({ directive: z.string(), blocked: z.string() })).catch([]);

async function readViolations(page: Page): Promise<readonly Violation[]> {
  const reported = withTimeout(stepTimeoutMs, page.evaluate('globalThis.__conveyViolations'));
  return violationsSchema.parse(await reported.catch(() => []));
}

interface Exchange {
  readonly request: Request;
  status?: number;
  failure?: string;
}

const bodySchema = z.object({ events: z.array(z.object({ id: z.string() })).catch([]) }).catch({ events: [] });
const answerSchema = z.object({ visitorId: z.string().nullish() }).catch({});

function watchPage(page: Page) {
  const exchanges = new Map<Request, Exchange>();
  const complaints: string[] = [];
  page.on('request', (request) => exchanges.set(request, { request }));
  page.on('response', (response) => {
    const exchange = exchanges.get(response.request());
    if (exchange) exchange.status = response.status();
  });
  page.on('requestfailed', (request) => {
    const exchange = exchanges.get(request);
    if (exchange) exchange.failure = request.failure()?.errorText ?? 'failed';
  });
  page.on('console', (message) => {
    const from = message.location().url;
    const isOurs = [...exchanges.keys()].some((request) => request.url() === from && isPixel(request));
    const isNewError = isOurs && message.type() === 'error' && !message.text().startsWith('Failed to load resource');
    if (isNewError && complaints.length < maxComplaints) complaints.push(message.text());
  });

  const all = () => [...exchanges.values()];
  const pixels = () => all().filter(({ request }) => isPixel(request));
  const reports = () => {
    const ends = new Set(pixels().map(({ request }) => new URL('e', request.url()).href));
    return all().filter(({ request }) => request.method() === 'POST' && ends.has(request.url()));
  };
  return {
    pixels: () => pixels().map(toPixelRequest),
    hasReports: () => reports().length > 0,
    hasResponse: () => reports().some(isOver),
    posts: () => Promise.all(reports().map(toPixelPost)),
    complaints: () => [...complaints],
    hosts: () => [...new Set(all().flatMap(({ request }) => URL.parse(request.url())?.host || []))],
  };
}

function isPixel(request: Request): boolean {
  return request.method() === 'GET' && /[?&]k=wk_/.test(request.url()) && request.resourceType() === 'script';
}

function isOver({ status, failure }: Pick<PixelRequest, 'status' | 'failure'>): boolean {
  return status !== undefined || failure !== undefined;
}

function toPixelRequest({ request, status, failure }: Exchange): PixelRequest {
  return { url: request.url(), ...(status !== undefined && { status }), ...(failure !== undefined && { failure }) };
}

async function toPixelPost(exchange: Exchange): Promise<PixelPost> {
  const { request } = exchange;
  const sent = bodySchema.parse(readJson(request.postData() ?? ''));
  const response = exchange.status === undefined ? null : await withTimeout(stepTimeoutMs, request.response()).catch(() => null);
  const answer = response ? await withTimeout(stepTimeoutMs, response.text()).catch(() => '') : '';
  return {
    ...toPixelRequest(exchange),
    eventIds: sent.events.map(({ id }) => id),
    namesVisitor: typeof answerSchema.parse(readJson(answer)).visitorId === 'string',
  };
}

async function waitUntil(condition: () => boolean, timeoutMs: number): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, pollEveryMs));
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return /net::\w+/.exec(line)?.[0] ?? line;
}
