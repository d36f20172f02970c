import type { Context, Hono } from 'hono';
import { answerEvents } from '../kit/answer-events.ts';
import { signInPage } from '../kit/faults.ts';
import { isFields } from '../kit/fields.ts';
import { type Body, readBytes, readRequest } from '../kit/http/read-body.ts';
import { toHttpResponse } from '../kit/http/reply.ts';
import { type Env, getQuery } from '../kit/http/routes.ts';
import { sendFaulty } from '../kit/http/send-faulty.ts';
import { maskParameters } from '../kit/mask.ts';
import type { AuthorizationCodes } from '../kit/oauth/authorization-codes.ts';
import type { SimulatorContext } from '../kit/start-simulator.ts';
import { pixelReply, readParameters, serveScript } from '../kit/tag/beacon.ts';
import type { AccessTokens } from './api/access-tokens.ts';
import { type ApiReply, failure, missingToken, refusedToken, unknownRequestId, usedUpQuota } from './api/google-error.ts';
import { type IngestAnswer, ingest } from './api/ingest.ts';
import type { RequestQuota } from './api/request-quota.ts';
import type { RequestStatuses } from './api/request-statuses.ts';
import { renderConsent } from './consent/consent-page.ts';
import { type createFaults, createLateRefusal, createRejection, type Fault, type FaultTarget, getTarget } from './faults.ts';
import type { Journal } from './journal/journal.ts';
import type { Settings } from './settings.ts';
import { readBeacon } from './tag/parse-beacon.ts';
import { tagScript } from './tag/tag-script.ts';

export interface GoogleAdsDeps extends SimulatorContext {
  readonly settings: Settings;
  readonly journal: Journal;
  readonly faults: ReturnType<typeof createFaults>;
  readonly codes: AuthorizationCodes;
  readonly accessTokens: AccessTokens;
  readonly statuses: RequestStatuses;
  readonly quota: RequestQuota;
}

/** Mounts consent, token server, Data Manager API and Google tag. */
export function mountRoutes(app: Hono<Env>, deps: GoogleAdsDeps): void {
  app.get('/o/oauth2/v2/auth', async (c) =>
    toHttpResponse(await renderConsent(new URLSearchParams(getQuery(c)), deps.codes, deps.now())),
  );
  app.post('/token', (c) => exchangeToken(c, deps));
  app.post('/v1/events:ingest', (c) => receiveEvents(c, deps));
  app.get('/v1/requestStatus:retrieve', (c) => retrieveStatus(c, deps));
  app.get('/gtag/js', serveScript(tagScript));
  app.all('/pagead/conversion/:id{[0-9]+}/', (c) =>
    c.req.method === 'GET'
      ? receiveBeacon(c, c.req.param('id'), deps)
      : toHttpResponse({ status: 405, headers: { allow: 'GET' } }),
  );
}

/** Returns the current fault if it affects this endpoint, and counts the request. */
function consume({ faults }: GoogleAdsDeps, target: FaultTarget, events?: readonly unknown[]): Fault | undefined {
  return getTarget(faults.current()) === target ? faults.consume({ account: '', events }) : undefined;
}

/** Handles `POST /token`. */
async function exchangeToken(c: Context<Env>, deps: GoogleAdsDeps): Promise<Response> {
  const { settings, accessTokens, closing, now } = deps;
  const bytes = await readBytes(c.env.incoming, settings.maxBodyBytes);
  const mode = consume(deps, 'token')?.mode;
  if (mode === 'token-500') return toHttpResponse({ status: 500, body: { error: 'internal_failure' } });
  if (mode === 'token-429') return toHttpResponse({ status: 429, headers: { 'retry-after': '30' } });
  if (mode === 'token-html') return toHttpResponse(signInPage());
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
async function receiveEvents(c: Context<Env>, deps: GoogleAdsDeps): Promise<Response> {
  const { settings, journal, statuses, now } = deps;
  const body = await readRequest(c.env.incoming, settings);
  const faults = {
    consume: ({ events }: { readonly events: readonly unknown[] | undefined }) => consume(deps, 'ingest', events),
  };
  return answerEvents(
    c,
    { ...deps, faults },
    {
      account: '',
      body,
      list: 'events',
      answer(fault) {
        const answer = answerRequest(c.req.header('authorization'), body, fault, deps);
        statuses.add(answer, now());
        return answer;
      },
      record(received, answer) {
        const isCheck = answer?.status === 200 && isFields(received.body) && received.body.validateOnly === true;
        const quotaProject = c.req.header('x-goog-user-project')?.slice(0, 64).toWellFormed() ?? null;
        journal.add('', isCheck ? { ...received, sent: 0 } : received, answer, { quotaProject });
      },
    },
  );
}

function answerRequest(
  authorization: string | undefined,
  body: Body,
  fault: Fault | undefined,
  { settings, faults, quota, accessTokens, now, newId }: GoogleAdsDeps,
): IngestAnswer {
  const requestId = newId();
  return (
    checkAccess(authorization, accessTokens, now()) ??
    faults.answer(fault, requestId, () => {
      if (!quota.take(now())) return usedUpQuota('IngestionRequestsPerMinutePerProject');
      return ingest(body, {
        settings,
        now: now(),
        requestId,
        rejects: createRejection(fault),
        failsLater: createLateRefusal(fault),
        maxViolations: fault?.mode === 'first-only' ? 1 : settings.maxViolations,
      });
    })
  );
}

function checkAccess(authorization: string | undefined, tokens: AccessTokens, now: number): ApiReply | undefined {
  if (authorization === undefined) return missingToken();
  return tokens.isAccepted(authorization, now) ? undefined : refusedToken();
}

/** Handles `GET /v1/requestStatus:retrieve`. */
function retrieveStatus(c: Context<Env>, deps: GoogleAdsDeps): Response {
  const { statuses, accessTokens, now } = deps;
  const mode = consume(deps, 'status')?.mode;
  const refused = checkAccess(c.req.header('authorization'), accessTokens, now());
  if (refused !== undefined) return toHttpResponse(refused);
  if (mode === 'status-503') return toHttpResponse(failure(503, 'UNAVAILABLE'));
  if (mode === 'forget') return toHttpResponse(unknownRequestId());
  return toHttpResponse(statuses.retrieve(c.req.query('requestId') ?? '', now(), { isHeld: mode === 'processing' }));
}

/** Handles a beacon of the browser tag. */
function receiveBeacon(c: Context<Env>, id: string, { settings, journal, now }: GoogleAdsDeps): Response {
  const query = getQuery(c);
  const beacon = readBeacon(id.slice(0, 20), readParameters(query, settings), c.req.header('user-agent'));
  const { sendTo: account, event, parameters, isCookieless } = beacon;
  const details = { warnings: [], parameters: maskParameters(parameters), ...(isCookieless && { void: 'COOKIELESS' }) };
  journal.addBeacon({ now: now(), account, event, bytes: query.length }, details);
  return toHttpResponse(pixelReply);
}
