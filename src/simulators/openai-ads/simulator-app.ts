import type { Context, Hono } from 'hono';
import { answerEvents } from '../kit/answer-events.ts';
import { createRejectionTest, type Faults } from '../kit/faults.ts';
import { getList, isFields, toText } from '../kit/fields.ts';
import { readRequest } from '../kit/http/read-body.ts';
import { toHttpResponse } from '../kit/http/reply.ts';
import type { Env } from '../kit/http/routes.ts';
import { parseView } from '../kit/page/event-views.ts';
import { createSimulatorApp } from '../kit/simulator-app.ts';
import type { SimulatorContext } from '../kit/start-simulator.ts';
import { crossOriginHeaders, scriptHeaders } from '../kit/tag/beacon.ts';
import { findProblem } from './events-api/event-rules.ts';
import { handleEvents, isPixelId } from './events-api/events-endpoint.ts';
import { corruptResponse, type Fault, replaceResponse } from './faults.ts';
import type { Journal } from './journal/journal.ts';
import { renderPage, views } from './page/page.ts';
import type { Settings } from './settings.ts';
import { tagScript } from './tag/tag-script.ts';

interface AppDeps extends SimulatorContext {
  readonly settings: Settings;
  readonly journal: Journal;
  readonly faults: Faults<Fault>;
}

const tag = Buffer.from(tagScript);

/** Creates the HTTP routes of the simulator. */
export function createOpenaiApp(deps: AppDeps): Hono<Env> {
  const { settings, journal, faults, host, closing } = deps;
  const getView = (c: Context<Env>) => parseView(views, c.req.query('show'));
  return createSimulatorApp({
    host,
    closing,
    limits: settings,
    run: deps.newId(),
    journal,
    faults,
    methods: { '/v1/events': 'POST', '/v1/sdk/events': 'POST', '/sdk/oaiq.min.js': 'GET' },
    mount(app) {
      app.post('/v1/events', (c) => receiveEvents(c, deps));
      app.post('/v1/sdk/events', (c) => receiveReports(c, deps));
      app.get('/sdk/oaiq.min.js', () => toHttpResponse({ status: 200, headers: scriptHeaders, body: tag }));
    },
    getPageState: getView,
    renderPage: (c, page) => renderPage(journal, { ...page, fault: faults.current(), view: getView(c) }),
  });
}

/** Handles `POST /v1/events?pid=…`. */
async function receiveEvents(c: Context<Env>, deps: AppDeps): Promise<Response> {
  const { settings, tokens, journal, now } = deps;
  const pixelId = c.req.query('pid') ?? '';
  const authorization = c.req.header('authorization');
  const body = await readRequest(c.env.incoming, settings);
  return answerEvents(c, deps, {
    account: pixelId,
    body,
    list: 'events',
    answer(fault) {
      const options = { settings, tokens, now: now(), isRejected: createRejectionTest(fault) };
      const answer = (fault && replaceResponse(fault)) ?? handleEvents({ pixelId, authorization, body }, options);
      return fault ? corruptResponse(answer, fault) : answer;
    },
    record(received, answer) {
      const own = {
        pixelId: pixelId.slice(0, 128),
        key: authorization === undefined ? null : '***',
        verdict: answer?.body ?? null,
      } as const;
      journal.add(own.pixelId, received, answer, own);
    },
  });
}

/** Handles reports of the browser's pixel. */
async function receiveReports(c: Context<Env>, { settings, tokens, journal, now }: AppDeps): Promise<Response> {
  const body = await readRequest(c.env.incoming, settings);
  const json = 'json' in body ? body.json : null;
  const pixelId = (isFields(json) ? toText(json.pid) : null) ?? '';
  for (const [index, event] of (getList(json, 'events') ?? []).slice(0, settings.maxEvents).entries()) {
    if (!isFields(event)) continue;
    const isReadable = isPixelId(pixelId) && findProblem(event, { settings, now: now(), path: `events[${index}]` }) === undefined;
    const cause = !isReadable ? 'not-readable' : tokens === undefined || tokens.has(pixelId) ? undefined : 'unknown-pixel';
    journal.addBeacon(
      { now: now(), account: pixelId.slice(0, 128), event, bytes: body.bytes },
      { warnings: [], ...(cause !== undefined && { void: cause }) },
    );
  }
  return toHttpResponse({ status: 204, headers: crossOriginHeaders });
}
