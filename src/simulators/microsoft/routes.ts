import type { Context, Hono, MiddlewareHandler } from 'hono';
import { answerEvents } from '../kit/answer-events.ts';
import { createRejectionTest } from '../kit/faults.ts';
import { readRequest } from '../kit/http/read-body.ts';
import { toHttpResponse } from '../kit/http/reply.ts';
import { type Env, getQuery, receiveSetting } from '../kit/http/routes.ts';
import type { SimulatorContext } from '../kit/start-simulator.ts';
import { crossOriginHeaders, pixelReply, readParameters, serveScript } from '../kit/tag/beacon.ts';
import { handleEvents } from './events-api/events-endpoint.ts';
import { type createFaults, toRejection } from './faults.ts';
import { type Goal, type Goals, goalsSchema } from './journal/event-goals.ts';
import type { Journal } from './journal/journal.ts';
import type { Settings } from './settings.ts';
import { readIdSync } from './tag/id-sync.ts';
import { readBeacon } from './tag/parse-beacon.ts';
import { createTagScript } from './tag/tag-script.ts';

export interface MicrosoftDeps extends SimulatorContext {
  readonly settings: Settings;
  readonly journal: Journal;
  readonly faults: ReturnType<typeof createFaults>;
  readonly goals: Goals;
}

/** Mounts the events API, the browser tag, ID Sync and the goals. */
export function mountRoutes(app: Hono<Env>, deps: MicrosoftDeps, ownPage: MiddlewareHandler<Env>): void {
  const { settings, journal, goals } = deps;
  app.all('/v1/:tagId{[^/]*}/events', (c) => receiveEvents(c, c.req.param('tagId'), deps));

  app.get('/bat.js', serveScript(createTagScript(settings)));
  app.get('/action/0', (c) => {
    const query = getQuery(c);
    const beacon = readBeacon(readParameters(query, settings));
    const isKnownTag = deps.tokens?.has(beacon.tagId) ?? true;
    journal.addBeacon({ now: deps.now(), beacon, bytes: query.length, isKnownTag });
    return toHttpResponse({ status: 204, headers: crossOriginHeaders });
  });
  app.get('/c.gif', (c) => {
    const query = getQuery(c);
    journal.addSync(deps.now(), readIdSync(readParameters(query, settings)), query.length);
    return toHttpResponse(pixelReply);
  });

  app.get('/journal/syncs', ownPage, () => toHttpResponse({ status: 200, body: { syncs: journal.syncs() } }));
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

/** Handles `POST /v1/{tagId}/events`. */
async function receiveEvents(c: Context<Env>, tagId: string, deps: MicrosoftDeps): Promise<Response> {
  const { settings, tokens, journal, faults, now, newId } = deps;
  if (c.req.method !== 'POST') return toHttpResponse({ status: settings.statuses.wrongMethod, headers: { allow: 'POST' } });
  const body = await readRequest(c.env.incoming, settings);
  const authorization = c.req.header('authorization');
  return answerEvents(c, deps, {
    account: tagId,
    body,
    list: 'data',
    answer(fault) {
      const traceId = newId().replaceAll('-', '');
      const isRejectedId = createRejectionTest(toRejection(fault));
      const request = { tagId, authorization, contentType: c.req.header('content-type'), body };
      return faults.answer(fault, { settings, traceId }, () =>
        handleEvents(request, { settings, tokens, now: now(), traceId, isRejectedId }),
      );
    },
    record: (received, answer) => journal.add({ ...received, tagId, hasToken: authorization !== undefined, answer }),
  });
}
