import type { Context, Hono } from 'hono';
import type { Site } from '../../event/site.ts';
import { LogUnavailableError } from '../../storage/log/event-log.ts';
import { ingestServerEvents } from '../accept/append-events.ts';
import type { IngestDeps } from '../accept/ingest-deps.ts';
import { createClientNetworkReader } from '../http/client-info.ts';
import { sendError, sendRateLimited } from '../http/error-response.ts';
import type { InFlightLease, InFlightLimit } from '../http/in-flight-limit.ts';
import { isObject, parseJson } from '../http/parse-json.ts';
import { createNetworkRateLimiter, createRateLimiter } from '../http/rate-limit.ts';
import { readBody } from '../http/read-body.ts';
import { largeBodyBytes, yieldToEventLoop } from '../http/yield-to-event-loop.ts';
import { findSecretKey } from './find-secret-key.ts';

/** The largest body of the server API, both as it arrives and unpacked. */
const maxBodyBytes = 1_048_576;
/** The number of events that one body may hold. */
const maxEventsPerBody = 500;

/** The number of values that one body may hold: more than 1 MiB of orders has, and few enough to parse in less than a tenth of a second. */
const maxValues = 110_000;

/** Mounts `POST /v1/events`, which accepts the events of a shop's server. */
export function mountServerRoutes(app: Hono, deps: IngestDeps, flight: InFlightLimit): void {
  const readNetwork = createClientNetworkReader(deps.proxies.trustedProxies);
  const limitKey = createRateLimiter(deps.rates.perSecretKey, deps.now);
  const limitWrongKey = createNetworkRateLimiter(deps.rates.wrongKeys, deps.now);
  app.post('/v1/events', async (c) => {
    const match = findSecretKey(c.req.header('authorization'), deps.sites());
    if (!match) {
      // A request with a valid key is never limited by its address, so this limit may apply to every address.
      const wait = limitWrongKey(readNetwork(c));
      return wait === undefined ? sendError(c, 'not-authorised', { 'www-authenticate': 'Bearer' }) : sendRateLimited(c, wait);
    }
    const wait = limitKey(match.key);
    if (wait !== undefined) return sendRateLimited(c, wait);
    const lease = flight.enter();
    if (!lease) return sendError(c, 'not-accepting');
    try {
      return await receive(c, match.site, lease, deps);
    } finally {
      lease.release();
    }
  });
  app.all('/v1/events', (c) => sendError(c, 'method-not-allowed', { allow: 'POST' }));
}

async function receive(c: Context, site: Site, lease: InFlightLease, deps: IngestDeps): Promise<Response> {
  const body = await readBody(c.req.raw, maxBodyBytes, lease.takeBytes, { isKnown: true });
  if ('bytes' in body && body.bytes.length > largeBodyBytes) await yieldToEventLoop();
  const parsed = 'error' in body ? body : parseJson(body.bytes, maxValues);
  if ('error' in parsed) return sendError(c, parsed.error);
  if (!isObject(parsed.value) || !Array.isArray(parsed.value.events)) return sendError(c, 'body-unreadable');
  const events: readonly unknown[] = parsed.value.events;
  if (events.length === 0 || events.length > maxEventsPerBody) return sendError(c, 'event-count');
  if (!lease.takeEvents(events.length)) return sendError(c, 'not-accepting');

  deps.metrics?.countReceived(site.id, 'server', events.length);
  try {
    const result = await ingestServerEvents(events, { reporter: 'server', gpc: false }, site, deps);
    deps.onAppended?.(site.id);
    deps.metrics?.countResults(site.id, 'server', result);
    return c.json(result, 202);
  } catch (error) {
    if (!(error instanceof LogUnavailableError)) throw error;
    deps.onAppended?.(site.id);
    return sendError(c, 'not-accepting');
  }
}
