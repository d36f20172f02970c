import type { Answer } from './answers.ts';
import type { Fault } from './faults.ts';
import type { Fields } from './schema.ts';
import type { Settings } from './settings.ts';
import type { Detail } from './validate.ts';

/** One request to the events endpoint and what it was told. */
export interface JournalRequest {
  readonly id: number;
  /** ISO 8601. */
  readonly at: string;
  readonly tagId: string;
  /** Whether one was sent; the token itself is never kept. */
  readonly token: '***' | null;
  /** Of the answer that was meant; `null` where there was to be none. */
  readonly status: number | null;
  /** How much of that answer was sent. */
  readonly answered: 'whole' | 'part' | 'none';
  readonly fault: Fault['mode'];
  /** `null` where it could not be read. */
  readonly body: unknown;
  /** The answer's body. */
  readonly verdict: Answer['body'];
}

/** One report of an event by a server. */
export interface ServerReport {
  /** `request.index` */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** What was processed, without the fields that were removed. */
  readonly event: Fields;
  readonly warnings: readonly Detail[];
  /** The report that counts in this one's place. */
  readonly duplicateOf?: string;
}

/** Everything that was reported about one event, and whether and why Microsoft would count it. */
export interface JournalEvent {
  readonly tagId: string;
  readonly eventId: string | null;
  readonly eventName: string | null;
  readonly eventType: string;
  readonly server: readonly ServerReport[];
  /** Reports by the browser's tag. */
  readonly browser: readonly never[];
  readonly counted: 'server' | 'browser' | 'none';
  readonly why: string;
}

/** Since the journal was last emptied. */
interface Totals {
  requests: number;
  /** Requests that were not answered 200 in full. */
  troubled: number;
  processed: number;
  counted: number;
  warned: number;
}

interface Counted {
  readonly tagId: string;
  readonly key: string | undefined;
  readonly firstId: string;
  readonly firstAt: number;
  readonly event: Fields;
  copies: number;
  readonly server: ServerReport[];
}

interface Kept {
  readonly request: JournalRequest;
  readonly bytes: number;
  readonly events: readonly Counted[];
}

interface Received {
  readonly now: number;
  readonly tagId: string;
  readonly hasToken: boolean;
  readonly body: unknown;
  readonly bodyBytes: number;
  readonly fault: Fault['mode'];
  readonly answered: JournalRequest['answered'];
  /** `undefined` where there is none. */
  readonly answer: Answer | undefined;
}

const noTotals: Totals = { requests: 0, troubled: 0, processed: 0, counted: 0, warned: 0 };

/** What the simulator received and decided, in memory, bounded: the oldest requests go first, and their events with them. */
export class Journal {
  readonly #settings: Settings;
  readonly #requests = new Map<number, Kept>();
  readonly #events = new Set<Counted>();
  readonly #byKey = new Map<string, Counted>();
  #bytes = 0;
  #lastId = 0;
  #revision = 0;
  #totals: Totals = { ...noTotals };

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Changes whenever the journal does. */
  get revision(): number {
    return this.#revision;
  }

  get totals(): Readonly<Totals> {
    return this.#totals;
  }

  add(received: Received): void {
    const { now, answer } = received;
    this.#lastId += 1;
    const id = this.#lastId;
    const at = new Date(now).toISOString();
    const request: JournalRequest = {
      id,
      at,
      tagId: received.tagId.slice(0, 64),
      token: received.hasToken ? '***' : null,
      status: answer?.status ?? null,
      answered: received.answered,
      fault: received.fault,
      body: received.body,
      verdict: answer?.body ?? null,
    };
    const events = (answer?.processed ?? []).map(({ index, event, warnings }) =>
      this.#count(request, now, { id: `${id}.${index}`, at, event, warnings }),
    );
    const bytes = received.bodyBytes + JSON.stringify(request.verdict).length;
    this.#requests.set(id, { request, bytes, events });
    this.#bytes += bytes;
    this.#totals.requests += 1;
    if (answer?.status !== 200 || received.answered !== 'whole') this.#totals.troubled += 1;
    this.#revision += 1;
    this.#forgetOldest();
  }

