import type { Context } from 'hono';
import { html } from 'hono/html';
import { z } from 'zod';
import { answerEvents } from '../kit/answer-events.ts';
import { compareEvent } from '../kit/compare-event.ts';
import { defineSimulator } from '../kit/define-simulator.ts';
import { Faults, faultFields, listModes } from '../kit/faults.ts';
import { type Fields, getList } from '../kit/fields.ts';
import { readRequest } from '../kit/http/read-body.ts';
import { type Reply, toHttpResponse } from '../kit/http/reply.ts';
import { type Env, getQuery } from '../kit/http/routes.ts';
import type { RequestRecord } from '../kit/journal-store.ts';
import { definePage } from '../kit/page/define-page.ts';
import { badge } from '../kit/page/page-elements.ts';
import { renderRequest } from '../kit/page/request-card.ts';
import { describeCounted, renderSummary } from '../kit/page/summary-section.ts';
import { commonDefaults } from '../kit/settings.ts';
import type { SimulatorContext, SimulatorOptions } from '../kit/start-simulator.ts';
import { crossOriginHeaders, readParameters, serveScript } from '../kit/tag/beacon.ts';
import { exampleDemo } from './demo.ts';
import { createJournal, type JournalEvent } from './journal.ts';

/** @source https://ads.example/docs/events (2026-11-24) */
const eventSchema = z.strictObject({
  event_id: z.string().min(1).max(128),
  event: z.string().min(1).max(100),
  at: z.int().positive(),
  email: z.hash('sha256').optional(),
  visitor: z.hex().length(32).optional(),
  click: z.string().min(1).max(64).optional(),
});
const bodySchema = z.strictObject({ test: z.boolean(), events: z.array(eventSchema).max(500) });

/** The modes of the fault, and the response of each. A mode without a response would let the platform process the events. */
const modes = [
  ['401', () => ({ status: 401, body: null })],
  ['429', () => ({ status: 429, body: null })],
  ['500', () => ({ status: 500, body: null })],
] as const;
const faultSchema = z.strictObject({ ...faultFields, mode: z.enum(listModes(modes)) });

const tagScript = `
const script = document.currentScript.src;
window.exampleAds = (name, id) => { new Image().src = new URL('/hit?' + new URLSearchParams({ name, id }), script); };
`;

const defaults = { ...commonDefaults, maxBodyBytes: 500_000, beaconParameters: 2, beaconValueChars: 128 };

interface ExampleOptions extends SimulatorOptions<typeof defaults> {
  readonly token?: string | undefined;
}

const optionValues = z.object({ token: z.string().optional() });

/** The simulator of Example Ads, with its browser tag. */
export const exampleSimulator = defineSimulator({
  id: 'example',
  name: 'Example Ads',
  description: 'Simulate the events API and the browser tag of Example Ads on this machine.',
  options: [{ flags: '--token <token>', description: 'the token that it accepts (default: any token)' }],
  readOptions: (values): ExampleOptions => optionValues.parse(values),
  platformPaths: /^\/(?:2026-11\/events|example\.js|hit)$/,
  createDeps,
  mount(app, deps) {
    app.post('/2026-11/events', (c) => receiveEvents(c, deps));
    app.get('/example.js', serveScript(tagScript));
    app.get('/hit', (c) => receiveBeacon(c, deps));
  },
  page: definePage({
    platform: 'Example Ads',
    title: 'Example Ads simulator',
    intro: 'Shows which events Example Ads would count.',
    views: {
      all: { label: 'All', shows: () => true },
      merged: { label: 'Merged', shows: ({ isMerged }) => isMerged },
    },
    renderEmpty: (url) => html`<section class="empty"><h2>No events yet</h2><p>Send one to <code>${url}</code>.</p></section>`,
    renderSummary: (events, { requests, beacons }) =>
      renderSummary({
        answer: describeCounted(events.length, 'event'),
        sentences: [],
        figures: { Requests: requests, Beacons: beacons },
        counts: html``,
      }),
    renderEvent: ({ eventId, eventName, isMerged }: JournalEvent) =>
      html`<li class="card good"><bdi>${eventName}</bdi> <code><bdi>${eventId}</bdi></code> ${isMerged ? badge('merged', 'both') : ''}</li>`,
    renderRequest: (request: RequestRecord) =>
      renderRequest({ request, events: getList(request.body, 'events'), refusal: 'refused', facts: html`` }),
  }),
  compare: (event: JournalEvent) => compareEvent(event, { ...event, formatValue: () => '' }),
  demo: exampleDemo,
  usage: (url) => [`Set a connection's \`endpoint\` to ${url} and \`allowPrivateDestinations\` to true.`],
});

function createDeps(context: SimulatorContext, { token, overrides }: ExampleOptions) {
  const faults = new Faults<z.output<typeof faultSchema>, Answer>(faultSchema, {
    eventId: 'event_id',
    modes,
  });
  const settings = { ...defaults, ...overrides };
  return { ...context, token, settings, journal: createJournal(settings), faults };
}

type Deps = ReturnType<typeof createDeps>;

/** Handles `POST /2026-11/events`. */
async function receiveEvents(c: Context<Env>, deps: Deps): Promise<Response> {
  const { settings, token, journal, faults } = deps;
  const body = await readRequest(c.env.incoming, settings);
  const sent = c.req.header('authorization')?.replace('Bearer ', '');
  const isKnown = sent !== undefined && (token === undefined || sent === token);
  return answerEvents(c, deps, {
    account: '',
    body,
    list: 'events',
    answer: (fault) => faults.answer(fault, undefined, () => answer(isKnown, 'json' in body ? body.json : undefined)),
    record: (received, answered) => journal.add('', received, answered, {}),
  });
}

interface Answer extends Reply {
  readonly body: object | null;
  readonly accepted?: readonly { readonly index: number; readonly event: Fields; readonly warnings: readonly never[] }[];
}

function answer(isKnown: boolean, json: unknown): Answer {
  if (!isKnown) return { status: 401, body: null };
  const { data, error } = bodySchema.safeParse(json);
  if (error) return { status: 400, body: { error: z.prettifyError(error) } };
  const accepted = data.events.map((event, index) => ({ index, event, warnings: [] }));
  return { status: 200, body: { received: data.events.length }, accepted: data.test ? [] : accepted };
}

/** Handles a report of the browser tag. */
function receiveBeacon(c: Context<Env>, { settings, journal, now }: Deps): Response {
  const query = getQuery(c);
  const { id: event_id, name: event } = readParameters(query, settings);
  if (event_id !== undefined && event !== undefined)
    journal.addBeacon({ now: now(), account: '', event: { event_id, event }, bytes: query.length }, { warnings: [] });
  return toHttpResponse({ status: 204, headers: crossOriginHeaders });
}
