import type { Browser, Page, Request, Response } from 'playwright-core';
import { z } from 'zod';
import { clickCookie, visitorCookie } from '../../event/cookies.ts';
import { withTimeout } from './with-timeout.ts';

/** What a real page did in a real browser. */
export interface PageVisit {
  /** Where the browser ended after redirects. */
  readonly url: string;
  /** Of the page itself. */
  readonly status?: number;
  /** Why the page could not be opened: `net::ERR_CERT_DATE_INVALID`. */
  readonly problem?: string;
  /** Every request for a script with a write key, of whichever host. */
  readonly pixels: readonly PixelRequest[];
  /** Every request by which a pixel told something. */
  readonly posts: readonly PixelPost[];
  readonly violations: readonly Violation[];
  readonly cookies: readonly StoredCookie[];
  /** What the browser's console says of the pixel, at most 5 lines. */
  readonly complaints: readonly string[];
  /** Hosts that the page had the browser ask, its own among them. */
  readonly hosts: readonly string[];
  readonly agent: string;
}

export interface PixelRequest {
  readonly url: string;
  readonly status?: number;
  /** Why there was no answer: `net::ERR_CONNECTION_REFUSED`, `csp`. */
  readonly failure?: string;
}

export interface PixelPost extends PixelRequest {
  /** Ids of the events in it. */
  readonly eventIds: readonly string[];
  /** The gateway counts the consent as granted, so that it sets cookies. */
  readonly namesVisitor: boolean;
}

/** What the page's Content-Security-Policy kept away. */
export interface Violation {
  /** `script-src-elem`, `connect-src`. */
  readonly directive: string;
  readonly blocked: string;
}

/** One of the collector's own, as the browser kept it. */
export interface StoredCookie {
  readonly name: string;
  /** Begins with a dot where subdomains have it too. */
  readonly domain: string;
  /** From now. -1: until the browser ends. */
  readonly lifeDays: number;
  readonly httpOnly: boolean;
  readonly secure: boolean;
  readonly sameSite: string;
}

export interface VisitOptions {
  readonly url: URL;
  /** What the page is told that the shopper chose. */
  readonly consent?: 'granted' | 'denied' | undefined;
  readonly browser: Browser;
}

const openTimeoutMs = 30_000;
/** The pixel gathers for 2 s before it tells. */
const tellTimeoutMs = 5_000;
const answerTimeoutMs = 10_000;
const stepTimeoutMs = 5_000;
const lookEveryMs = 100;
const maxComplaints = 5;

/** Runs before anything of the page: a policy that blocks is told to the page alone. */
const watchViolations =
  "globalThis.__conveyViolations = []; addEventListener('securitypolicyviolation', (e) => { if (e.disposition === 'enforce' && globalThis.__conveyViolations.length < 50) globalThis.__conveyViolations.push({ directive: e.effectiveDirective, blocked: e.blockedURI }); });";

/** Opens the page in a profile of its own and stays until the pixel has told something, or should have. At most a minute. */
export async function visitPage({ url, consent, browser }: VisitOptions): Promise<PageVisit> {
  const context = await browser.newContext();
  context.setDefaultTimeout(stepTimeoutMs);
  try {
    await context.addInitScript({ content: watchViolations });
    const page = await context.newPage();
    const seen = watch(page);
    let answer: Response | null = null;
    let problem: string | undefined;
    try {
      answer = await page.goto(url.href, { waitUntil: 'load', timeout: openTimeoutMs });
    } catch (error) {
      // What was not there in time may be an image that nobody needs.
      problem = /^https?:/.test(page.url()) ? undefined : firstLine(error);
    }
    if (problem === undefined) {
      await until(() => seen.pixels().some(isOver), stepTimeoutMs);
      if (consent !== undefined) await tell(page, consent);
      if (seen.pixels().some(({ status }) => status === 200)) {
        await until(() => seen.tells(), tellTimeoutMs);
        await until(() => !seen.tells() || seen.isAnswered(), answerTimeoutMs);
      }
    }
    const violations = await violationsOf(page);
    return {
      url: page.url(),
      ...(answer && { status: answer.status() }),
      ...(problem !== undefined && { problem }),
      pixels: seen.pixels(),
      posts: await seen.posts(),
      violations,
      cookies: (await context.cookies()).filter(({ name }) => ownCookies.has(name)).map(keptCookie),
      complaints: seen.complaints(),
      hosts: seen.hosts(),
      agent: String(await withTimeout(stepTimeoutMs, page.evaluate('navigator.userAgent')).catch(() => '')),
    };
  } finally {
    await context.close();
  }
}

const ownCookies: ReadonlySet<string> = new Set([visitorCookie.name, clickCookie.name]);

function keptCookie({ name, domain, expires, httpOnly, secure, sameSite }: Cookie): StoredCookie {
  const lifeDays = expires < 0 ? -1 : (expires - Date.now() / 1_000) / 86_400;
  return { name, domain, lifeDays, httpOnly, secure, sameSite };
}

type Cookie = Pick<StoredCookie, 'name' | 'domain' | 'httpOnly' | 'secure' | 'sameSite'> & { readonly expires: number };

/** As a banner of the shop would. */
async function tell(page: Page, choice: 'granted' | 'denied'): Promise<void> {
  const call = `globalThis.convey && convey('consent', { adStorage: '${choice}' })`;
  await withTimeout(stepTimeoutMs, page.evaluate(`${call}; undefined`)).catch(() => undefined);
}

const violationsSchema = z.array(z.object({ directive: z.string(), blocked: z.string() })).catch([]);

async function violationsOf(page: Page): Promise<readonly Violation[]> {
  const told = withTimeout(stepTimeoutMs, page.evaluate('globalThis.__conveyViolations'));
  return violationsSchema.parse(await told.catch(() => []));
}

interface Exchange {
  readonly request: Request;
  status?: number;
  failure?: string;
}

const bodySchema = z.object({ events: z.array(z.object({ id: z.string() })).catch([]) }).catch({ events: [] });
const answerSchema = z.object({ visitorId: z.string().nullish() }).catch({});

function watch(page: Page) {
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
    const isNews = isOurs && message.type() === 'error' && !message.text().startsWith('Failed to load resource');
    if (isNews && complaints.length < maxComplaints) complaints.push(message.text());
  });

  const all = () => [...exchanges.values()];
  const pixels = () => all().filter(({ request }) => isPixel(request));
  const telling = () => {
    const ends = new Set(pixels().map(({ request }) => new URL('e', request.url()).href));
    return all().filter(({ request }) => request.method() === 'POST' && ends.has(request.url()));
  };
  return {
    pixels: () => pixels().map(asked),
    tells: () => telling().length > 0,
    isAnswered: () => telling().some(isOver),
    posts: () => Promise.all(telling().map(told)),
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

function asked({ request, status, failure }: Exchange): PixelRequest {
  return { url: request.url(), ...(status !== undefined && { status }), ...(failure !== undefined && { failure }) };
}

async function told(exchange: Exchange): Promise<PixelPost> {
  const { request } = exchange;
  const sent = bodySchema.parse(readJson(request.postData() ?? ''));
  const response = exchange.status === undefined ? null : await withTimeout(stepTimeoutMs, request.response()).catch(() => null);
  const answer = response ? await withTimeout(stepTimeoutMs, response.text()).catch(() => '') : '';
  return {
    ...asked(exchange),
    eventIds: sent.events.map(({ id }) => id),
    namesVisitor: typeof answerSchema.parse(readJson(answer)).visitorId === 'string',
  };
}

async function until(holds: () => boolean, patienceMs: number): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!holds() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
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
