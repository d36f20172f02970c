import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Random } from '../random.fixture.ts';

/** One time that a platform took an event. */
export interface Take {
  /** The event's bytes as they arrived. */
  readonly payload: string;
  /** The gateway process that sent it: the round of the test. */
  readonly round: number;
  /** Whether the gateway got the platform's whole answer that confirms it. */
  readonly isConfirmed: boolean;
}

/**
 * A stand-in for a platform that keeps its own truth: the events that it took, whatever it answered. A share of its answers is faulty, and
 * independent of whether it took the events.
 */
export interface Sink {
  readonly platform: string;
  readonly url: string;
  /** Every time that the platform took an event, by event id. */
  readonly taken: ReadonlyMap<string, readonly Take[]>;
  /** The number of faulty answers. */
  readonly faults: number;
  /** The share of requests that are answered by a fault, from 0 to 1. */
  faultShare: number;
  round: number;
  close(): Promise<void>;
}

type Fields = Readonly<Record<string, unknown>>;

/** The part of a platform's API that the accounting needs. */
export interface PlatformApi {
  /** Returns the settings of a connection, for a platform at this origin. */
  readonly settings: (origin: string) => Fields;
  /** Returns the events of a body by id. A probe has none. */
  readonly readEvents: (body: Fields) => ReadonlyMap<string, unknown>;
  /** Returns the documented answer to accepted events. */
  readonly accept: (count: number) => Fields;
  /** Whether the status alone confirms the events, as the platform documents no answer. */
  readonly acceptsByStatus?: true;
  /** The answer to a probe, if it is no acceptance. */
  readonly refuseProbe?: { readonly status: number; readonly body: Fields };
}

const token = 'good-token';

/** Platforms whose requests name their events, and whose answers are final. Google Ads answers later, and has tests of its own. */
export const platformApis: Readonly<Record<string, PlatformApi>> = {
  microsoft: {
    settings: (endpoint) => ({ tagId: '187012345', token, endpoint }),
    readEvents: (body) => listById(body.data, 'eventId'),
    accept: (count) => ({ eventsReceived: count }),
    refuseProbe: { status: 400, body: { error: { code: 'ValidationError', message: 'data must not be empty', details: [] } } },
  },
  meta: {
    settings: (endpoint) => ({ datasetId: '1234567890123456', token, endpoint }),
    readEvents: (body) => listById(body.data, 'event_id'),
    accept: (count) => ({ events_received: count, messages: [], fbtrace_id: 'trace' }),
  },
  tiktok: {
    settings: (endpoint) => ({ pixelCode: 'C4ABCDEF0123456789AB', token, endpoint }),
    readEvents: (body) => listById(body.data, 'event_id'),
    accept: () => ({ code: 0, message: 'OK', request_id: 'request' }),
  },
  pinterest: {
    settings: (endpoint) => ({ adAccountId: '549755885175', token, endpoint }),
    readEvents: (body) => listById(body.data, 'event_id'),
    accept: (count) => ({
      num_events_received: count,
      num_events_processed: count,
      events: Array.from({ length: count }, () => ({ status: 'processed' })),
    }),
  },
  'openai-ads': {
    settings: (endpoint) => ({ pixelId: 'px_Abc-123', token, endpoint }),
    readEvents: (body) => listById(body.events, 'id'),
    accept: (count) => ({ accepted_events: count }),
    acceptsByStatus: true,
  },
  webhook: {
    settings: (origin) => ({ url: `${origin}/hook`, secrets: ['whsec_BwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSY='] }),
    readEvents: ({ data }) => listById([data], 'id'),
    accept: () => ({}),
    acceptsByStatus: true,
  },
};

/** The id of an invalid event by which a connection to Pinterest is probed. */
const probeId = 'convey-probe';

function listById(list: unknown, idKey: string): ReadonlyMap<string, unknown> {
  const events = Array.isArray(list) ? list : [];
  const isEvent = (event: { readonly [key: string]: unknown } | undefined) =>
    typeof event?.[idKey] === 'string' && event[idKey] !== probeId;
  return new Map(events.filter(isEvent).map((event) => [event[idKey], event]));
}

/** Faulty answers. `cut` promises more bytes than it sends; `uncounted` is a success without the platform's confirmation. */
const faultKinds = ['500', '429', 'hang', 'cut', 'web page', 'reset', 'uncounted'] as const;
type FaultKind = (typeof faultKinds)[number];

/** Starts a sink on loopback. `random` chooses its faults. */
export async function startSink(platform: string, api: PlatformApi, random: Random): Promise<Sink> {
  const taken = new Map<string, Take[]>();
  const hanging = new Set<ServerResponse>();
  let faults = 0;
  const kinds = faultKinds.filter((kind) => kind !== 'uncounted' || api.acceptsByStatus === undefined);

  const take = (events: ReadonlyMap<string, unknown>, isConfirmed: boolean) => {
    for (const [id, event] of events)
      taken.set(id, [...(taken.get(id) ?? []), { payload: JSON.stringify(event), round: sink.round, isConfirmed }]);
  };
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const events = api.readEvents(JSON.parse(await text(incoming)));
    if (events.size === 0 && api.refuseProbe !== undefined)
      return void answer(outgoing, api.refuseProbe.status, JSON.stringify(api.refuseProbe.body));
    if (random.fraction() >= sink.faultShare) {
      // The truth is recorded first: the gateway may be killed before it reads the answer.
      take(events, true);
      return void answer(outgoing, 200, JSON.stringify(api.accept(events.size)));
    }
    faults += 1;
    const kind = kinds[random.integer(kinds.length)] ?? 'reset';
    if (random.fraction() < 0.5) take(events, false);
    if (kind === 'hang') return void hanging.add(outgoing);
    answerWithFault(outgoing, kind);
  };
  const server = createServer((incoming, outgoing) => {
    // A gateway that is killed while it sends leaves half a request.
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const sink: Sink = {
    platform,
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    taken,
    get faults() {
      return faults;
    },
    faultShare: 0,
    round: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return sink;
}

function answer(outgoing: ServerResponse, status: number, body: string, contentType = 'application/json'): void {
  outgoing.writeHead(status, { 'content-type': contentType }).end(body);
}

function answerWithFault(outgoing: ServerResponse, kind: Exclude<FaultKind, 'hang'>): void {
  if (kind === 'reset') outgoing.destroy();
  else if (kind === '500') answer(outgoing, 500, '{}');
  else if (kind === '429') outgoing.writeHead(429, { 'content-type': 'application/json', 'retry-after': '1' }).end('{}');
  else if (kind === 'uncounted') answer(outgoing, 200, '{}');
  else if (kind === 'web page') answer(outgoing, 200, '<!doctype html><html><title>Portal</title></html>', 'text/html');
  else {
    outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': '400' });
    outgoing.write('{"status":"accept', () => outgoing.destroy());
  }
}
