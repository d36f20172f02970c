import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { crossOriginHeaders, onePixel, readParameters } from '../kit/beacon.ts';
import { createPagePolicy } from '../kit/page-shell.ts';
import { type Body, readBytes } from '../kit/read-body.ts';
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
import { handleEvents, isDatasetId } from './events-api/events-endpoint.ts';
import type { EventsResponse } from './events-api/graph-error.ts';
import { expiredVersion, unknownPath, unsupportedMethod } from './events-api/graph-error.ts';
import { readEventsBody } from './events-api/read-events-body.ts';
import { findToken, type GivenToken } from './events-api/token.ts';
import type { CallUsage } from './events-api/usage.ts';
import type { Fault, Faults } from './faults.ts';
import { corruptResponse, createRejectionTest, faultResponse, faultSchema, throttledMinutes } from './faults.ts';
import type { Journal } from './journal/journal.ts';
import { renderPage, toView } from './page/page.ts';
import type { Settings } from './settings.ts';
import { readBeacon } from './tag/parse-beacon.ts';
import { tagScript } from './tag/tag-script.ts';

export interface SimulatorAppDeps {
  readonly settings: Settings;
  /** Token by dataset. Undefined: every well-formed dataset is accepted with any token. */
  readonly tokens: ReadonlyMap<string, string> | undefined;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly usage: CallUsage;
  /** The host that the simulator listens on. */
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly newId: () => string;
  /** Aborted when the simulator closes. */
  readonly closing: AbortSignal;
}

const scriptHeaders = { ...crossOriginHeaders, 'content-type': 'text/javascript; charset=utf-8' };
const tag = Buffer.from(tagScript);

const allowedMethods: AllowedMethods = {
  '/': 'GET',
  '/en_US/fbevents.js': 'GET',
  '/tr/': 'GET, POST',
  '/tr': 'GET',
  '/journal': 'GET, DELETE',
  '/journal/events': 'GET',
  '/faults': 'GET, POST',
};

/** Creates the HTTP routes of the simulator. */
export function createSimulatorApp(deps: SimulatorAppDeps): Hono<Env> {
  const { settings, journal, faults, closing } = deps;
  const run = deps.newId();
  const app = new Hono<Env>();
  const ownPage = createOwnPageGuard(deps.host);

  app.use(rejectHead(allowedMethods));

  app.all('/:version{v[0-9]+\\.[0-9]+}/:datasetId/events', (c) =>
    receiveEvents(c, { version: c.req.param('version'), datasetId: c.req.param('datasetId') }, deps),
  );
  app.all('/:datasetId{[0-9]+}/events', () =>
    toHttpResponse(expiredVersion('no version', settings.oldestVersion, toTraceId(deps.newId()))),
  );
  app.all('/:version{v[0-9]+\\.[0-9]+}/*', () => toHttpResponse(unknownPath(toTraceId(deps.newId()))));

  app.get('/en_US/fbevents.js', () => toHttpResponse({ status: 200, headers: scriptHeaders, body: tag }));
  app.get('/tr/', (c) => receiveBeacon(c, getQuery(c), deps));
  app.get('/tr', (c) => receiveBeacon(c, getQuery(c), deps));
  app.post('/tr/', async (c) => {
    const form = await readBytes(c.env.incoming, settings.maxBeaconBytes);
    return form === undefined ? toHttpResponse({ status: 413 }) : receiveBeacon(c, form.toString(), deps);
  });

  app.get('/', ownPage, async (c) => {
    const view = toView(c.req.query('show'));
    const code = view === 'test' ? c.req.query('code')?.slice(0, 64).toWellFormed() : undefined;
    const state = `${run}-${faults.revision}-${journal.revision}-${view}-${encodeURIComponent(code ?? '')}`;
    const revision = `"${state}"`;
    if (c.req.header('if-none-match') === revision) return c.body(null, 304, { etag: revision });
    const nonce = randomBytes(16).toString('base64');
    const options = { url: new URL(c.req.url).origin, fault: faults.current(), view, code, nonce, revision };
    const headers = { etag: revision, 'content-security-policy': createPagePolicy(nonce) };
    return toHttpResponse({ status: 200, headers, body: await renderPage(journal, options) });
  });

  app.get('/journal', ownPage, () => toHttpResponse({ status: 200, body: { requests: journal.requests() } }));
  app.delete('/journal', ownPage, () => {
    journal.clear();
    return toHttpResponse({ status: 204 });
  });
  app.get('/journal/events', ownPage, () => toHttpResponse({ status: 200, body: { events: journal.events() } }));

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

  for (const [path, methods] of Object.entries(allowedMethods)) app.all(path, notAllowed(methods));
  app.notFound(() => toHttpResponse({ status: 404 }));
  app.onError(createErrorHandler(closing));
  return app;
}

