import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ErrorCode, errorBody } from '../errors.ts';
import type { Site } from '../event/site.ts';
import { LogUnavailable } from '../log/log.ts';
import { readBody } from './body.ts';
import { inFlight, type Share } from './in-flight.ts';
import { isObject, parseJson } from './json.ts';
import { siteOfSecretKey } from './secret-keys.ts';
import { type Taking, takeEvents } from './take-events.ts';

/** What the collector needs from the rest of the gateway. */
export interface CollectorParts extends Taking {
  /** The sites as they stand now. */
  readonly sites: () => readonly Site[];
  /** Whether events can be stored; `why` is one sentence with the remedy. */
  readonly ready: () => { readonly ok: boolean; readonly why?: string };
  /** Told once new events of a site are durable, so that its pumps wake. */
  readonly onAppended?: (siteId: string) => void;
  /** Rate limit: the seconds that a site's next request must wait; `undefined` lets it in. */
  readonly admit?: (siteId: string) => number | undefined;
  /** Told of faults that are not the sender's. */
  readonly onFault?: (fault: unknown) => void;
}

/** Events in one body, at most. */
const maxEventsPerBody = 500;

const statuses = {
  'body-unreadable': 400,
  'body-too-deep': 400,
  'event-count': 400,
  'not-authorised': 401,
  'not-found': 404,
  'method-not-allowed': 405,
  'body-too-large': 413,
  'body-over-compressed': 413,
  'encoding-unsupported': 415,
  'rate-limited': 429,
  internal: 500,
  'not-accepting': 503,
} as const satisfies Partial<Record<ErrorCode, ContentfulStatusCode>>;

function refuse(c: Context, code: keyof typeof statuses, headers: Readonly<Record<string, string>> = {}): Response {
  return c.json(errorBody(code), statuses[code], headers);
}

const soon = { 'retry-after': '1' };

/** The public HTTP app: the server API, liveness and readiness. */
export function collector(parts: CollectorParts): Hono {
  const app = new Hono();
  const flight = inFlight();

  app.post('/v1/events', async (c) => {
    const site = siteOfSecretKey(c.req.header('authorization'), parts.sites());
    if (!site) return refuse(c, 'not-authorised', { 'www-authenticate': 'Bearer' });
    const wait = parts.admit?.(site.id);
    if (wait !== undefined) return refuse(c, 'rate-limited', { 'retry-after': String(Math.ceil(wait)) });
    const share = flight.enter();
    if (!share) return refuse(c, 'not-accepting', soon);
    try {
      return await receive(c, site, share, parts);
    } finally {
      share.release();
    }
  });
  app.all('/v1/events', (c) => refuse(c, 'method-not-allowed', { allow: 'POST' }));

  app.get('/healthz', (c) => c.json({ ok: true }));
  app.all('/healthz', (c) => refuse(c, 'method-not-allowed', { allow: 'GET, HEAD' }));
  app.get('/readyz', (c) => {
    const state = parts.ready();
    return state.ok ? c.json(state) : c.json(state, 503, soon);
  });
  app.all('/readyz', (c) => refuse(c, 'method-not-allowed', { allow: 'GET, HEAD' }));

  app.notFound((c) => refuse(c, 'not-found'));
  app.onError((fault, c) => {
    parts.onFault?.(fault);
    return refuse(c, 'internal');
  });
  return app;
}

async function receive(c: Context, site: Site, share: Share, parts: CollectorParts): Promise<Response> {
  const body = await readBody(c.req.raw, share.takeBytes);
  const parsed = 'error' in body ? body : parseJson(body.bytes);
  if ('error' in parsed) return refuse(c, parsed.error, parsed.error === 'not-accepting' ? soon : {});
  if (!isObject(parsed.value) || !Array.isArray(parsed.value.events)) return refuse(c, 'body-unreadable');
  const events: readonly unknown[] = parsed.value.events;
  if (events.length === 0 || events.length > maxEventsPerBody) return refuse(c, 'event-count');
  if (!share.takeEvents(events.length)) return refuse(c, 'not-accepting', soon);

  try {
    const taken = await takeEvents(events, { reporter: 'server', gpc: false }, site, parts);
    if (taken.accepted > 0) parts.onAppended?.(site.id);
    return c.json(taken, 202);
  } catch (fault) {
    if (!(fault instanceof LogUnavailable)) throw fault;
    return refuse(c, 'not-accepting', soon);
  }
}
