import { html } from 'hono/html';
import { z } from 'zod';
import { answerEvents } from './answer-events.ts';
import { compareEvent } from './compare-event.ts';
import { defineSimulator } from './define-simulator.ts';
import { type EventGroup, groupByKey } from './event-groups.ts';
import { EventsJournal } from './events-journal.ts';
import { Faults, faultFields, listModes } from './faults.ts';
import { readRequest } from './http/read-body.ts';
import type { JournalLimits } from './journal-store.ts';
import { renderShell } from './page/page-shell.ts';
import { listReports, type Report } from './report.ts';
import { commonDefaults } from './settings.ts';
import type { SimulatorContext, SimulatorOptions } from './start-simulator.ts';

const defaults = { ...commonDefaults, maxBodyBytes: 10_000, maxBodyDepth: 8, slowMs: 0 };
const bodySchema = z.object({ batch: z.array(z.record(z.string(), z.unknown())) });
const faultSchema = z.strictObject({ ...faultFields, mode: z.enum(listModes([])) });

function createJournal(limits: JournalLimits) {
  return new EventsJournal<string, unknown, Report, EventGroup, ReturnType<typeof toEvent>, object>(limits, {
    maskBody: (body) => body,
    toReport: (event, details) => ({ ...details, event }),
    groups: groupByKey(
      Number.POSITIVE_INFINITY,
      ({ event }) => String(event.uid),
      (group) => group,
    ),
    listEvents: (groups) => [...groups].map(toEvent),
  });
}

const toEvent = ({ key = '', event, reports }: EventGroup) => ({
  eventId: key,
  eventName: String(event.kind),
  isMerged: reports.length > 1,
  server: listReports(reports, 'server', reports[0]),
  browser: listReports(reports, 'browser', reports[0]),
  counted: 'server' as const,
  why: 'Acme counts everything.',
});

function createDeps(context: SimulatorContext, { overrides }: SimulatorOptions<typeof defaults>) {
  const settings = { ...defaults, ...overrides };
  const faults = new Faults(faultSchema, { eventId: 'uid' });
  return { ...context, settings, journal: createJournal(settings), faults };
}

/** The simulator of the invented platform. */
export const acmeSimulator = defineSimulator({
  id: 'acme',
  name: 'Acme Ads',
  description: 'Simulates an invented platform.',
  options: [],
  readOptions: () => ({}),
  platformPaths: /^\/collect$/,
  createDeps,
  mount(routes, deps) {
    routes.post('/collect', async (c) => {
      const body = await readRequest(c.env.incoming, deps.settings);
      const { data } = bodySchema.safeParse('json' in body ? body.json : undefined);
      const accepted = (data?.batch ?? []).map((event, index) => ({ index, event, warnings: [] }));
      return answerEvents(c, deps, {
        account: '',
        body,
        list: 'batch',
        answer: () => ({ status: data ? 200 : 400, body: null, accepted }),
        record: (received, answer) => deps.journal.add('', received, answer, {}),
      });
    });
  },
  page: {
    getState: () => '',
    render: (_, { nonce, revision }, { journal }) =>
      renderShell({
        platform: 'Acme',
        title: 'Acme',
        intro: 'Acme.',
        nonce,
        revision,
        main: html`<main>${journal.events().length}</main>`,
      }),
  },
  compare: (event: ReturnType<typeof toEvent>) =>
    compareEvent(event, { ...event, formatValue: ({ event: { total } }) => `${String(total)} coins` }),
  demo: {
    options: {},
    settings: (endpoint) => ({ endpoint }),
    tag: () => ({}),
    ownConnection: 'account a-1',
    expected: () => new Map(),
    listMatchKeys: () => [],
  },
  usage: (url) => [`Acme is at ${url}.`],
});
