import { isFields } from '../../kit/fields.ts';
import type { EventsResponse } from '../events-api/responses.ts';
import type { Fault } from '../faults.ts';
import type { Settings } from '../settings.ts';
import type { IdSync } from '../tag/id-sync.ts';
import type { Beacon } from '../tag/parse-beacon.ts';
import type { CountedReport, Report, ReportGroup } from './conversion-counting.ts';
import { isPageLoad } from './conversion-counting.ts';
import type { Goals } from './event-goals.ts';
import type { JournalEvent } from './journal-event.ts';
import { toJournalEvent, toText } from './journal-event.ts';
import { createNearMissSearch } from './near-misses.ts';

/** One request to the events endpoint and its response. */
export interface JournalRequest {
  readonly id: number;
  /** ISO 8601. */
  readonly at: string;
  readonly tagId: string;
  /** Whether a token was sent. The token itself is never stored. */
  readonly token: '***' | null;
  /** The status of the intended response; null if no response was intended. */
  readonly status: number | null;
  /** How much of the response was sent. */
  readonly answered: 'whole' | 'part' | 'none';
  readonly fault: Fault['mode'];
  /** Null if the body could not be read. */
  readonly body: unknown;
  /** The body of the response. */
  readonly verdict: EventsResponse['body'];
}

/** Counters since the journal was last cleared. */
interface Totals {
  requests: number;
  /** Requests without a complete 200 response. */
  failed: number;
  beacons: number;
  syncs: number;
  /** Events of servers that were accepted. */
  processed: number;
  /** Events of servers that were not accepted. */
  rejected: number;
  warned: number;
}

interface JournalEntry {
  readonly bytes: number;
  readonly groups: readonly ReportGroup[];
  readonly request?: JournalRequest;
  readonly sync?: IdSync;
}

interface ReceivedRequest {
  readonly now: number;
  readonly tagId: string;
  readonly hasToken: boolean;
  readonly body: unknown;
  /** Bytes of the body as received. */
  readonly bodyBytes: number;
  readonly fault: Fault['mode'];
  readonly answered: JournalRequest['answered'];
  /** Undefined if no response was intended. */
  readonly answer: EventsResponse | undefined;
}

interface ReceivedBeacon {
  readonly now: number;
  readonly beacon: Beacon;
  readonly bytes: number;
  readonly isKnownTag: boolean;
}

const noTotals: Totals = { requests: 0, failed: 0, beacons: 0, syncs: 0, processed: 0, rejected: 0, warned: 0 };

/** The requests and results of the simulator, in memory. Beyond its bounds the oldest entry is removed, with its events. */
export class Journal {
  readonly #settings: Settings;
  readonly #goals: Goals;
  readonly #entries = new Set<JournalEntry>();
  readonly #requests = new Set<JournalRequest>();
  readonly #syncs = new Set<IdSync>();
  readonly #groups = new Set<ReportGroup>();
  readonly #byKey = new Map<string, ReportGroup>();
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

  /** Changes with every change of the journal. */
  get revision(): number {
    return this.#revision;
  }

  get totals(): Readonly<Totals> {
    return this.#totals;
  }

