import type { Context, Hono } from 'hono';
import type { Faults } from '../kit/faults.ts';
import { getList } from '../kit/fields.ts';
import { type Body, parseBody, readBytes } from '../kit/http/read-body.ts';
import { toHttpResponse } from '../kit/http/reply.ts';
import { type Env, getQuery } from '../kit/http/routes.ts';
import { isSilentFault, sendFaulty, toAnswered } from '../kit/http/send-faulty.ts';
import { parseView } from '../kit/page/event-views.ts';
import { createSimulatorApp } from '../kit/simulator-app.ts';
import type { SimulatorContext } from '../kit/start-simulator.ts';
import { crossOriginHeaders, onePixel, readParameters, scriptHeaders } from '../kit/tag/beacon.ts';
import type { AccessTokens } from './api/access-tokens.ts';
import {
  type ApiReply,
  failure,
  htmlPage,
  missingToken,
  refusedToken,
  unknownRequestId,
  usedUpQuota,
} from './api/google-error.ts';
import { type IngestAnswer, ingest } from './api/ingest.ts';
import type { RequestQuota } from './api/request-quota.ts';
import type { RequestStatuses } from './api/request-statuses.ts';
import type { AuthorizationCodes } from './consent/authorization-codes.ts';
import { renderConsent } from './consent/consent-page.ts';
import { createLateRefusal, createRejection, type Fault, type FaultTarget, faultResponse, getTarget } from './faults.ts';
import type { Journal } from './journal/journal.ts';
import { renderPage, views } from './page/page.ts';
import type { Settings } from './settings.ts';
import { readBeacon } from './tag/parse-beacon.ts';
import { tagScript } from './tag/tag-script.ts';

interface AppDeps extends SimulatorContext {
  readonly settings: Settings;
  readonly journal: Journal;
  readonly faults: Faults<Fault>;
  readonly codes: AuthorizationCodes;
  readonly accessTokens: AccessTokens;
  readonly statuses: RequestStatuses;
  readonly quota: RequestQuota;
}

const tag = Buffer.from(tagScript);

/** Creates the HTTP routes of the simulator. */
export function createGoogleAdsApp(deps: AppDeps): Hono<Env> {
  const { settings, journal, faults, statuses, host, closing } = deps;
  const clear = () => {
    journal.clear();
    statuses.clear();
  };
  return createSimulatorApp({
    host,
    closing,
    limits: settings,
    run: deps.newId(),
    journal: {
      get revision() {
        return journal.revision;
      },
      requests: () => journal.requests(),
      events: () => journal.events(),
      clear,
    },
    faults,
    methods: {
      '/o/oauth2/v2/auth': 'GET',
      '/token': 'POST',
      '/v1/events:ingest': 'POST',
      '/v1/requestStatus:retrieve': 'GET',
      '/gtag/js': 'GET',
    },
    mount(app) {
      app.get('/o/oauth2/v2/auth', async (c) =>
        toHttpResponse(await renderConsent(new URLSearchParams(getQuery(c)), deps.codes, deps.now())),
      );
      app.post('/token', (c) => exchangeToken(c, deps));
      app.post('/v1/events:ingest', (c) => receiveEvents(c, deps));
      app.get('/v1/requestStatus:retrieve', (c) => retrieveStatus(c, deps));
      app.get('/gtag/js', () => toHttpResponse({ status: 200, headers: scriptHeaders, body: tag }));
      app.all('/pagead/conversion/:id{[0-9]+}/', (c) =>
        c.req.method === 'GET'
          ? receiveBeacon(c, c.req.param('id'), deps)
          : toHttpResponse({ status: 405, headers: { allow: 'GET' } }),
      );
    },
    // A verdict changes without a request.
    getPageState: (c) => `${getView(c)}-${Math.floor(deps.now() / 60_000)}`,
    renderPage: (c, page) => renderPage(journal, { ...page, fault: faults.current(), view: getView(c) }),
  });
}

const getView = (c: Context<Env>) => parseView(views, c.req.query('show'));

/** Returns the current fault if it affects this endpoint, and counts the request. */
function consume(faults: Faults<Fault>, target: FaultTarget, events?: readonly unknown[]): Fault | undefined {
  return getTarget(faults.current()) === target ? faults.consume({ account: '', events }) : undefined;
}

