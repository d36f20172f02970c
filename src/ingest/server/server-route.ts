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
import { findSecretKey } from './authenticate.ts';

/** The largest body of the server API, both as it arrives and unpacked. */
const maxBodyBytes = 1_048_576;
/** The number of events that one body may hold. */
const maxEventsPerBody = 500;

/** The number of values that one body may hold: more than 1 MiB of orders has, and few enough to parse in less than a tenth of a second. */
const maxValues = 110_000;

/** Mounts `POST /v1/events`, which accepts the events of a shop's server. */
export function mountServerRoutes(app: Hono, parts: IngestDeps, flight: InFlightLimit): void {
  const networkOf = createClientNetworkReader(parts.proxies.trustedProxies);
  const ofKey = createRateLimiter(parts.rates.perSecretKey, parts.now);
  const wrongKey = createNetworkRateLimiter(parts.rates.wrongKeys, parts.now);
  app.post('/v1/events', async (c) => {
    const known = findSecretKey(c.req.header('authorization'), parts.sites());
    if (!known) {
      // A request with a valid key is never limited by its address, so this limit may apply to every address.
      const wait = wrongKey(networkOf(c));
      return wait === undefined ? sendError(c, 'not-authorised', { 'www-authenticate': 'Bearer' }) : sendRateLimited(c, wait);
    }
    const wait = ofKey(known.key);
    if (wait !== undefined) return sendRateLimited(c, wait);
    const share = flight.enter();
    if (!share) return sendError(c, 'not-accepting');
    try {
      return await receive(c, known.site, share, parts);
    } finally {
      share.release();
    }
  });
  app.all('/v1/events', (c) => sendError(c, 'method-not-allowed', { allow: 'POST' }));
}

async function receive(c: Context, site: Site, share: InFlightLease, parts: IngestDeps): Promise<Response> {
  const body = await readBody(c.req.raw, maxBodyBytes, share.takeBytes, { isKnown: true });
  if ('bytes' in body && body.bytes.length > largeBodyBytes) await yieldToEventLoop();
  const parsed = 'error' in body ? body : parseJson(body.bytes, maxValues);
  if ('error' in parsed) return sendError(c, parsed.error);
  if (!isObject(parsed.value) || !Array.isArray(parsed.value.events)) return sendError(c, 'body-unreadable');
  const events: readonly unknown[] = parsed.value.events;
  if (events.length === 0 || events.length > maxEventsPerBody) return sendError(c, 'event-count');
  if (!share.takeEvents(events.length)) return sendError(c, 'not-accepting');

  parts.meter?.received(site.id, 'server', events.length);
  try {
    const taken = await ingestServerEvents(events, { reporter: 'server', gpc: false }, site, parts);
    if (taken.accepted > 0) parts.onAppended?.(site.id);
    parts.meter?.taken(site.id, 'server', taken);
    return c.json(taken, 202);
  } catch (fault) {
    if (!(fault instanceof LogUnavailableError)) throw fault;
    return sendError(c, 'not-accepting');
  }
}
