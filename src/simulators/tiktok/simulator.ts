import type { Context } from 'hono';
import { z } from 'zod';
import { answerEvents } from '../kit/answer-events.ts';
import { compareEvent } from '../kit/compare-event.ts';
import { defineSimulator } from '../kit/define-simulator.ts';
import { createRefusalTest } from '../kit/faults.ts';
import { getText } from '../kit/fields.ts';
import { parseBody, readBytes, readRequest } from '../kit/http/read-body.ts';
import { toHttpResponse } from '../kit/http/reply.ts';
import type { Env } from '../kit/http/routes.ts';
import type { SimulatorContext, SimulatorOptions } from '../kit/start-simulator.ts';
import { crossOriginHeaders, readSender, serveScript } from '../kit/tag/beacon.ts';
import { createTokenOption, tokenValues } from '../kit/token-option.ts';
import { tiktokDemo } from './demo.ts';
import { handleEvents } from './events-api/events-endpoint.ts';
import { createFaults } from './faults.ts';
import { addBeacon, createJournal } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import { formatValue } from './page/event-card.ts';
import { page } from './page/page.ts';
import { defaults, type Settings } from './settings.ts';
import { readBeacon } from './tag/parse-beacon.ts';
import { tagScript } from './tag/tag-script.ts';

export type TiktokSimulatorOptions = SimulatorOptions<Settings>;

const optionValues = z.object({ token: tokenValues });

/** A simulator of TikTok's Events API and its browser tag. */
export const tiktokSimulator = defineSimulator({
  id: 'tiktok',
  name: 'TikTok',
  description: "Simulate TikTok's Events API and browser tag.",
  options: [createTokenOption({ account: 'pixel', pattern: /^[A-Za-z0-9]{1,64}$/, example: 'C4ABCDEF0123456789AB' })],
  readOptions: (values): TiktokSimulatorOptions => ({ tokens: optionValues.parse(values).token }),
  platformPaths: /^\/(?:open_api\/|i18n\/pixel\/events\.js$|api\/v2\/pixel$)/,
  createDeps,
  mount(app, deps) {
    app.post('/open_api/v1.3/event/track/', (c) => receiveEvents(c, deps));
    app.get('/i18n/pixel/events.js', serveScript(tagScript));
    app.post('/api/v2/pixel', (c) => receiveBeacon(c, deps));
  },
  page,
  compare: (event: JournalEvent) =>
    compareEvent(event, {
      eventName: event.eventName ?? 'no name',
      ...(event.reason === 'test' && { label: 'test event' }),
      isMerged: event.mergedBy !== null,
      formatValue,
      getOrderId: (report) => getText(report.event.properties, 'order_id'),
    }),
  demo: tiktokDemo,
  usage: (url) => [
    `Load ${url}/i18n/pixel/events.js instead of TikTok's tag to see browser and server reports merged.`,
    `Set a connection's \`endpoint\` to ${url} and \`allowPrivateDestinations\` to true.`,
  ],
});

export const startTiktokSimulator = tiktokSimulator.start;

export type TiktokSimulator = Awaited<ReturnType<typeof startTiktokSimulator>>;

function createDeps(context: SimulatorContext, { overrides }: TiktokSimulatorOptions) {
  const settings = { ...defaults, ...overrides };
  return { ...context, settings, journal: createJournal(settings), faults: createFaults() };
}

type Deps = ReturnType<typeof createDeps>;

/** Handles `POST /open_api/v1.3/event/track/`. */
async function receiveEvents(c: Context<Env>, deps: Deps): Promise<Response> {
  const { settings, tokens, journal, faults, now, newId } = deps;
  const body = await readRequest(c.env.incoming, settings);
  const pixelCode = getText('json' in body && body.json, 'event_source_id') ?? '';
  const token = c.req.header('access-token');
  return answerEvents(c, deps, {
    account: pixelCode,
    body,
    list: 'data',
    answer(fault) {
      const requestId = newId().replaceAll('-', '').toUpperCase();
      const options = { settings, tokens, now: now(), requestId, rejects: createRefusalTest(fault) };
      return faults.answer(fault, requestId, () => handleEvents({ token, body }, options));
    },
    record(received, answer) {
      const own = {
        pixelCode: pixelCode.slice(0, 64),
        token: token === undefined ? null : '***',
        verdict: answer?.body ?? null,
      } as const;
      journal.add(own.pixelCode, received, answer, own);
    },
  });
}

/** Handles a beacon of the browser tag. */
async function receiveBeacon(c: Context<Env>, { settings, tokens, journal, now }: Deps): Promise<Response> {
  const bytes = await readBytes(c.env.incoming, settings.maxBeaconBytes);
  if (bytes === undefined) return toHttpResponse({ status: 413 });
  const beacon = readBeacon(parseBody(bytes, settings.maxBodyDepth), readSender(c));
  addBeacon(journal, { now: now(), beacon, bytes: bytes.length, isKnownPixel: tokens?.has(beacon.pixelCode) ?? true });
  return toHttpResponse({ status: 200, headers: crossOriginHeaders, body: { code: 0, message: 'OK' } });
}
