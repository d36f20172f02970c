import type { Context } from 'hono';
import { z } from 'zod';
import { answerEvents } from '../kit/answer-events.ts';
import { compareEvent } from '../kit/compare-event.ts';
import { defineSimulator } from '../kit/define-simulator.ts';
import { createRejectionTest } from '../kit/faults.ts';
import { getList, getText, isFields } from '../kit/fields.ts';
import { readRequest } from '../kit/http/read-body.ts';
import { toHttpResponse } from '../kit/http/reply.ts';
import type { Env } from '../kit/http/routes.ts';
import type { SimulatorContext, SimulatorOptions } from '../kit/start-simulator.ts';
import { crossOriginHeaders, serveScript } from '../kit/tag/beacon.ts';
import { createTokenOption, tokenValues } from '../kit/token-option.ts';
import { openaiDemo } from './demo.ts';
import { findProblem } from './events-api/event-rules.ts';
import { handleEvents, isPixelId } from './events-api/events-endpoint.ts';
import { createFaults } from './faults.ts';
import { createJournal } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import { formatValue } from './page/format-value.ts';
import { page } from './page/page.ts';
import { defaults, type Settings } from './settings.ts';
import { tagScript } from './tag/tag-script.ts';

export type OpenaiSimulatorOptions = SimulatorOptions<Settings>;

const optionValues = z.object({ token: tokenValues });

/** A simulator of OpenAI's Conversions API and its pixel. */
export const openaiSimulator = defineSimulator({
  id: 'openai-ads',
  name: 'ChatGPT ads',
  description: "Simulate OpenAI's Conversions API and browser pixel.",
  options: [createTokenOption({ account: 'pixel', pattern: /^[\w-]{1,128}$/, example: 'px-1' })],
  readOptions: (values): OpenaiSimulatorOptions => ({ tokens: optionValues.parse(values).token }),
  // The events API has a path of another platform, so `/openai-ads/v1/events` is its path beside others.
  platformPaths: /^\/sdk\/oaiq\.min\.js$/,
  createDeps,
  mount(app, deps) {
    app.post('/v1/events', (c) => receiveEvents(c, deps));
    app.post('/v1/sdk/events', (c) => receiveReports(c, deps));
    app.get('/sdk/oaiq.min.js', serveScript(tagScript));
  },
  page,
  compare: (event: JournalEvent) =>
    compareEvent(event, {
      eventName: event.eventName === '' ? 'no name' : event.eventName,
      isMerged: event.isMerged,
      formatValue: (report) => formatValue(report.event),
    }),
  demo: openaiDemo,
  usage: (url) => [
    `Load ${url}/sdk/oaiq.min.js instead of OpenAI's pixel to see browser and server reports merged.`,
    `Set a connection's \`endpoint\` to ${url} and \`allowPrivateDestinations\` to true.`,
  ],
});

export const startOpenaiSimulator = openaiSimulator.start;

export type OpenaiSimulator = Awaited<ReturnType<typeof startOpenaiSimulator>>;

function createDeps(context: SimulatorContext, { overrides }: OpenaiSimulatorOptions) {
  const settings = { ...defaults, ...overrides };
  return { ...context, settings, journal: createJournal(settings), faults: createFaults() };
}

type Deps = ReturnType<typeof createDeps>;

/** Handles `POST /v1/events?pid=…`. */
async function receiveEvents(c: Context<Env>, deps: Deps): Promise<Response> {
  const { settings, tokens, journal, faults, now } = deps;
  const pixelId = c.req.query('pid') ?? '';
  const authorization = c.req.header('authorization');
  const body = await readRequest(c.env.incoming, settings);
  return answerEvents(c, deps, {
    account: pixelId,
    body,
    list: 'events',
    answer(fault) {
      const options = { settings, tokens, now: now(), isRejected: createRejectionTest(fault) };
      return faults.answer(fault, undefined, () => handleEvents({ pixelId, authorization, body }, options));
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
async function receiveReports(c: Context<Env>, { settings, tokens, journal, now }: Deps): Promise<Response> {
  const body = await readRequest(c.env.incoming, settings);
  const json = 'json' in body ? body.json : null;
  const pixelId = getText(json, 'pid') ?? '';
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
