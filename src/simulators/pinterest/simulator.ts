import type { Context } from 'hono';
import { z } from 'zod';
import { answerEvents } from '../kit/answer-events.ts';
import { compareEvent } from '../kit/compare-event.ts';
import { defineSimulator } from '../kit/define-simulator.ts';
import { createRejectionTest } from '../kit/faults.ts';
import { readBytes, readRequest } from '../kit/http/read-body.ts';
import { toHttpResponse } from '../kit/http/reply.ts';
import { type Env, getQuery } from '../kit/http/routes.ts';
import type { SimulatorContext, SimulatorOptions } from '../kit/start-simulator.ts';
import { crossOriginHeaders, pixelReply, readParameters, readSender, serveScript } from '../kit/tag/beacon.ts';
import { createTokenOption, tokenValues } from '../kit/token-option.ts';
import { pinterestDemo } from './demo.ts';
import { handleEvents } from './events-api/events-endpoint.ts';
import { unknownAccount, unsupportedMethod } from './events-api/responses.ts';
import { createFaults } from './faults.ts';
import { addBeacon, createJournal } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import { formatValue } from './page/event-card.ts';
import { page } from './page/page.ts';
import { defaults, type Settings } from './settings.ts';
import { readBeacon } from './tag/parse-beacon.ts';
import { tagScript } from './tag/tag-script.ts';

export type PinterestSimulatorOptions = SimulatorOptions<Settings>;

const optionValues = z.object({ token: tokenValues, strict: z.boolean().default(false) });

/** A simulator of Pinterest's API for Conversions and its browser tag. */
export const pinterestSimulator = defineSimulator({
  id: 'pinterest',
  name: 'Pinterest',
  description: "Simulate Pinterest's API for Conversions and browser tag.",
  options: [
    createTokenOption({ account: 'account', pattern: /^\d{1,18}$/, example: '549755885175' }),
    { flags: '--strict', description: 'fail events with a name that Pinterest does not list' },
  ],
  readOptions(values): PinterestSimulatorOptions {
    const { token, strict } = optionValues.parse(values);
    return { tokens: token, overrides: { strict } };
  },
  platformPaths: /^\/(?:v5\/ad_accounts\/|ct\/core\.js$|v3\/$|user\/$)/,
  createDeps,
  mount(app, deps) {
    app.all('/v5/ad_accounts/:adAccountId/events', (c) => receiveEvents(c, c.req.param('adAccountId'), deps));
    app.all('/v5/ad_accounts/*', () => toHttpResponse(unknownAccount()));
    app.get('/ct/core.js', serveScript(tagScript));
    // The tag reads its configuration here. It reports no event.
    app.get('/user/', () => toHttpResponse({ status: 200, headers: crossOriginHeaders, body: {} }));
    app.get('/v3/', (c) => receiveBeacon(c, getQuery(c), deps));
    app.post('/v3/', async (c) => {
      const form = await readBytes(c.env.incoming, deps.settings.maxBeaconBytes);
      return form === undefined ? toHttpResponse({ status: 413 }) : receiveBeacon(c, form.toString(), deps);
    });
  },
  page,
  compare: (event: JournalEvent) =>
    compareEvent(event, {
      eventName: event.eventName ?? 'no name',
      ...(event.counted !== 'none' && event.kind === 'offline' && { label: 'counted as offline', tone: 'doubt' }),
      isMerged: event.isMerged,
      formatValue,
    }),
  demo: pinterestDemo,
  usage: (url) => [
    `Load ${url}/ct/core.js instead of Pinterest's tag to see browser and server reports merged.`,
    `Set a connection's \`endpoint\` to ${url} and \`allowPrivateDestinations\` to true.`,
  ],
});

export const startPinterestSimulator = pinterestSimulator.start;

export type PinterestSimulator = Awaited<ReturnType<typeof startPinterestSimulator>>;

function createDeps(context: SimulatorContext, { overrides }: PinterestSimulatorOptions) {
  const settings = { ...defaults, ...overrides };
  return { ...context, settings, journal: createJournal(settings), faults: createFaults() };
}

type Deps = ReturnType<typeof createDeps>;

/** Handles `POST /v5/ad_accounts/{adAccountId}/events`. */
async function receiveEvents(c: Context<Env>, adAccountId: string, deps: Deps): Promise<Response> {
  const { settings, tokens, journal, faults, now } = deps;
  if (c.req.method !== 'POST') return toHttpResponse(unsupportedMethod());
  const body = await readRequest(c.env.incoming, settings);
  const token = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1];
  const isTest = c.req.query('test') === 'true';
  return answerEvents(c, deps, {
    account: adAccountId,
    body,
    list: 'data',
    answer(fault) {
      const options = { settings, tokens, now: now(), rejects: createRejectionTest(fault) };
      return faults.answer(fault, settings, () => handleEvents({ adAccountId, token, isTest, body }, options));
    },
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

/** Handles a beacon: a query, or the same as a form. */
function receiveBeacon(c: Context<Env>, query: string, { settings, journal, now }: Deps): Response {
  addBeacon(journal, now(), readBeacon(readParameters(query, settings), readSender(c)), query.length);
  return toHttpResponse(pixelReply);
}
