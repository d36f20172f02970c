import { Hono } from 'hono';
import type { IngestDeps } from './accept/ingest-deps.ts';
import { createBrowserRates } from './browser/browser-rates.ts';
import { type BrowserRouteDeps, listPathsBeside, mountBrowserRoutes } from './browser/browser-route.ts';
import { createErrorReply, getErrorCode, sendError, sendReply } from './http/error-response.ts';
import type { DirectHandler } from './http/http-server.ts';
import { createInFlightLimit } from './http/in-flight-limit.ts';
import { limitLightRequests } from './http/light-request-limit.ts';
import { openOwnLimitTable } from './limits/limit-table.ts';
import { mountSegmentRoutes, type SegmentDeps } from './segment/segment-route.ts';
import { createDirectRoute } from './server/direct-route.ts';
import { createKeyLimits } from './server/key-limits.ts';
import { createEventReceiver } from './server/receive-events.ts';
import { mountServerRoutes } from './server/server-route.ts';
import { mountWebhookRoutes, type WebhookDeps } from './webhooks/webhook-route.ts';

export interface CollectorDeps
  extends IngestDeps,
    BrowserRouteDeps,
    Pick<SegmentDeps, 'onLeakedKey' | 'onPublicKeyOnServer' | 'publicUrl'>,
    WebhookDeps {
  /** Called for faults that the sender did not cause. */
  readonly onFault?: (fault: unknown) => void;
}

type HealthDeps = Pick<CollectorDeps, 'ready'>;

/** The bytes of one client network's bodies in flight at `/e`: 32 of the largest. */
const browserBytesPerNetwork = 2 * 1_048_576;
/** The bytes of one client network's bodies in flight at the routes of Segment's protocol: four of the largest. */
const segmentBytesPerNetwork = 4 * 1_048_576;

/** The collector's routes, and the handler of plain requests to the server API in front of them. */
export type CollectorApp = Hono & { readonly handleDirectly: DirectHandler };

/** Creates the public HTTP app: server API, browser route with the pixel, webhooks, liveness and readiness. */
export function createCollectorApp(deps: CollectorDeps): CollectorApp {
  const app = new Hono();
  const { openLimitTable = openOwnLimitTable } = deps;
  const countRefused = (code: string) => deps.metrics?.countRefused(code);
  const replyToFault = (fault: unknown) => {
    deps.onFault?.(fault);
    return createErrorReply('internal');
  };
  app.use(async (c, next) => {
    await next();
    const code = getErrorCode(c);
    if (code !== undefined) countRefused(code);
  });
  const limit = limitLightRequests(deps, openLimitTable('lightRequests'));
  for (const path of ['/healthz', '/readyz', deps.pixel.path, ...listPathsBeside(deps.pixel.path, 'overlay.js')])
    app.use(path, limit);
  // Each has a limit of its own, so that a flood of the public endpoint does not shut out the shops' servers.
  const keyLimits = createKeyLimits(deps);
  const getRates = createBrowserRates(deps.rates, deps.now, openLimitTable);
  const limits = { ...keyLimits, browser: getRates };
  const receiveEvents = createEventReceiver(deps, limits, createInFlightLimit({}, openLimitTable('serverInFlight')));
  mountServerRoutes(app, receiveEvents);
  mountBrowserRoutes(
    app,
    deps,
    getRates,
    createInFlightLimit({ bytesPerNetwork: browserBytesPerNetwork }, openLimitTable('browserInFlight')),
  );
  const segmentFlight = createInFlightLimit({ bytesPerNetwork: segmentBytesPerNetwork }, openLimitTable('segmentInFlight'));
  mountSegmentRoutes(app, deps, limits, segmentFlight);
  mountWebhookRoutes(app, deps, createInFlightLimit({}, openLimitTable('webhooksInFlight')));

  mountHealthRoutes(app, deps);
  app.onError((fault, c) => sendReply(c, replyToFault(fault)));
  return Object.assign(app, { handleDirectly: createDirectRoute(receiveEvents, { replyToFault, countRefused }) });
}

/** Creates the app of a gateway that collects no events: liveness and readiness. */
export function createHealthApp(deps: HealthDeps & Parameters<typeof limitLightRequests>[0]): CollectorApp {
  const app = new Hono();
  app.use(limitLightRequests(deps, openOwnLimitTable('lightRequests')));
  mountHealthRoutes(app, deps);
  return Object.assign(app, { handleDirectly: () => false });
}

function mountHealthRoutes(app: Hono, { ready }: HealthDeps): void {
  app.get('/healthz', (c) => c.json({ ok: true }));
  app.all('/healthz', (c) => sendError(c, 'method-not-allowed', { allow: 'GET, HEAD' }));
  app.get('/readyz', (c) => {
    // The reason would describe the machine to strangers. Operators find it in the logs and in the status on the admin socket.
    const { ok, appendsTo } = ready();
    return ok ? c.json({ ok, ...(appendsTo && { appendsTo }) }) : c.json({ ok }, 503, { 'retry-after': '1' });
  });
  app.all('/readyz', (c) => sendError(c, 'method-not-allowed', { allow: 'GET, HEAD' }));
  app.notFound((c) => sendError(c, 'not-found'));
}
