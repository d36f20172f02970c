import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, type Handler, Hono, type MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import type { Body } from './events-api/events-endpoint.ts';
import { handleEvents } from './events-api/events-endpoint.ts';
import type { EventsResponse } from './events-api/responses.ts';
import type { Fault, Faults } from './faults.ts';
import { corruptResponse, createRejectionTest, faultResponse, faultSchema } from './faults.ts';
import type { Reply } from './http-io.ts';
import { readRequest, sendTruncated, toHttpResponse } from './http-io.ts';
import type { Goal, Goals } from './journal/event-goals.ts';
import { goalsSchema } from './journal/event-goals.ts';
import type { Journal } from './journal/journal.ts';
import { isOwnHost } from './own-host.ts';
import { createPagePolicy, renderPage, toView } from './page/page.ts';
import type { Settings } from './settings.ts';
import { onePixel, readIdSync } from './tag/id-sync.ts';
import { readBeacon, readParameters } from './tag/parse-beacon.ts';
import { createTagScript } from './tag/tag-script.ts';

interface Env {
  readonly Bindings: HttpBindings;
}

export interface SimulatorAppDeps {
  readonly settings: Settings;
  /** Token by tag. Undefined: every well-formed tag is accepted with any token. */
  readonly tokens: ReadonlyMap<string, string> | undefined;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly goals: Goals;
  /** The host that the simulator listens on. */
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly newId: () => string;
  /** Aborted when the simulator closes. */
  readonly closing: AbortSignal;
}

/** Pages of any site may load these resources, also a page that requires `Cross-Origin-Resource-Policy`. */
const crossOriginHeaders = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' };
const scriptHeaders = { ...crossOriginHeaders, 'content-type': 'text/javascript; charset=utf-8' };

const allowedMethods: Readonly<Record<string, string>> = {
  '/': 'GET',
  '/bat.js': 'GET',
  '/action/0': 'GET',
  '/c.gif': 'GET',
  '/journal': 'GET, DELETE',
  '/journal/events': 'GET',
  '/journal/syncs': 'GET',
  '/faults': 'GET, POST',
  '/goals': 'GET, POST',
};

const foreignHost: Reply = {
  status: 403,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'Unknown host name. Open the simulator as localhost, or start it with this host name.\n',
};

/** Creates the HTTP routes of the simulator. */
export function createSimulatorApp(deps: SimulatorAppDeps): Hono<Env> {
  const { settings, journal, faults, goals, closing } = deps;
  const run = deps.newId();
  const tag = Buffer.from(createTagScript(settings));
  const app = new Hono<Env>();

  /** Rejects a name that another site points at this address, and a page of another site that uses the reader's browser. */
  const ownPage: MiddlewareHandler<Env> = async (c, next) => {
    if (!isOwnHost(c.req.header('host'), deps.host)) return toHttpResponse(foreignHost);
    const isWrite = c.req.method !== 'GET' && c.req.method !== 'HEAD';
    if (isWrite && c.req.header('sec-fetch-site') === 'cross-site') return toHttpResponse({ status: 403 });
    await next();
    return undefined;
  };

  // Hono answers HEAD like GET, which would add beacons to the journal.
  app.use(async (c, next) => {
    const methods = c.req.method === 'HEAD' ? allowedMethods[c.req.path] : undefined;
    if (methods !== undefined) return notAllowed(methods)(c, next);
    await next();
    return undefined;
  });

  app.all('/v1/:tagId{[^/]*}/events', (c) => receiveEvents(c, c.req.param('tagId'), deps));

  app.get('/bat.js', () => toHttpResponse({ status: 200, headers: scriptHeaders, body: tag }));
  app.get('/action/0', (c) => {
    const query = getQuery(c);
    const beacon = readBeacon(readParameters(query, settings));
    const isKnownTag = deps.tokens === undefined || deps.tokens.has(beacon.tagId);
    journal.addBeacon({
      now: deps.now(),
      beacon,
      bytes: query.length,
      isKnownTag,
    });
    return toHttpResponse({ status: 204, headers: crossOriginHeaders });
  });
  app.get('/c.gif', (c) => {
    const query = getQuery(c);
    journal.addSync(deps.now(), readIdSync(readParameters(query, settings)), query.length);
    return toHttpResponse({ status: 200, headers: { ...crossOriginHeaders, 'content-type': 'image/gif' }, body: onePixel });
  });

  app.get('/', ownPage, async (c) => {
    const view = toView(c.req.query('show'));
    const revision = `"${run}-${faults.revision}-${goals.revision}-${journal.revision}-${view}"`;
    if (c.req.header('if-none-match') === revision) return c.body(null, 304, { etag: revision });
    const nonce = randomBytes(16).toString('base64');
    const options = { url: new URL(c.req.url).origin, fault: faults.current(), goals: goals.current(), view, nonce, revision };
    const headers = { etag: revision, 'content-security-policy': createPagePolicy(nonce) };
    return toHttpResponse({ status: 200, headers, body: await renderPage(journal, options) });
  });

  app.get('/journal', ownPage, () => toHttpResponse({ status: 200, body: { requests: journal.requests() } }));
  app.delete('/journal', ownPage, () => {
    journal.clear();
    return toHttpResponse({ status: 204 });
  });
  app.get('/journal/events', ownPage, () => toHttpResponse({ status: 200, body: { events: journal.events() } }));
  app.get('/journal/syncs', ownPage, () => toHttpResponse({ status: 200, body: { syncs: journal.syncs() } }));

  app.get('/faults', ownPage, () => toHttpResponse({ status: 200, body: faults.current() }));
  app.post('/faults', ownPage, (c) =>
    receiveSetting(c, settings, {
      schema: faultSchema,
      code: 'BadFault',
      rule: 'Send a JSON object with a `mode`',
      set: (fault) => {
        faults.set(fault);
        return faults.current();
      },
    }),
  );
  app.get('/goals', ownPage, () => toHttpResponse({ status: 200, body: { goals: goals.current() } }));
  app.post('/goals', ownPage, (c) =>
    receiveSetting(c, settings, {
      schema: goalsSchema,
      code: 'BadGoals',
      rule: 'Send {"goals":[{"name":"Purchase","action":"purchase"}]}',
      set: (input: { goals: readonly Goal[] }) => {
        goals.set(input.goals);
        return { goals: goals.current() };
      },
    }),
  );

  for (const [path, methods] of Object.entries(allowedMethods)) app.all(path, notAllowed(methods));
  app.notFound(() => toHttpResponse({ status: 404 }));
  app.onError((_, { env: { incoming, outgoing } }) => {
    if (closing.aborted || incoming.socket.destroyed || outgoing.headersSent) {
      outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
    }
    const message = 'The simulator failed. Please report this as a bug.';
    return toHttpResponse({ status: 500, body: { error: { code: 'SimulatorFault', message } } });
  });
  return app;
}

