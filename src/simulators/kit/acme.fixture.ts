import { html } from 'hono/html';
import { z } from 'zod';
import { answerEvents } from './answer-events.ts';
import { type EventGroup, EventGroups } from './event-groups.ts';
import { Faults, faultFields } from './faults.ts';
import { readRequest } from './http/read-body.ts';
import { connectionFaults } from './http/send-faulty.ts';
import { type JournalLimits, JournalStore, journalLimits, type RequestRecord } from './journal-store.ts';
import { renderShell } from './page/page-shell.ts';
import type { ComparedEvent, Simulator } from './simulator.ts';
import { createSimulatorApp } from './simulator-app.ts';
import { createContext } from './start-simulator.ts';

const bodyLimits = { maxBodyBytes: 10_000, maxBodyDepth: 8 };
const bodySchema = z.object({ batch: z.array(z.record(z.string(), z.unknown())) });
const faultSchema = z.strictObject({ ...faultFields, mode: z.enum(['ok', ...connectionFaults]) });

/** Creates the simulator of the invented platform Acme, without a port. */
export function createAcmeSimulator(limits: JournalLimits = journalLimits) {
  const { context, close } = createContext({});
  const { now, host, closing } = context;
  const groups = new EventGroups<EventGroup>(Number.POSITIVE_INFINITY);
  const store = new JournalStore<RequestRecord, EventGroup>(limits, (group) => groups.remove(group));
  const faults = new Faults(faultSchema, { eventId: 'uid', getAccount: () => undefined });
  const events = (): ComparedEvent[] =>
    [...store.groups].map(({ key = '', event, reports }) => ({
      eventId: key,
      eventName: String(event.kind),
      at: reports[0]?.report.at ?? '',
      label: 'counted',
      tone: 'good',
      isMerged: reports.length > 1,
      value: `${String(event.total)} coins`,
      why: 'Acme counts everything.',
      server: reports.map(({ report }) => ({ event: report.event, warnings: 0 })),
    }));
  const journal = {
    get revision() {
      return store.revision;
    },
    requests: () => store.requests(),
    events,
    clear: () => store.clear(),
  };
  const app = createSimulatorApp({
    host,
    closing,
    limits: bodyLimits,
    run: context.newId(),
    journal,
    faults,
    methods: { '/collect': 'POST' },
    mount(routes) {
      routes.post('/collect', async (c) => {
        const body = await readRequest(c.env.incoming, bodyLimits);
        const { data } = bodySchema.safeParse('json' in body ? body.json : undefined);
        const accepted = (data?.batch ?? []).map((event, index) => ({ index, event, warnings: [] }));
        return answerEvents(
          c,
          { faults, settings: { slowMs: 0 }, now, closing },
          {
            account: '',
            body,
            list: 'batch',
            answer: () => ({ status: data ? 200 : 400, body: null }),
            record: (received, answer) =>
              store.addRequest(
                received,
                answer,
                answer ? accepted : [],
                (record) => record,
                ({ event, warnings }, report) => {
                  const reported = { source: 'server', report: { ...report, event, warnings } } as const;
                  const { group, isNew } = groups.join(String(event.uid), received.now, reported, (created) => created);
                  if (isNew) store.addGroup(group);
                  return group;
                },
              ),
          },
        );
      });
    },
    getPageState: () => '',
    renderPage: (_, { nonce, revision }) =>
      renderShell({
        platform: 'Acme',
        title: 'Acme',
        intro: 'Acme.',
        nonce,
        revision,
        main: html`<main>${events().length}</main>`,
      }),
  });
  return { app, journal, faults, close };
}

/** The simulator of the invented platform. */
export const acmeSimulator: Simulator = {
  id: 'acme',
  name: 'Acme Ads',
  description: 'Simulates an invented platform.',
  options: [],
  platformPaths: /^\/collect$/,
  create(_values, _now, limits) {
    const { app, journal, close } = createAcmeSimulator(limits);
    const { events: listEvents, clear } = journal;
    return { app, getRevision: () => String(journal.revision), listEvents, clear, close };
  },
  demo: {
    options: {},
    settings: (endpoint) => ({ endpoint }),
    tag: () => ({}),
    ownConnection: 'account a-1',
    expected: () => new Map(),
    listMatchKeys: () => [],
  },
  usage: (url) => [`Acme is at ${url}.`],
};