  clear(): void {
    this.#requests.clear();
    this.#events.clear();
    this.#byKey.clear();
    this.#bytes = 0;
    this.#totals = { ...noTotals };
    this.#revision += 1;
  }

  /** Oldest first; `latest` bounds how many. */
  requests(latest = Number.POSITIVE_INFINITY): JournalRequest[] {
    return newest(this.#requests.values(), this.#requests.size, latest, ({ request }) => request);
  }

  /** In the order of their first reports; `latest` bounds how many. */
  events(latest = Number.POSITIVE_INFINITY): JournalEvent[] {
    return newest(this.#events, this.#events.size, latest, (event) => this.#told(event));
  }

  #count(request: JournalRequest, now: number, report: ServerReport): Counted {
    this.#totals.processed += 1;
    if (report.warnings.length > 0) this.#totals.warned += 1;
    const key = this.#key(request.tagId, report.event);
    const first = key === undefined ? undefined : this.#byKey.get(key);
    if (first !== undefined && now - first.firstAt <= this.#settings.dedupWindowMs) {
      first.copies += 1;
      first.server.push({ ...report, duplicateOf: first.firstId });
      return first;
    }
    const { tagId } = request;
    const counted: Counted = { tagId, key, firstId: report.id, firstAt: now, event: report.event, copies: 0, server: [report] };
    this.#events.add(counted);
    if (key !== undefined) this.#byKey.set(key, counted);
    this.#totals.counted += 1;
    return counted;
  }

  /** Without an event id there is nothing to recognise a copy by. */
  #key(tagId: string, { eventId, eventName }: Fields): string | undefined {
    if (typeof eventId !== 'string' || eventId === '') return undefined;
    const name = typeof eventName === 'string' ? eventName : '';
    return JSON.stringify([tagId, eventId, this.#settings.dedupNames === 'exact' ? name : name.toLowerCase()]);
  }

  #told({ tagId, key, event, copies, server }: Counted): JournalEvent {
    return {
      tagId,
      eventId: text(event.eventId),
      eventName: text(event.eventName),
      eventType: text(event.eventType) ?? '',
      server,
      browser: [],
      counted: 'server',
      why: why(key !== undefined, copies, this.#settings.dedupWindowMs),
    };
  }

  #forgetOldest(): void {
    const { journalRequests, journalBytes } = this.#settings;
    for (const [id, { bytes, events }] of this.#requests) {
      if (this.#requests.size <= journalRequests && this.#bytes <= journalBytes) return;
      this.#requests.delete(id);
      this.#bytes -= bytes;
      for (const event of events) {
        // Reports are kept in order of arrival, so the oldest request's is the first.
        event.server.shift();
        if (event.server.length > 0) continue;
        this.#events.delete(event);
        if (event.key !== undefined && this.#byKey.get(event.key) === event) this.#byKey.delete(event.key);
      }
    }
  }
}

function newest<T, U>(all: Iterable<T>, size: number, latest: number, told: (one: T) => U): U[] {
  const chosen: U[] = [];
  let skip = size - latest;
  for (const one of all) {
    if (skip > 0) skip -= 1;
    else chosen.push(told(one));
  }
  return chosen;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function why(recognisable: boolean, copies: number, windowMs: number): string {
  if (!recognisable)
    return 'Counts by itself: it carries no event id, so Microsoft could not tell a second report from a new event.';
  if (copies === 0) return 'Counts: the first report with this tag, event id and event name.';
  const rest = copies === 1 ? '1 more report' : `${copies} more reports`;
  return `Counts once: ${rest} with the same tag, event id and event name came within ${span(windowMs)} of the first.`;
}

function span(ms: number): string {
  return ms >= 3_600_000 ? `${Math.round(ms / 360_000) / 10} h` : `${Math.round(ms / 100) / 10} s`;
}
