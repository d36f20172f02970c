import { isFields } from '../events-api/event-rules.ts';
import type { Answer } from '../events-api/responses.ts';
import type { Fault } from '../faults.ts';
import type { Settings } from '../settings.ts';
import type { IdSync } from '../tag/id-sync.ts';
import type { Beacon } from '../tag/parse-beacon.ts';
import type { EventGroup, ReceivedReport, Report } from './conversion-counting.ts';
import { isPageLoad } from './conversion-counting.ts';
import type { Goals } from './event-goals.ts';
import type { JournalEvent } from './journal-event.ts';
import { text, toJournalEvent } from './journal-event.ts';
import { createNearMissSearch } from './near-misses.ts';

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

/** Since the journal was last emptied. */
interface Totals {
  requests: number;
  /** Requests that were not answered 200 in full. */
  troubled: number;
  beacons: number;
  syncs: number;
  /** Events that a server sent and that were taken in. */
  processed: number;
  /** Events that a server sent and that were not. */
  refused: number;
  warned: number;
}

interface Arrival {
  readonly bytes: number;
  readonly groups: readonly EventGroup[];
  readonly request?: JournalRequest;
  readonly sync?: IdSync;
}

interface Received {
  readonly now: number;
  readonly tagId: string;
  readonly hasToken: boolean;
  readonly body: unknown;
  /** Bytes of the body as received. */
  readonly bodyBytes: number;
  readonly fault: Fault['mode'];
  readonly answered: JournalRequest['answered'];
  /** `undefined` where there is none. */
  readonly answer: Answer | undefined;
}

interface ReceivedBeacon {
  readonly now: number;
  readonly beacon: Beacon;
  readonly bytes: number;
  readonly isKnownTag: boolean;
}

const noTotals: Totals = { requests: 0, troubled: 0, beacons: 0, syncs: 0, processed: 0, refused: 0, warned: 0 };

/** What the simulator received and decided, in memory, bounded: what came first goes first, and its events with it. */
export class Journal {
  readonly #settings: Settings;
  readonly #goals: Goals;
  readonly #arrivals = new Set<Arrival>();
  readonly #requests = new Set<JournalRequest>();
  readonly #syncs = new Set<IdSync>();
  readonly #groups = new Set<EventGroup>();
  readonly #byKey = new Map<string, EventGroup>();
  #bytes = 0;
  #lastRequest = 0;
  #lastBeacon = 0;
  #lastSync = 0;
  #revision = 0;
  #totals: Totals = { ...noTotals };

  constructor(settings: Settings, goals: Goals) {
    this.#settings = settings;
    this.#goals = goals;
  }

  /** Changes whenever the journal does. */
  get revision(): number {
    return this.#revision;
  }

  get totals(): Readonly<Totals> {
    return this.#totals;
  }

  add(received: Received): void {
    const { now, answer, body } = received;
    this.#lastRequest += 1;
    const id = this.#lastRequest;
    const at = new Date(now).toISOString();
    const request: JournalRequest = {
      id,
      at,
      tagId: received.tagId.slice(0, 64),
      token: received.hasToken ? '***' : null,
      status: answer?.status ?? null,
      answered: received.answered,
      fault: received.fault,
      body,
      verdict: answer?.body ?? null,
    };
    const processed = answer?.processed ?? [];
    const groups = processed.map(({ index, event, warnings }) => {
      const denied = String(event.adStorageConsent).toUpperCase() === 'D';
      const report = { id: `${id}.${index}`, at, event, warnings, ...(denied && { void: 'consent-denied' as const }) };
      return this.#join(request.tagId, now, { side: 'server', report });
    });
    const sent = isFields(body) && Array.isArray(body.data) ? body.data.length : 0;
    this.#totals.requests += 1;
    this.#totals.processed += processed.length;
    this.#totals.refused += Math.max(0, sent - processed.length);
    this.#totals.warned += processed.filter(({ warnings }) => warnings.length > 0).length;
    if (answer?.status !== 200 || received.answered !== 'whole') this.#totals.troubled += 1;
    this.#requests.add(request);
    this.#keep({ bytes: received.bodyBytes + JSON.stringify(request.verdict).length, groups, request });
  }

