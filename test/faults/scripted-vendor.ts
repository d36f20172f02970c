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
  /** Whether the platform took its events in, whatever it answered. */
  readonly processed: boolean;
}

/** What the platform does with a request: answers, after so many milliseconds, or never. */
export type Reaction =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      readonly afterMs?: number;
    }
  | 'hang'
  | 'reset'
  /** Takes the events in, and drops the connection instead of answering. */
  | 'take-then-drop';

/** Its events, as far as the suite reads them. */
export interface VendorEvent {
  readonly eventId: string;
  readonly eventName?: string;
  readonly eventTime: number;
  readonly userData?: Readonly<Record<string, unknown>>;
  readonly customData?: Readonly<Record<string, unknown>>;
}

/** What the platform looks at before it answers. A request without events is a probe of the credential. */
export interface VendorAsked {
  readonly tagId: string;
  readonly token: string;
  readonly events: readonly VendorEvent[];
}

export interface Vendor {
  readonly url: string;
  readonly requests: VendorRequest[];
  /** The most requests of one tag that were open at once. */
  readonly mostAtOnce: number;
  /** Per event id every payload that was taken in. */
  readonly taken: ReadonlyMap<string, readonly VendorEvent[]>;
  /** Asked for each request; `undefined` answers as a platform that is well. */
  react: ((request: VendorAsked) => Reaction | undefined) | undefined;
  /** Breaks off what hangs. */
  cut(): void;
  close(): Promise<void>;
}

/**
 * A stand-in for the platform that keeps nothing but what the oracle asks for, so that it takes hundreds of thousands of
 * events. It listens on loopback. `now` is its clock, the machine's by default.
 */
export async function startVendor({ now = Date.now }: { readonly now?: () => number } = {}): Promise<Vendor> {
  const requests: VendorRequest[] = [];
  const open = new Map<string, number>();
  const hanging = new Set<ServerResponse>();
  let mostAtOnce = 0;
  const taken = new Map<string, VendorEvent[]>();
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await text(incoming);
    const tagId = incoming.url?.split('/')[2] ?? '';
    const token = incoming.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const openNow = (open.get(tagId) ?? 0) + 1;
    mostAtOnce = Math.max(mostAtOnce, openNow);
    open.set(tagId, openNow);
    outgoing.once('close', () => open.set(tagId, (open.get(tagId) ?? 0) - 1));
    const { data: events }: { data: readonly VendorEvent[] } = JSON.parse(body);
    const reaction = vendor.react?.({ tagId, token, events }) ?? okFor(events);
    const processed = reaction === 'take-then-drop' || (typeof reaction === 'object' && reaction.status === 200);
    const ids = events.map(({ eventId }) => eventId);
    requests.push({ at: now(), tagId, digest: createHash('sha256').update(body).digest('hex'), ids, processed });
    if (processed) for (const event of events) taken.set(event.eventId, [...(taken.get(event.eventId) ?? []), event]);
    if (reaction === 'hang') return void hanging.add(outgoing);
    if (reaction === 'reset' || reaction === 'take-then-drop') return void outgoing.destroy();
    if (reaction.afterMs !== undefined) await sleep(reaction.afterMs);
    outgoing.writeHead(reaction.status, { 'content-type': 'application/json', ...reaction.headers });
    outgoing.end(JSON.stringify(reaction.body ?? {}));
  };
  const server = createServer((incoming, outgoing) => {
    // Whoever is killed while it sends leaves half a request; nobody waits for the answer.
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const vendor: Vendor = {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    requests,
    get mostAtOnce() {
      return mostAtOnce;
    },
    taken,
    react: undefined,
    cut: () => {
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

/** As Microsoft answers: an empty batch is refused after the credential was judged, which is how a probe succeeds. */
function okFor(events: readonly VendorEvent[]): Reaction {
  if (events.length > 0) return { status: 200, body: { eventsReceived: events.length } };
  return { status: 400, body: { error: { code: 'ValidationError', message: 'data must not be empty', details: [] } } };
}
