import type { Context, Hono } from 'hono';
import { answerEvents } from '../kit/answer-events.ts';
import { createRejectionTest, type Faults } from '../kit/faults.ts';
import { type Body, readRequest } from '../kit/http/read-body.ts';
import { toHttpResponse } from '../kit/http/reply.ts';
import { type Env, getQuery, receiveSetting } from '../kit/http/routes.ts';
import { parseView } from '../kit/page/event-views.ts';
import { createSimulatorApp } from '../kit/simulator-app.ts';
import type { SimulatorContext } from '../kit/start-simulator.ts';
import { crossOriginHeaders, onePixel, readParameters, scriptHeaders } from '../kit/tag/beacon.ts';
import { handleEvents } from './events-api/events-endpoint.ts';
import type { EventsResponse } from './events-api/responses.ts';
import { corruptResponse, type Fault, faultResponse, toRejection } from './faults.ts';
import { type Goal, type Goals, goalsSchema } from './journal/event-goals.ts';
import type { Journal } from './journal/journal.ts';
import { renderPage, views } from './page/page.ts';
import type { Settings } from './settings.ts';
import { readIdSync } from './tag/id-sync.ts';
import { readBeacon } from './tag/parse-beacon.ts';
import { createTagScript } from './tag/tag-script.ts';

interface AppDeps extends SimulatorContext {
  readonly settings: Settings;
  readonly journal: Journal;
  readonly faults: Faults<Fault>;
  readonly goals: Goals;
}

/** Creates the HTTP routes of the simulator. */
export function createMicrosoftApp(deps: AppDeps): Hono<Env> {
  const { settings, journal, faults, goals, host, closing } = deps;
  const tag = Buffer.from(createTagScript(settings));
  return createSimulatorApp({
    host,
    closing,
    limits: settings,
    run: deps.newId(),
    journal,
    faults,
    methods: { '/bat.js': 'GET', '/action/0': 'GET', '/c.gif': 'GET', '/journal/syncs': 'GET', '/goals': 'GET, POST' },
    mount(app, ownPage) {
      app.all('/v1/:tagId{[^/]*}/events', (c) => receiveEvents(c, c.req.param('tagId'), deps));

      app.get('/bat.js', () => toHttpResponse({ status: 200, headers: scriptHeaders, body: tag }));
      app.get('/action/0', (c) => {
        const query = getQuery(c);
        const beacon = readBeacon(readParameters(query, settings));
        const isKnownTag = deps.tokens === undefined || deps.tokens.has(beacon.tagId);
        journal.addBeacon({ now: deps.now(), beacon, bytes: query.length, isKnownTag });
        return toHttpResponse({ status: 204, headers: crossOriginHeaders });
      });
      app.get('/c.gif', (c) => {
        const query = getQuery(c);
        journal.addSync(deps.now(), readIdSync(readParameters(query, settings)), query.length);
        return toHttpResponse({ status: 200, headers: { ...crossOriginHeaders, 'content-type': 'image/gif' }, body: onePixel });
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
    },
    getPageState: (c) => `${goals.revision}-${getView(c)}`,
    renderPage: (c, page) => renderPage(journal, { ...page, fault: faults.current(), goals: goals.current(), view: getView(c) }),
  });
}

const getView = (c: Context<Env>) => parseView(views, c.req.query('show'));

/** Handles `POST /v1/{tagId}/events`. */
async function receiveEvents(c: Context<Env>, tagId: string, deps: AppDeps): Promise<Response> {
  const { settings, journal } = deps;
  if (c.req.method !== 'POST') return toHttpResponse({ status: settings.statuses.wrongMethod, headers: { allow: 'POST' } });
  const body = await readRequest(c.env.incoming, settings);
  return answerEvents(c, deps, {
    account: tagId,
    body,
    list: 'data',
    answer: (fault) => answerRequest(c, tagId, body, fault, deps),
    record: (received, answer) =>
      journal.add({ ...received, tagId, hasToken: c.req.header('authorization') !== undefined, answer }),
  });
}

function answerRequest(
  { req }: Context<Env>,
  tagId: string,
  body: Body,
  fault: Fault | undefined,
  { settings, tokens, now, newId }: AppDeps,
): EventsResponse {
  const traceId = newId().replaceAll('-', '');
  const replacement = fault === undefined ? undefined : faultResponse(fault, settings, traceId);
  if (replacement !== undefined) return replacement;
  const answer = handleEvents(
    { tagId, authorization: req.header('authorization'), contentType: req.header('content-type'), body },
    { settings, tokens, now: now(), traceId, isRejectedId: createRejectionTest(toRejection(fault)) },
  );
  return fault === undefined ? answer : corruptResponse(answer, fault);
}