/** Handles `POST /token`. */
async function exchangeToken(c: Context<Env>, deps: AppDeps): Promise<Response> {
  const { settings, faults, accessTokens, closing, now } = deps;
  const bytes = await readBytes(c.env.incoming, settings.maxBodyBytes);
  const mode = consume(faults, 'token')?.mode;
  if (mode === 'token-500') return toHttpResponse({ status: 500, body: { error: 'internal_failure' } });
  if (mode === 'token-429') return toHttpResponse({ status: 429, headers: { 'retry-after': '30' } });
  if (mode === 'token-html') return toHttpResponse(htmlPage(200, 'Sign in'));
  if (mode === 'token-revoked') {
    accessTokens.revoke();
    const body = { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' };
    return toHttpResponse({ status: 400, body });
  }
  const contentType = c.req.header('content-type') ?? '';
  const seconds = mode === 'token-short' ? 30 : settings.tokenSeconds;
  const reply = accessTokens.exchange(contentType, bytes?.toString() ?? '', now(), seconds);
  return sendFaulty(c.env, mode === 'token-slow' ? 'slow' : 'ok', reply, { slowMs: settings.slowMs, closing });
}

/** Handles `POST /v1/events:ingest`. */
async function receiveEvents(c: Context<Env>, deps: AppDeps): Promise<Response> {
  const { settings, journal, faults, statuses, closing, now } = deps;
  const bytes = await readBytes(c.env.incoming, settings.maxBodyBytes);
  const body: Body = bytes === undefined ? { bytes: 0, problem: 'too-large' } : parseBody(bytes, settings.maxBodyDepth);
  const json = 'json' in body ? body.json : null;
  const fault = consume(faults, 'ingest', getList(json, 'events'));
  const mode = fault?.mode ?? 'ok';
  const answer = isSilentFault(mode) ? undefined : answerEvents(c.req.header('authorization'), body, fault, deps);
  if (answer !== undefined) statuses.add(answer, now());
  const answered = toAnswered(mode);
  journal.add({
    now: now(),
    quotaProject: c.req.header('x-goog-user-project') ?? null,
    body: json,
    bodyBytes: body.bytes,
    fault: mode,
    answered,
    reply: answer?.reply,
    accepted: answer?.accepted ?? [],
  });
  return sendFaulty(c.env, mode, answer?.reply, { slowMs: settings.slowMs, closing });
}

function answerEvents(authorization: string | undefined, body: Body, fault: Fault | undefined, deps: AppDeps): IngestAnswer {
  const { settings, quota, accessTokens, now, newId } = deps;
  const requestId = newId();
  const refused = checkAccess(authorization, accessTokens, now()) ?? (fault && faultResponse(fault, requestId));
  if (refused !== undefined) return { reply: refused, accepted: [] };
  if (!quota.take(now())) return { reply: usedUpQuota('IngestionRequestsPerMinutePerProject'), accepted: [] };
  const answer = ingest(body, {
    settings,
    now: now(),
    requestId,
    rejects: createRejection(fault),
    failsLater: createLateRefusal(fault),
    maxViolations: fault?.mode === 'first-only' ? 1 : settings.maxViolations,
  });
  return fault?.mode === 'no-request-id' && answer.stored !== undefined
    ? { ...answer, reply: { status: 200, body: {} } }
    : answer;
}

function checkAccess(authorization: string | undefined, tokens: AccessTokens, now: number): ApiReply | undefined {
  if (authorization === undefined) return missingToken();
  return tokens.isAccepted(authorization, now) ? undefined : refusedToken();
}

/** Handles `GET /v1/requestStatus:retrieve`. */
function retrieveStatus(c: Context<Env>, { faults, statuses, accessTokens, now }: AppDeps): Response {
  const fault = consume(faults, 'status');
  const refused = checkAccess(c.req.header('authorization'), accessTokens, now());
  if (refused !== undefined) return toHttpResponse(refused);
  if (fault?.mode === 'status-503') return toHttpResponse(failure(503, 'UNAVAILABLE'));
  if (fault?.mode === 'forget') return toHttpResponse(unknownRequestId());
  return toHttpResponse(statuses.retrieve(c.req.query('requestId') ?? '', now(), { isHeld: fault?.mode === 'processing' }));
}

/** Handles a beacon of the browser tag. */
function receiveBeacon(c: Context<Env>, id: string, { settings, journal, now }: AppDeps): Response {
  const query = getQuery(c);
  journal.addBeacon(
    now(),
    readBeacon(id.slice(0, 20), readParameters(query, settings), c.req.header('user-agent')),
    query.length,
  );
  return toHttpResponse({ status: 200, headers: { ...crossOriginHeaders, 'content-type': 'image/gif' }, body: onePixel });
}
