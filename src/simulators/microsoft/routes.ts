import type { Context, Hono, MiddlewareHandler } from 'hono';
import { answerEvents } from '../kit/answer-events.ts';
import { createRejectionTest } from '../kit/faults.ts';
import { readRequest } from '../kit/http/read-body.ts';
import { toHttpResponse } from '../kit/http/reply.ts';
import { type Env, getQuery, receiveSetting } from '../kit/http/routes.ts';
import type { SimulatorContext } from '../kit/start-simulator.ts';
import { crossOriginHeaders, pixelReply, readParameters, serveScript } from '../kit/tag/beacon.ts';
import { adjustmentOperations } from './campaign-management/adjustment-operations.ts';
import { type ApiDeps, type Operation, receiveCall } from './campaign-management/api-endpoint.ts';
import { goalOperations } from './campaign-management/goal-operations.ts';
import { offlineOperations } from './campaign-management/offline-operations.ts';
import { tagOperations } from './campaign-management/tag-operations.ts';
import { customerOperations } from './customer-management/operations.ts';
import { handleEvents } from './events-api/events-endpoint.ts';
import { consumeFault, toRejection } from './faults.ts';
import { type Goal, goalsSchema } from './journal/event-goals.ts';
import { mountOAuth, type OAuthDeps } from './oauth/oauth-routes.ts';
import { reportOperations } from './reporting/report-operations.ts';
import { createZipFile } from './reporting/zip-file.ts';
import { readIdSync } from './tag/id-sync.ts';
import { readBeacon } from './tag/parse-beacon.ts';
import { createTagScript } from './tag/tag-script.ts';

export interface MicrosoftDeps extends ApiDeps, OAuthDeps, SimulatorContext {}

/** Mounts the events API, the browser tag, ID Sync and the goals. */
export function mountRoutes(app: Hono<Env>, deps: MicrosoftDeps, ownPage: MiddlewareHandler<Env>): void {
  const { settings, journal, goals } = deps;
  app.all('/v1/:tagId{[^/]*}/events', (c) => receiveEvents(c, c.req.param('tagId'), deps));

  app.get('/bat.js', serveScript(createTagScript(settings)));
  app.get('/action/0', (c) => {
    const query = getQuery(c);
    const beacon = readBeacon(readParameters(query, settings));
    const isKnownTag = deps.tags.knows(beacon.tagId);
    journal.addBeacon({ now: deps.now(), beacon, bytes: query.length, isKnownTag });
    return toHttpResponse({ status: 204, headers: crossOriginHeaders });
  });
  app.get('/c.gif', (c) => {
    const query = getQuery(c);
    journal.addSync(deps.now(), readIdSync(readParameters(query, settings)), query.length);
    return toHttpResponse(pixelReply);
  });

  mountOAuth(app, deps);
  mountApi(app, deps);

  app.get('/journal/syncs', ownPage, () => toHttpResponse({ status: 200, body: { syncs: journal.syncs() } }));
  app.get('/journal/adjustments', ownPage, () =>
    toHttpResponse({ status: 200, body: { adjustments: journal.adjustments.list() } }),
  );
  app.get('/journal/offline', ownPage, () => toHttpResponse({ status: 200, body: { offline: deps.offline.list() } }));
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
}

const accountServices = [
  ['/CampaignManagement/v13', [...tagOperations, ...goalOperations, ...adjustmentOperations, ...offlineOperations]],
  ['/Reporting/v13', reportOperations],
] as const;

/** Mounts the Campaign Management, Customer Management and Reporting APIs. */
function mountApi(app: Hono<Env>, deps: MicrosoftDeps): void {
  const mount = (prefix: string, served: Operation) =>
    app.on(served.operation.method, prefix + served.operation.path, (c) => receiveCall(c, deps, served));
  for (const [prefix, operations] of accountServices)
    for (const operation of operations) mount(prefix, { needsAccount: true, operation });
  for (const operation of customerOperations) mount('/CustomerManagement/v13', { needsAccount: false, operation });
  // Downloads need no bearer token: the address is the secret.
  app.get('/Reporting/v13/Download/:id', (c) => {
    const csv = deps.reports.read(c.req.param('id'), deps.now());
    if (csv === undefined) return toHttpResponse({ status: 404 });
    const body = createZipFile(`${c.req.param('id')}.csv`, csv);
    return toHttpResponse({ status: 200, headers: { 'content-type': 'application/zip' }, body });
  });
}

/** Handles `POST /v1/{tagId}/events`. */
async function receiveEvents(c: Context<Env>, tagId: string, deps: MicrosoftDeps): Promise<Response> {
  const { settings, tags, journal, faults, now, newId } = deps;
  if (c.req.method !== 'POST') return toHttpResponse({ status: settings.statuses.wrongMethod, headers: { allow: 'POST' } });
  const body = await readRequest(c.env.incoming, settings);
  const authorization = c.req.header('authorization');
  const events = { consume: (request: Parameters<typeof faults.consume>[0]) => consumeFault(faults, 'events', request) };
  const acceptsToken = (id: string, token: string) => tags.accepts(id, token);
  return answerEvents(
    c,
    { ...deps, faults: events },
    {
      account: tagId,
      body,
      list: 'data',
      answer(fault) {
        const traceId = newId().replaceAll('-', '');
        const isRejectedId = createRejectionTest(toRejection(fault));
        const request = { tagId, authorization, contentType: c.req.header('content-type'), body };
        return faults.answer(fault, { settings, traceId }, () =>
          handleEvents(request, { settings, acceptsToken, now: now(), traceId, isRejectedId }),
        );
      },
      record: (received, answer) => journal.add({ ...received, tagId, hasToken: authorization !== undefined, answer }),
    },
  );
}
