import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { crossOriginHeaders, onePixel, readParameters } from '../kit/beacon.ts';
import { createPagePolicy } from '../kit/page-shell.ts';
import { type Body, readRequest } from '../kit/read-body.ts';
import { toHttpResponse } from '../kit/reply.ts';
import {
  type AllowedMethods,
  createErrorHandler,
  createOwnPageGuard,
  type Env,
  getQuery,
  notAllowed,
  receiveSetting,
  rejectHead,
} from '../kit/routes.ts';
import { isSilentFault, sendFaulty, toAnswered } from '../kit/send-faulty.ts';
import { handleEvents } from './events-api/events-endpoint.ts';
import type { EventsResponse } from './events-api/responses.ts';
import type { Fault, Faults } from './faults.ts';
import { corruptResponse, createRejectionTest, faultResponse, faultSchema } from './faults.ts';
import type { Goal, Goals } from './journal/event-goals.ts';
import { goalsSchema } from './journal/event-goals.ts';
import type { Journal } from './journal/journal.ts';
import { renderPage, toView } from './page/page.ts';
import type { Settings } from './settings.ts';
import { readIdSync } from './tag/id-sync.ts';
import { readBeacon } from './tag/parse-beacon.ts';
import { createTagScript } from './tag/tag-script.ts';

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

const scriptHeaders = { ...crossOriginHeaders, 'content-type': 'text/javascript; charset=utf-8' };

const allowedMethods: AllowedMethods = {
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

/** Creates the HTTP routes of the simulator. */
export function createSimulatorApp(deps: SimulatorAppDeps): Hono<Env> {
  const { settings, journal, faults, goals, closing } = deps;
  const run = deps.newId();
  const tag = Buffer.from(createTagScript(settings));
  const app = new Hono<Env>();

  const ownPage = createOwnPageGuard(deps.host);

  app.use(rejectHead(allowedMethods));

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
  app.onError(createErrorHandler(closing));
  return app;
}

/** Handles `POST /v1/{tagId}/events`. */
async function receiveEvents(c: Context<Env>, tagId: string, deps: SimulatorAppDeps): Promise<Response> {
  const { settings, journal, faults, closing } = deps;
  if (c.req.method !== 'POST') return toHttpResponse({ status: settings.statuses.wrongMethod, headers: { allow: 'POST' } });
  const body = await readRequest(c.env.incoming, settings);
  const json = 'json' in body ? body.json : null;
  const fault = faults.consume(tagId, json);
  const mode = fault?.mode ?? 'ok';
  const answer = isSilentFault(mode) ? undefined : answerRequest(c, tagId, body, fault, deps);
  journal.add({
    now: deps.now(),
    tagId,
    hasToken: c.req.header('authorization') !== undefined,
    body: json,
    bodyBytes: body.bytes,
    fault: mode,
    answered: toAnswered(mode),
    answer,
  });
  return sendFaulty(c.env, mode, answer, { slowMs: settings.slowMs, closing });
}

function answerRequest(
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
