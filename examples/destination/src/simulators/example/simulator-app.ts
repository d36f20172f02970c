import { html } from 'hono/html';
import { z } from 'zod';
import { answerEvents } from '../kit/answer-events.ts';
import { addRetryAfter, Faults, faultFields } from '../kit/faults.ts';
import { readRequest } from '../kit/http/read-body.ts';
import { toHttpResponse } from '../kit/http/reply.ts';
import { getQuery } from '../kit/http/routes.ts';
import { connectionFaults } from '../kit/http/send-faulty.ts';
import { type EventViews, parseView, renderEvents } from '../kit/page/event-views.ts';
import { badge } from '../kit/page/page-elements.ts';
import { renderShell } from '../kit/page/page-shell.ts';
import { renderRequest, renderRequests } from '../kit/page/request-card.ts';
import type { ComparedEvent } from '../kit/simulator.ts';
import { createSimulatorApp } from '../kit/simulator-app.ts';
import { createContext, type SimulatorOptions } from '../kit/start-simulator.ts';
import { crossOriginHeaders, readParameters, scriptHeaders } from '../kit/tag/beacon.ts';
import { type Answer, Journal } from './journal.ts';

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

/** A status as the mode replaces the answer. */
const faultSchema = z.strictObject({ ...faultFields, mode: z.enum(['ok', '401', '429', '500', ...connectionFaults]) });
type Fault = z.output<typeof faultSchema>;

const tagScript = `
const script = document.currentScript.src;
window.exampleAds = (name, id) => { new Image().src = new URL('/hit?' + new URLSearchParams({ name, id }), script); };
`;

const views: EventViews<ComparedEvent, 'merged'> = {
  all: { label: 'All', shows: () => true },
  merged: { label: 'Merged', shows: ({ isMerged }) => isMerged },
};

const limits = { maxBodyBytes: 500_000, maxBodyDepth: 16, beaconParameters: 2, beaconValueChars: 128 };

/** Creates the simulator without a port. */
export function createExampleSimulator({ token, ...options }: SimulatorOptions<never> & { readonly token?: string | undefined }) {
  const { context, close } = createContext(options);
  const { now, host, closing } = context;
  const journal = new Journal();
  const faults = new Faults(faultSchema, { eventId: 'event_id', getAccount: () => undefined });
  const app = createSimulatorApp({
    host,
    closing,
    limits,
    run: context.newId(),
    journal,
    faults,
    methods: { '/2026-11/events': 'POST', '/example.js': 'GET', '/hit': 'GET' },
    mount(routes) {
      routes.post('/2026-11/events', async (c) => {
        const body = await readRequest(c.env.incoming, limits);
        const sent = c.req.header('authorization')?.replace('Bearer ', '');
        const isRefused = sent === undefined || (token !== undefined && sent !== token);
        return answerEvents(c, { faults, settings: { slowMs: 2_000 }, now, closing }, {
          account: '',
          body,
          list: 'events',
          answer: (fault) => answer('json' in body ? body.json : undefined, isRefused, fault),
          record: (received, answered) => journal.add(received, answered),
        });
      });
      routes.get('/example.js', () => toHttpResponse({ status: 200, headers: scriptHeaders, body: Buffer.from(tagScript) }));
      routes.get('/hit', (c) => {
        const { id: event_id, name: event } = readParameters(getQuery(c), limits);
        if (event_id !== undefined && event !== undefined) journal.addBeacon(now(), { event_id, event });
        return toHttpResponse({ status: 204, headers: crossOriginHeaders });
      });
    },
    getPageState: (c) => parseView(views, c.req.query('show')),
    renderPage: (c, page) => renderPage(journal, parseView(views, c.req.query('show')), page),
  });
  return { app, journal, faults, close };
}

function answer(json: unknown, isRefused: boolean, fault: Fault | undefined): Answer {
  const nothing = { body: null, accepted: [] };
  const status = Number(fault?.mode);
  if (fault && status > 0) return addRetryAfter({ status, ...nothing }, fault);
  if (isRefused) return { status: 401, ...nothing };
  const { data, error } = bodySchema.safeParse(json);
  if (error) return { status: 400, body: { error: z.prettifyError(error) }, accepted: [] };
  return { status: 200, body: { received: data.events.length }, accepted: data.test ? [] : data.events };
}

function renderPage(journal: Journal, view: keyof typeof views, page: { nonce: string; revision: string }): Promise<string> {
  const renderEvent = ({ eventId, eventName, isMerged }: ComparedEvent) =>
    html`<li class="card good"><bdi>${eventName}</bdi> <code><bdi>${eventId}</bdi></code> ${isMerged ? badge('merged', 'both') : ''}</li>`;
  const requests = renderRequests(journal, (request) =>
    renderRequest({ request, events: undefined, refusal: 'refused', facts: html`` }),
  );
  return renderShell({
    platform: 'Example Ads',
    title: 'Example Ads simulator',
    intro: 'Shows which events Example Ads would count.',
    nonce: page.nonce,
    revision: page.revision,
    main: html`<main>${renderEvents({ views, view, events: journal.events(), renderEvent })}${requests}</main>`,
  });
}
