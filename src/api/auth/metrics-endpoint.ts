import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { isSameOriginRequest } from './csrf.ts';
import { sendError } from './error-response.ts';
import { createHostGuard, isLoopback } from './host-guard.ts';
import { newNonce, secureHeaders } from './security-headers.ts';
import type { DashboardEnv } from './sign-in.ts';

export interface ScrapeDeps {
  /** Everything that is measured, as it is told. */
  readonly scrape: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** The address at the other end of the connection, whatever a header says. */
  readonly peerOf: (c: Context) => string | undefined;
  readonly listening: {
    readonly host: string;
    readonly publicUrl?: string | undefined;
    /** Where there is one, whoever asks needs it. */
    readonly metricsToken?: string | undefined;
  };
}

/** `GET /metrics`: told to a program rather than to a person, so it has no session. */
export function mountMetricsRoute(app: Hono<DashboardEnv>, deps: ScrapeDeps): void {
  const mayScrape = createScrapeGuard(deps.listening);
  app.get('/metrics', async (c) => {
    for (const [name, value] of Object.entries(secureHeaders('api', newNonce(), false))) c.header(name, value);
    const asked = { peer: deps.peerOf(c), header: (name: string) => c.req.header(name), names: Object.keys(c.req.header()) };
    if (!mayScrape(asked)) {
      c.header('www-authenticate', 'Bearer');
      return sendError(c, 'metrics-refused');
    }
    const { contentType, text } = await deps.scrape();
    return c.body(text, 200, { 'content-type': contentType });
  });
}

interface Asked {
  readonly peer: string | undefined;
  readonly header: (name: string) => string | undefined;
  /** Of all headers, in lower case. */
  readonly names: readonly string[];
}

/**
 * Who may: with a token whoever sends it, under whatever name they reach the port. Without one a program of this machine: it
 * connects from loopback, under a name of loopback, nobody passed the request on, and no page of another site made a browser ask.
 * Where browsers come through a proxy, one that adds no header would look like this machine, so there a token is needed.
 */
export function createScrapeGuard({ host, publicUrl, metricsToken }: ScrapeDeps['listening']): (asked: Asked) => boolean {
  if (metricsToken !== undefined) {
    const known = digest(metricsToken);
    return ({ header }) => {
      const [, given] = /^Bearer +(\S{1,512})$/i.exec(header('authorization') ?? '') ?? [];
      return given !== undefined && timingSafeEqual(digest(given), known);
    };
  }
  if (publicUrl !== undefined && !isLoopback(new URL(publicUrl).hostname)) return () => false;
  const ownAddress = createHostGuard({ host, publicUrl });
  return ({ peer, header, names }) => {
    const own = ownAddress(header('host'));
    if (peer === undefined || !isLoopback(peer.replace(/^::ffff:/i, '')) || !own) return false;
    if (!isLoopback(new URL(own.origin).hostname) || names.some(isOfProxy)) return false;
    return isSameOriginRequest({ method: 'GET', header }, own.origin);
  };
}

const ofProxies: ReadonlySet<string> = new Set(['forwarded', 'via', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip']);

function isOfProxy(name: string): boolean {
  return ofProxies.has(name) || name.startsWith('x-forwarded-');
}

/** Of one length, whatever is given. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