/** Returns the query as it was sent. */
function getQuery({ req: { url } }: Context<Env>): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start + 1);
}

const notAllowed =
  (allow: string): Handler<Env> =>
  () =>
    toHttpResponse({ status: 405, headers: { allow } });

/** Handles `POST /v1/{tagId}/events`. Faults of the socket use the raw connection in place of a response. */
async function receiveEvents(c: Context<Env>, tagId: string, deps: SimulatorAppDeps): Promise<Response> {
  const { settings, journal, faults, closing } = deps;
  const { incoming, outgoing } = c.env;
  if (c.req.method !== 'POST') return toHttpResponse({ status: settings.statuses.wrongMethod, headers: { allow: 'POST' } });
  const body = await readRequest(incoming, settings);
  const json = 'json' in body ? body.json : null;
  const fault = faults.consume(tagId, json);
  const isSilent = fault?.mode === 'hang' || fault?.mode === 'reset';
  const answer = isSilent ? undefined : respondToRequest(c, tagId, body, fault, deps);
  journal.add({
    now: deps.now(),
    tagId,
    hasToken: c.req.header('authorization') !== undefined,
    body: json,
    bodyBytes: body.bytes,
    fault: fault?.mode ?? 'ok',
    answered: isSilent || fault?.mode === '200-then-drop' ? 'none' : fault?.mode === 'truncated' ? 'part' : 'whole',
    answer,
  });
  if (fault?.mode === 'reset') incoming.socket.resetAndDestroy();
  if (fault?.mode === '200-then-drop') incoming.socket.destroy();
  if (answer === undefined || incoming.socket.destroyed) return RESPONSE_ALREADY_SENT;
  if (fault?.mode === 'slow') await sleep(settings.slowMs, undefined, { signal: closing });
  if (fault?.mode === 'truncated') {
    sendTruncated(outgoing, answer);
    return RESPONSE_ALREADY_SENT;
  }
  return toHttpResponse(answer);
}

function respondToRequest(
  { req }: Context<Env>,
  tagId: string,
  body: Body,
  fault: Fault | undefined,
  { settings, tokens, now, newId }: SimulatorAppDeps,
): EventsResponse {
  const traceId = newId().replaceAll('-', '');
  const replacement = fault === undefined ? undefined : faultResponse(fault, settings, traceId);
  if (replacement !== undefined) return replacement;
  const answer = handleEvents(
    { tagId, authorization: req.header('authorization'), contentType: req.header('content-type'), body },
    { settings, tokens, now: now(), traceId, isRejectedId: createRejectionTest(fault) },
  );
  return fault === undefined ? answer : corruptResponse(answer, fault);
}

/** Reads one of the simulator's own settings, applies it and returns it; `code` names an invalid one. */
async function receiveSetting<T>(
  { env }: Context<Env>,
  settings: Settings,
  { schema, code, rule, set }: { schema: z.ZodType<T>; code: string; rule: string; set: (value: T) => object },
): Promise<Response> {
  const body = await readRequest(env.incoming, settings);
  const read = schema.safeParse('json' in body ? body.json : undefined);
  if (read.success) return toHttpResponse({ status: 200, body: set(read.data) });
  const issues = read.error.issues.map(({ path, code: issueCode, message }) => ({
    field: path.join('.'),
    code: issueCode,
    message,
  }));
  const message = `The request was not applied. ${rule}. See the issues.`;
  return toHttpResponse({ status: 400, body: { error: { code, message, issues } } });
}
