import { Hono } from 'hono';
import { type BrowserParts, browserRoutes } from './browser.ts';
import { type HookParts, hookRoutes } from './hooks/hooks.ts';
import { inFlight } from './in-flight.ts';
import type { IngestDeps } from './ingest-deps.ts';
import { limitLightRequests } from './light-requests.ts';
import { refuse, refusedWith } from './refuse.ts';
import { serverRoutes } from './server-api.ts';

/** What the collector needs from the rest of the gateway. */
export interface CollectorParts extends IngestDeps, BrowserParts, HookParts {
  /** Told of faults that are not the sender's. */
  readonly onFault?: (fault: unknown) => void;
}

/** The bytes of one client network's bodies in flight at `/e`: 32 of the largest. */
const browserBytesPerNetwork = 2 * 1_048_576;

/** The public HTTP app: the server API, the browser's endpoint with the pixel, liveness and readiness. */
export function collector(parts: CollectorParts): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    const code = refusedWith(c);
    if (code !== undefined) parts.meter?.refused(code);
  });
  const limit = limitLightRequests(parts);
  for (const path of ['/healthz', '/readyz', parts.pixel.path]) app.use(path, limit);
  // Each has room of its own: whoever floods the public endpoint takes nothing from the shops' servers.
  serverRoutes(app, parts, inFlight());
  browserRoutes(app, parts, inFlight({ bytesPerNetwork: browserBytesPerNetwork }));
  hookRoutes(app, parts, inFlight());

  app.get('/healthz', (c) => c.json({ ok: true }));
  app.all('/healthz', (c) => refuse(c, 'method-not-allowed', { allow: 'GET, HEAD' }));
  app.get('/readyz', (c) => {
    // The reason would describe the machine to strangers. Operators find it in the log, and in the status on the admin socket.
    const { ok } = parts.ready();
    return ok ? c.json({ ok }) : c.json({ ok }, 503, { 'retry-after': '1' });
  });
  app.all('/readyz', (c) => refuse(c, 'method-not-allowed', { allow: 'GET, HEAD' }));

  app.notFound((c) => refuse(c, 'not-found'));
  app.onError((fault, c) => {
    parts.onFault?.(fault);
    return refuse(c, 'internal');
  });
  return app;
}