const toTraceId = (id: string): string => `A${id.replaceAll('-', '')}`;

interface EventsPath {
  readonly version: string;
  readonly datasetId: string;
}

/** Handles `POST /v{major}.{minor}/{datasetId}/events`. */
async function receiveEvents(c: Context<Env>, path: EventsPath, deps: SimulatorAppDeps): Promise<Response> {
  const { settings, journal, faults, closing, now } = deps;
  if (c.req.method !== 'POST') return toHttpResponse(unsupportedMethod(toTraceId(deps.newId())));
  const bytes = await readBytes(c.env.incoming, settings.maxBodyBytes);
  const body = readEventsBody(bytes, c.req.header('content-type') ?? '', settings);
  const json = 'json' in body ? body.json : null;
  const token = findToken(c.req.header('authorization'), new URLSearchParams(getQuery(c)), json);
  const fault = faults.consume(path.datasetId, json);
  const mode = fault?.mode ?? 'ok';
  const answer = isSilentFault(mode) ? undefined : answerRequest(path, token, body, fault, deps);
  const answered = toAnswered(mode);
  journal.add({ now: now(), ...path, token, body: json, bodyBytes: body.bytes, fault: mode, answered, answer });
  return sendFaulty(c.env, mode, answer, { slowMs: settings.slowMs, closing });
}

function answerRequest(
  path: EventsPath,
  token: GivenToken | undefined,
  body: Body,
  fault: Fault | undefined,
  { settings, tokens, usage, now, newId }: SimulatorAppDeps,
): EventsResponse {
  const traceId = toTraceId(newId());
  const language = fault?.mode === 'french' ? 'fr' : 'en';
  const options = { settings, tokens, now: now(), traceId, language, rejects: createRejectionTest(fault) } as const;
  const answer =
    (fault === undefined ? undefined : faultResponse(fault, traceId)) ?? handleEvents({ ...path, token, body }, options);
  const corrupted = fault === undefined ? answer : corruptResponse(answer, fault);
  // A page of a proxy, a refused token and an id that cannot be a dataset's report no usage.
  const isCounted = typeof corrupted.body === 'object' && corrupted.body !== null && corrupted.status !== 401;
  if (!isCounted || !isDatasetId(path.datasetId)) return corrupted;
  const headers = usage.count(path.datasetId, now(), throttledMinutes(fault, settings));
  return { ...corrupted, headers: { ...corrupted.headers, ...headers } };
}

/** Handles a beacon: a query, or the same as a form. */
function receiveBeacon(c: Context<Env>, query: string, { settings, tokens, journal, now }: SimulatorAppDeps): Response {
  const beacon = readBeacon(readParameters(query, settings), {
    userAgent: c.req.header('user-agent'),
    address: c.env.incoming.socket.remoteAddress?.replace(/^::ffff:/, ''),
  });
  const isKnownDataset = tokens === undefined || tokens.has(beacon.datasetId);
  journal.addBeacon({ now: now(), beacon, bytes: query.length, isKnownDataset });
  return toHttpResponse({ status: 200, headers: { ...crossOriginHeaders, 'content-type': 'image/gif' }, body: onePixel });
}
