import type { Context, Hono } from 'hono';
import { answerEvents } from '../kit/answer-events.ts';
import { createRejectionTest, type Faults } from '../kit/faults.ts';
import { type Body, readBytes, readRequest } from '../kit/http/read-body.ts';
import { toHttpResponse } from '../kit/http/reply.ts';
import { type Env, getQuery } from '../kit/http/routes.ts';
import { parseView } from '../kit/page/event-views.ts';
import { createSimulatorApp } from '../kit/simulator-app.ts';
import type { SimulatorContext } from '../kit/start-simulator.ts';
import { crossOriginHeaders, onePixel, readParameters, scriptHeaders } from '../kit/tag/beacon.ts';
import { handleEvents } from './events-api/events-endpoint.ts';
import { type EventsResponse, unknownAccount, unsupportedMethod } from './events-api/responses.ts';
import { corruptResponse, type Fault, faultResponse } from './faults.ts';
import { addBeacon, type Journal } from './journal/journal.ts';
import { renderPage, views } from './page/page.ts';
import type { Settings } from './settings.ts';
import { readBeacon } from './tag/parse-beacon.ts';
import { tagScript } from './tag/tag-script.ts';

interface AppDeps extends SimulatorContext {
  readonly settings: Settings;
  readonly journal: Journal;
  readonly faults: Faults<Fault>;
}

const tag = Buffer.from(tagScript);

/** Creates the HTTP routes of the simulator. */
export function createPinterestApp(deps: AppDeps): Hono<Env> {
  const { settings, journal, faults, host, closing } = deps;
  return createSimulatorApp({
    host,
    closing,
    limits: settings,
    run: deps.newId(),
    journal,
    faults,
    methods: { '/ct/core.js': 'GET', '/v3/': 'GET, POST', '/user/': 'GET' },
    mount(app) {
      app.all('/v5/ad_accounts/:adAccountId/events', (c) => receiveEvents(c, c.req.param('adAccountId'), deps));
      app.all('/v5/ad_accounts/*', () => toHttpResponse(unknownAccount()));

      app.get('/ct/core.js', () => toHttpResponse({ status: 200, headers: scriptHeaders, body: tag }));
      // The tag reads its configuration here. It reports no event.
      app.get('/user/', () => toHttpResponse({ status: 200, headers: crossOriginHeaders, body: {} }));
      app.get('/v3/', (c) => receiveBeacon(c, getQuery(c), deps));
      app.post('/v3/', async (c) => {
        const form = await readBytes(c.env.incoming, settings.maxBeaconBytes);
        return form === undefined ? toHttpResponse({ status: 413 }) : receiveBeacon(c, form.toString(), deps);
      });
    },
    getPageState: getView,
    renderPage: (c, page) => renderPage(journal, { ...page, fault: faults.current(), view: getView(c) }),
  });
}

const getView = (c: Context<Env>) => parseView(views, c.req.query('show'));

/** Handles `POST /v5/ad_accounts/{adAccountId}/events`. */
async function receiveEvents(c: Context<Env>, adAccountId: string, deps: AppDeps): Promise<Response> {
  const { settings, journal } = deps;
  if (c.req.method !== 'POST') return toHttpResponse(unsupportedMethod());
  const body = await readRequest(c.env.incoming, settings);
  const token = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1];
  const isTest = c.req.query('test') === 'true';
  return answerEvents(c, deps, {
    account: adAccountId,
    body,
    list: 'data',
    answer: (fault) => answerRequest({ adAccountId, token, isTest, body }, fault, deps),
    record(received, answer) {
      const account = adAccountId.slice(0, 64);
      const own = {
        adAccountId: account,
        isTest,
        token: token === undefined ? null : ('***' as const),
        verdict: answer?.body ?? null,
      };
      // The test mode records no event.
      journal.add(
        account,
        isTest ? { ...received, sent: 0 } : received,
        answer && isTest ? { ...answer, accepted: [] } : answer,
        own,
      );
    },
  });
}

function answerRequest(
  request: { adAccountId: string; token: string | undefined; isTest: boolean; body: Body },
  fault: Fault | undefined,
  { settings, tokens, now }: AppDeps,
): EventsResponse {
  const options = { settings, tokens, now: now(), rejects: createRejectionTest(fault) };
  if (fault === undefined) return handleEvents(request, options);
  return corruptResponse(faultResponse(fault, settings) ?? handleEvents(request, options), fault);
}

/** Handles a beacon: a query, or the same as a form. */
function receiveBeacon(c: Context<Env>, query: string, { settings, journal, now }: AppDeps): Response {
  const beacon = readBeacon(readParameters(query, settings), {
    userAgent: c.req.header('user-agent'),
    address: c.env.incoming.socket.remoteAddress?.replace(/^::ffff:/, ''),
  });
  addBeacon(journal, now(), beacon, query.length);
  return toHttpResponse({ status: 200, headers: { ...crossOriginHeaders, 'content-type': 'image/gif' }, body: onePixel });
}