  add(received: ReceivedRequest): void {
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
      return this.#join(request.tagId, now, { source: 'server', report });
    });
    const sent = isFields(body) && Array.isArray(body.data) ? body.data.length : 0;
    this.#totals.requests += 1;
    this.#totals.processed += processed.length;
    this.#totals.rejected += Math.max(0, sent - processed.length);
    this.#totals.warned += processed.filter(({ warnings }) => warnings.length > 0).length;
    if (answer?.status !== 200 || received.answered !== 'whole') this.#totals.failed += 1;
    this.#requests.add(request);
    this.#append({ bytes: received.bodyBytes + JSON.stringify(request.verdict).length, groups, request });
  }

  addBeacon({ now, beacon, bytes, isKnownTag }: ReceivedBeacon): void {
    this.#lastBeacon += 1;
    this.#totals.beacons += 1;
    const { tagId, parameters, event } = beacon;
    const isReadable =
      /^0*[1-9]\d*$/.test(tagId) && tagId.length <= 20 && ['pageLoad', 'custom'].includes(toText(event.eventType) ?? '');
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
    this.#append({ bytes, groups: [this.#join(tagId, now, { source: 'browser', report })] });
  }

  addSync(now: number, given: Omit<IdSync, 'id' | 'at'>, bytes: number): void {
    this.#lastSync += 1;
    this.#totals.syncs += 1;
    const sync = { id: `s${this.#lastSync}`, at: new Date(now).toISOString(), ...given };
    this.#syncs.add(sync);
    this.#append({ bytes, groups: [], sync });
  }

  clear(): void {
    for (const kept of [this.#entries, this.#requests, this.#syncs, this.#groups, this.#byKey]) kept.clear();
    this.#bytes = 0;
    this.#totals = { ...noTotals };
    this.#revision += 1;
  }

  /** Returns the newest `latest` requests, oldest first. */
  requests(latest = Number.POSITIVE_INFINITY): JournalRequest[] {
    return newest(this.#requests, latest, (request) => request);
  }

  syncs(latest = Number.POSITIVE_INFINITY): IdSync[] {
    return newest(this.#syncs, latest, (sync) => sync);
  }

  /** Returns the newest `latest` events in the order of their first reports. */
  events(latest = Number.POSITIVE_INFINITY): JournalEvent[] {
    const findNearMisses = createNearMissSearch(this.#groups, this.#settings);
    const around = { settings: this.#settings, goals: this.#goals, findNearMisses };
    return newest(this.#groups, latest, (group) => toJournalEvent(group, around));
  }

  #append(entry: JournalEntry): void {
    this.#entries.add(entry);
    this.#bytes += entry.bytes;
    this.#revision += 1;
    this.#removeOldest();
  }

  #join(tagId: string, now: number, received: CountedReport): ReportGroup {
    const { event } = received.report;
    const key = this.#key(tagId, received);
    const first = key === undefined ? undefined : this.#byKey.get(key);
    const sinceMs = first === undefined ? undefined : now - first.firstAt;
    if (first !== undefined && sinceMs !== undefined && sinceMs <= this.#settings.dedupWindowMs) {
      first.reports.push(received);
      return first;
    }
    const group: ReportGroup = { tagId, key, firstAt: now, lateMs: sinceMs, event, reports: [received] };
    this.#groups.add(group);
    if (key !== undefined) this.#byKey.set(key, group);
    return group;
  }

  /** Returns the deduplication key; undefined without an event id, and for page loads of the tag, whose id Microsoft ignores. */
  #key(tagId: string, { source, report }: CountedReport): string | undefined {
    const { eventId, eventName, eventType } = report.event;
    if (typeof eventId !== 'string' || eventId === '' || (source === 'browser' && isPageLoad(eventType))) return undefined;
    const name = typeof eventName === 'string' ? eventName : '';
    return JSON.stringify([tagId, eventId, this.#settings.dedupNames === 'exact' ? name : name.toLowerCase()]);
  }

  #removeOldest(): void {
    const { journalRequests, journalBytes } = this.#settings;
    for (const entry of this.#entries) {
      if (this.#entries.size <= journalRequests && this.#bytes <= journalBytes) return;
      this.#entries.delete(entry);
      this.#bytes -= entry.bytes;
      if (entry.request !== undefined) this.#requests.delete(entry.request);
      if (entry.sync !== undefined) this.#syncs.delete(entry.sync);
      for (const group of entry.groups) {
        // Reports are in the order of entry, so the first belongs to the oldest entry.
        group.reports.shift();
        if (group.reports.length > 0) continue;
        this.#groups.delete(group);
        if (group.key !== undefined && this.#byKey.get(group.key) === group) this.#byKey.delete(group.key);
      }
    }
  }
}

function newest<T, U>(all: ReadonlySet<T>, latest: number, convert: (one: T) => U): U[] {
  const converted: U[] = [];
  let skip = all.size - latest;
  for (const one of all) {
    if (skip > 0) skip -= 1;
    else converted.push(convert(one));
  }
  return converted;
}