  addBeacon({ now, beacon, bytes, isKnownTag }: ReceivedBeacon): void {
    this.#lastBeacon += 1;
    this.#totals.beacons += 1;
    const { tagId, parameters, event } = beacon;
    const isReadable =
      /^0*[1-9]\d*$/.test(tagId) && tagId.length <= 20 && ['pageLoad', 'custom'].includes(text(event.eventType) ?? '');
    const cause = !isReadable
      ? 'not-readable'
      : !isKnownTag
        ? 'unknown-tag'
        : event.adStorageConsent === 'D'
          ? 'consent-denied'
          : undefined;
    const report: Report = {
      id: `b${this.#lastBeacon}`,
      at: new Date(now).toISOString(),
      event,
      warnings: [],
      parameters,
      ...(cause !== undefined && { void: cause }),
    };
    this.#keep({ bytes, groups: [this.#join(tagId, now, { side: 'browser', report })] });
  }

  addSync(now: number, given: Omit<IdSync, 'id' | 'at'>, bytes: number): void {
    this.#lastSync += 1;
    this.#totals.syncs += 1;
    const sync = { id: `s${this.#lastSync}`, at: new Date(now).toISOString(), ...given };
    this.#syncs.add(sync);
    this.#keep({ bytes, groups: [], sync });
  }

  clear(): void {
    for (const kept of [this.#arrivals, this.#requests, this.#syncs, this.#groups, this.#byKey]) kept.clear();
    this.#bytes = 0;
    this.#totals = { ...noTotals };
    this.#revision += 1;
  }

  /** Oldest first; `latest` bounds how many. */
  requests(latest = Number.POSITIVE_INFINITY): JournalRequest[] {
    return newest(this.#requests, latest, (request) => request);
  }

  syncs(latest = Number.POSITIVE_INFINITY): IdSync[] {
    return newest(this.#syncs, latest, (sync) => sync);
  }

  /** In the order of their first reports; `latest` bounds how many. */
  events(latest = Number.POSITIVE_INFINITY): JournalEvent[] {
    const findNearMisses = createNearMissSearch(this.#groups, this.#settings);
    const around = { settings: this.#settings, goals: this.#goals, findNearMisses };
    return newest(this.#groups, latest, (group) => toJournalEvent(group, around));
  }

  #keep(arrival: Arrival): void {
    this.#arrivals.add(arrival);
    this.#bytes += arrival.bytes;
    this.#revision += 1;
    this.#forgetOldest();
  }

  #join(tagId: string, now: number, arrived: ReceivedReport): EventGroup {
    const { event } = arrived.report;
    const key = this.#key(tagId, arrived);
    const first = key === undefined ? undefined : this.#byKey.get(key);
    const sinceMs = first === undefined ? undefined : now - first.firstAt;
    if (first !== undefined && sinceMs !== undefined && sinceMs <= this.#settings.dedupWindowMs) {
      first.reports.push(arrived);
      return first;
    }
    const group: EventGroup = { tagId, key, firstAt: now, lateMs: sinceMs, event, reports: [arrived] };
    this.#groups.add(group);
    if (key !== undefined) this.#byKey.set(key, group);
    return group;
  }

  /** Without an event id there is nothing to know a copy by; the tag's own page loads never have one that Microsoft looks at. */
  #key(tagId: string, { side, report }: ReceivedReport): string | undefined {
    const { eventId, eventName, eventType } = report.event;
    if (typeof eventId !== 'string' || eventId === '' || (side === 'browser' && isPageLoad(eventType))) return undefined;
    const name = typeof eventName === 'string' ? eventName : '';
    return JSON.stringify([tagId, eventId, this.#settings.dedupNames === 'exact' ? name : name.toLowerCase()]);
  }

  #forgetOldest(): void {
    const { journalRequests, journalBytes } = this.#settings;
    for (const arrival of this.#arrivals) {
      if (this.#arrivals.size <= journalRequests && this.#bytes <= journalBytes) return;
      this.#arrivals.delete(arrival);
      this.#bytes -= arrival.bytes;
      if (arrival.request !== undefined) this.#requests.delete(arrival.request);
      if (arrival.sync !== undefined) this.#syncs.delete(arrival.sync);
      for (const group of arrival.groups) {
        // Reports are kept in order of arrival, so the oldest arrival's is the first.
        group.reports.shift();
        if (group.reports.length > 0) continue;
        this.#groups.delete(group);
        if (group.key !== undefined && this.#byKey.get(group.key) === group) this.#byKey.delete(group.key);
      }
    }
  }
}

function newest<T, U>(all: ReadonlySet<T>, latest: number, tell: (one: T) => U): U[] {
  const chosen: U[] = [];
  let skip = all.size - latest;
  for (const one of all) {
    if (skip > 0) skip -= 1;
    else chosen.push(tell(one));
  }
  return chosen;
}
