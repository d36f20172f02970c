import { createHash, timingSafeEqual } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { isLoopback } from '../../net/ip-address.ts';
import { isSameOriginRequest } from './csrf.ts';
import { sendError } from './error-response.ts';
import { createHostGuard } from './host-guard.ts';
import { newNonce, secureHeaders } from './security-headers.ts';
import type { DashboardEnv } from './sign-in.ts';

export interface ScrapeDeps {
  /** Returns all metrics in the text format. */
  readonly scrape: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** Returns the peer address of the connection. Ignores all headers. */
  readonly getPeer: (c: Context) => string | undefined;
  readonly listening: {
    readonly host: string;
    readonly publicUrl?: string | undefined;
    /** If set, every scrape requires this token. */
    readonly metricsToken?: string | undefined;
  };
}

/** Adds `GET /metrics`, which has no session because a program reads it. */
export function mountMetricsRoute(app: Hono<DashboardEnv>, deps: ScrapeDeps): void {
  const mayScrape = createScrapeGuard(deps.listening);
  app.get('/metrics', async (c) => {
    for (const [name, value] of Object.entries(secureHeaders('api', newNonce(), false))) c.header(name, value);
    const head = { peer: deps.getPeer(c), header: (name: string) => c.req.header(name), names: Object.keys(c.req.header()) };
    if (!mayScrape(head)) {
      c.header('www-authenticate', 'Bearer');
      return sendError(c, 'metrics-refused');
    }
    const { contentType, text } = await deps.scrape();
    return c.body(text, 200, { 'content-type': contentType });
  });
}

/** Creates the app of a gateway without dashboard: metrics alone. */
export function createMetricsApp(deps: ScrapeDeps): Hono<DashboardEnv> {
  const app = new Hono<DashboardEnv>();
  mountMetricsRoute(app, deps);
  app.notFound((c) => sendError(c, 'not-found'));
  return app;
}

interface RequestHead {
  readonly peer: string | undefined;
  readonly header: (name: string) => string | undefined;
  /** Names of all headers, in lower case. */
  readonly names: readonly string[];
}

/**
 * Creates the check of scrapes. If a token is set, the check admits every request that has it, under any host name. Otherwise it admits
 * only programs on this machine: the peer and the host name are loopback, no proxy forwarded the request, and no page of another
 * site sent it. Behind a proxy a token is required, because a proxy that adds no header looks like a local program.
 */
export function createScrapeGuard({ host, publicUrl, metricsToken }: ScrapeDeps['listening']): (head: RequestHead) => boolean {
  if (metricsToken !== undefined) {
    const expected = digest(metricsToken);
    return ({ header }) => {
      const [, token] = /^Bearer +(\S{1,512})$/i.exec(header('authorization') ?? '') ?? [];
      return token !== undefined && timingSafeEqual(digest(token), expected);
    };
  }
  if (publicUrl !== undefined && !isLoopback(new URL(publicUrl).hostname)) return () => false;
  const findTrustedHost = createHostGuard({ host, publicUrl });
  return ({ peer, header, names }) => {
    const trusted = findTrustedHost(header('host'));
    if (peer === undefined || !isLoopback(peer.replace(/^::ffff:/i, '')) || !trusted) return false;
    if (!isLoopback(new URL(trusted.origin).hostname) || names.some(isProxyHeader)) return false;
    return isSameOriginRequest({ method: 'GET', header }, trusted.origin);
  };
}

const proxyHeaders: ReadonlySet<string> = new Set(['forwarded', 'via', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip']);

function isProxyHeader(name: string): boolean {
  return proxyHeaders.has(name) || name.startsWith('x-forwarded-');
}

/** Returns a hash, because `timingSafeEqual` requires equal lengths. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
