import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** One request that reached the platform. */
export interface VendorRequest {
  readonly at: number;
  readonly tagId: string;
  /** SHA-256 of the body. */
  readonly digest: string;
  readonly ids: readonly string[];
  /** Whether the platform accepted its events; independent of the response. */
  readonly processed: boolean;
}

/** The platform's handling of a request: a response, after `afterMs` if set, or none. */
export type Reaction =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      readonly afterMs?: number;
    }
  | 'hang'
  | 'reset'
  /** Accepts the events and drops the connection without a response. */
  | 'accept-then-drop';

/** The fields of an event that the suite reads. */
export interface VendorEvent {
  readonly eventId: string;
  readonly eventName?: string;
  readonly eventTime: number;
  readonly userData?: Readonly<Record<string, unknown>>;
  readonly customData?: Readonly<Record<string, unknown>>;
}

/** The input of a reaction. A request without events is a probe of the credential. */
export interface ParsedRequest {
  readonly tagId: string;
  readonly token: string;
  readonly events: readonly VendorEvent[];
}

export interface Vendor {
  readonly url: string;
  readonly requests: VendorRequest[];
  /** The highest number of concurrent requests for one tag. */
  readonly maxConcurrent: number;
  /** Every accepted payload, by event id. */
  readonly acceptedEvents: ReadonlyMap<string, readonly VendorEvent[]>;
  /** Called for each request. The platform accepts a request if this is or returns `undefined`. */
  react: ((request: ParsedRequest) => Reaction | undefined) | undefined;
  /** Drops the connections of hanging requests. */
  dropHanging(): void;
  close(): Promise<void>;
}

/**
 * Starts a stand-in for the platform on loopback. It stores only what the oracle needs, so that it can accept hundreds of thousands of
 * events. `now` is its clock, by default the machine's; `host` is an address to listen on, by default loopback.
 */
export async function startVendor({
  now = Date.now,
  host = '127.0.0.1',
}: {
  readonly now?: () => number;
  readonly host?: string;
} = {}): Promise<Vendor> {
  const requests: VendorRequest[] = [];
  const openByTag = new Map<string, number>();
  const hanging = new Set<ServerResponse>();
  let maxConcurrent = 0;
  const acceptedEvents = new Map<string, VendorEvent[]>();
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await text(incoming);
    const tagId = incoming.url?.split('/')[2] ?? '';
    const token = incoming.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const openNow = (openByTag.get(tagId) ?? 0) + 1;
    maxConcurrent = Math.max(maxConcurrent, openNow);
    openByTag.set(tagId, openNow);
    outgoing.once('close', () => openByTag.set(tagId, (openByTag.get(tagId) ?? 0) - 1));
    const { data: events }: { data: readonly VendorEvent[] } = JSON.parse(body);
    const reaction = vendor.react?.({ tagId, token, events }) ?? buildDefaultReaction(events);
    const processed = reaction === 'accept-then-drop' || (typeof reaction === 'object' && reaction.status === 200);
    const ids = events.map(({ eventId }) => eventId);
    requests.push({ at: now(), tagId, digest: createHash('sha256').update(body).digest('hex'), ids, processed });
    if (processed)
      for (const event of events) acceptedEvents.set(event.eventId, [...(acceptedEvents.get(event.eventId) ?? []), event]);
    if (reaction === 'hang') return void hanging.add(outgoing);
    if (reaction === 'reset' || reaction === 'accept-then-drop') return void outgoing.destroy();
    if (reaction.afterMs !== undefined) await sleep(reaction.afterMs);
    // A date in `Retry-After` refers to this one, so Node's own would be hours off beside a paced clock.
    const date = new Date(now()).toUTCString();
    outgoing.writeHead(reaction.status, { date, 'content-type': 'application/json', ...reaction.headers });
    const standard = reaction.status === 200 ? { eventsReceived: events.length } : {};
    outgoing.end(JSON.stringify(reaction.body ?? standard));
  };
  const server = createServer((incoming, outgoing) => {
    // A gateway that is killed while it sends leaves half a request.
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  const vendor: Vendor = {
    url: `http://${host}:${typeof address === 'object' && address !== null ? address.port : 0}`,
    requests,
    get maxConcurrent() {
      return maxConcurrent;
    },
    acceptedEvents,
    react: undefined,
    dropHanging: () => {
      for (const outgoing of hanging) outgoing.destroy();
      hanging.clear();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return vendor;
}

/** Returns Microsoft's response. An empty batch is rejected after the credential was checked, so a probe succeeds with this error. */
function buildDefaultReaction(events: readonly VendorEvent[]): Reaction {
  if (events.length > 0) return { status: 200, body: { eventsReceived: events.length } };
  return { status: 400, body: { error: { code: 'ValidationError', message: 'data must not be empty', details: [] } } };
}
