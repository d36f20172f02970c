import type { Context, Hono } from 'hono';
import { answerEvents } from '../kit/answer-events.ts';
import type { Faults } from '../kit/faults.ts';
import { isFields, toText } from '../kit/fields.ts';
import { type Body, parseBody, readBytes, readRequest } from '../kit/http/read-body.ts';
import { toHttpResponse } from '../kit/http/reply.ts';
import type { Env } from '../kit/http/routes.ts';
import { parseView } from '../kit/page/event-views.ts';
import { createSimulatorApp } from '../kit/simulator-app.ts';
import type { SimulatorContext } from '../kit/start-simulator.ts';
import { crossOriginHeaders, scriptHeaders } from '../kit/tag/beacon.ts';
import type { EventsResponse } from './events-api/answer.ts';
import { handleEvents } from './events-api/events-endpoint.ts';
import { corruptResponse, createRefusalTest, type Fault, faultResponse } from './faults.ts';
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
export function createTiktokApp(deps: AppDeps): Hono<Env> {
  const { settings, journal, faults, host, closing } = deps;
  const getView = (c: Context<Env>) => parseView(views, c.req.query('show'));
  return createSimulatorApp({
    host,
    closing,
    limits: settings,
    run: deps.newId(),
    journal,
    faults,
    methods: { '/open_api/v1.3/event/track/': 'POST', '/i18n/pixel/events.js': 'GET', '/api/v2/pixel': 'POST' },
    mount(app) {
      app.post('/open_api/v1.3/event/track/', (c) => receiveEvents(c, deps));
      app.get('/i18n/pixel/events.js', () => toHttpResponse({ status: 200, headers: scriptHeaders, body: tag }));
      app.post('/api/v2/pixel', (c) => receiveBeacon(c, deps));
    },
    getPageState: getView,
    renderPage: (c, page) => renderPage(journal, { ...page, fault: faults.current(), view: getView(c) }),
  });
}

/** Handles `POST /open_api/v1.3/event/track/`. */
async function receiveEvents(c: Context<Env>, deps: AppDeps): Promise<Response> {
  const { settings, journal, faults, closing, now } = deps;
  const body = await readRequest(c.env.incoming, settings);
  const pixelCode = ('json' in body && isFields(body.json) ? toText(body.json.event_source_id) : null) ?? '';
  const token = c.req.header('access-token');
  return answerEvents(c, {
    account: pixelCode,
    body,
    list: 'data',
    faults,
    answer: (fault) => answerRequest(token, body, fault, deps),
    record(received, answer) {
      const own = {
        pixelCode: pixelCode.slice(0, 64),
        token: token === undefined ? null : '***',
        verdict: answer?.body ?? null,
      } as const;
      journal.add(own.pixelCode, received, answer, own);
    },
    slowMs: settings.slowMs,
    now,
    closing,
  });
}

function answerRequest(
  token: string | undefined,
  body: Body,
  fault: Fault | undefined,
  { settings, tokens, now, newId }: AppDeps,
): EventsResponse {
  const requestId = newId().replaceAll('-', '').toUpperCase();
  const options = { settings, tokens, now: now(), requestId, rejects: createRefusalTest(fault) };
  const answer = (fault && faultResponse(fault, requestId)) ?? handleEvents({ token, body }, options);
  return fault === undefined ? answer : corruptResponse(answer, fault);
}

/** Handles a beacon of the browser tag. */
async function receiveBeacon(c: Context<Env>, { settings, tokens, journal, now }: AppDeps): Promise<Response> {
  const bytes = await readBytes(c.env.incoming, settings.maxBeaconBytes);
  if (bytes === undefined) return toHttpResponse({ status: 413 });
  const beacon = readBeacon(parseBody(bytes, settings.maxBodyDepth), {
    userAgent: c.req.header('user-agent'),
    address: c.env.incoming.socket.remoteAddress?.replace(/^::ffff:/, ''),
  });
  addBeacon(journal, { now: now(), beacon, bytes: bytes.length, isKnownPixel: tokens?.has(beacon.pixelCode) ?? true });
  return toHttpResponse({ status: 200, headers: crossOriginHeaders, body: { code: 0, message: 'OK' } });
}
