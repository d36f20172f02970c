import type { Fields } from '../../kit/fields.ts';
import { isFields } from '../../kit/fields.ts';
import type { Answered } from '../../kit/send-faulty.ts';
import { isDatasetId } from '../events-api/events-endpoint.ts';
import type { EventsResponse } from '../events-api/graph-error.ts';
import { findMatchKeys } from '../events-api/match-keys.ts';
import type { GivenToken } from '../events-api/token.ts';
import type { Fault } from '../faults.ts';
import type { Settings } from '../settings.ts';
import type { Beacon } from '../tag/parse-beacon.ts';
import { Deduplication } from './deduplication.ts';
import type { JournalEvent } from './journal-event.ts';
import { toJournalEvent } from './journal-event.ts';
import { maskBody, maskEvent, maskParameters } from './mask.ts';
import { createNearMissSearch } from './near-misses.ts';
import type { ReceivedReport, Report, ReportGroup } from './report.ts';
import { toText } from './report.ts';

/** One request to the events endpoint and its response. */
export interface JournalRequest {
  readonly id: number;
  /** ISO 8601. */
  readonly at: string;
  readonly version: string;
  readonly datasetId: string;
  /** Whether a token was sent. The token itself is never stored. */
  readonly token: '***' | null;
  readonly tokenPlace: GivenToken['place'] | null;
  /** The status of the intended response; null if no response was intended. */
  readonly status: number | null;
  /** How much of the response was sent. */
  readonly answered: Answered;
  readonly fault: Fault['mode'];
  /** The body without credentials and unhashed personal data; null if it could not be read. */
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
  /** Events of servers that were accepted. */
  accepted: number;
  /** Events of servers that were not accepted. */
  refused: number;
  warned: number;
}

interface JournalEntry {
  readonly bytes: number;
  readonly groups: readonly ReportGroup[];
  readonly request?: JournalRequest;
}

interface ReceivedRequest {
  readonly now: number;
  readonly version: string;
  readonly datasetId: string;
  readonly token: GivenToken | undefined;
  readonly body: unknown;
  /** Bytes of the body as received. */
  readonly bodyBytes: number;
  readonly fault: Fault['mode'];
  readonly answered: Answered;
  /** Undefined if no response was intended. */
  readonly answer: EventsResponse | undefined;
}

interface ReceivedBeacon {
  readonly now: number;
  readonly beacon: Beacon;
  readonly bytes: number;
  readonly isKnownDataset: boolean;
}

const noTotals: Totals = { requests: 0, failed: 0, beacons: 0, accepted: 0, refused: 0, warned: 0 };

/** The requests and results of the simulator, in memory. Beyond its bounds the oldest entry is removed, with its events. */
export class Journal {
  readonly #settings: Settings;
  readonly #deduplication: Deduplication;
  readonly #entries = new Set<JournalEntry>();
  readonly #requests = new Set<JournalRequest>();
  readonly #groups = new Set<ReportGroup>();
  #bytes = 0;
  #lastRequest = 0;
  #lastBeacon = 0;
  #revision = 0;
  #totals: Totals = { ...noTotals };

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#deduplication = new Deduplication(settings);
  }

  /** Changes with every change of the journal. */
  get revision(): number {
    return this.#revision;
  }

  get totals(): Readonly<Totals> {
    return this.#totals;
  }

  add(received: ReceivedRequest): void {
    const { now, answer, body, token } = received;
    this.#lastRequest += 1;
    const id = this.#lastRequest;
    const at = new Date(now).toISOString();
    const request: JournalRequest = {
      id,
      at,
      version: received.version.slice(0, 16),
      datasetId: received.datasetId.slice(0, 64),
      token: token === undefined ? null : '***',
      tokenPlace: token?.place ?? null,
      status: answer?.status ?? null,
      answered: received.answered,
      fault: received.fault,
      body: maskBody(body),
      verdict: answer?.body ?? null,
    };
    const accepted = answer?.accepted ?? [];
    const testEventCode = isFields(body) ? toText(body.test_event_code)?.slice(0, 64).toWellFormed() : undefined;
    const groups = accepted.map(({ index, event, warnings }) => {
      const report: Report = {
        id: `${id}.${index}`,
        at,
        event: maskEvent(event),
        matchedBy: findKeys(event),
        warnings,
        ...(testEventCode !== undefined && { testEventCode }),
      };
      return this.#join(request.datasetId, { source: 'server', receivedAt: now, report });
    });
    const sent = isFields(body) && Array.isArray(body.data) ? body.data.length : 0;
    this.#totals.requests += 1;
    this.#totals.accepted += accepted.length;
    this.#totals.refused += Math.max(0, sent - accepted.length);
    this.#totals.warned += accepted.filter(({ warnings }) => warnings.length > 0).length;
    if (answer?.status !== 200 || received.answered !== 'whole') this.#totals.failed += 1;
    this.#requests.add(request);
    this.#append({ bytes: received.bodyBytes + JSON.stringify(request.verdict).length, groups, request });
  }

  addBeacon({ now, beacon, bytes, isKnownDataset }: ReceivedBeacon): void {
    this.#lastBeacon += 1;
    this.#totals.beacons += 1;
    const { datasetId, parameters, event } = beacon;
    const isReadable = isDatasetId(datasetId) && toText(event.event_name) !== null;
    const cause = !isReadable ? 'not-readable' : isKnownDataset ? undefined : 'unknown-dataset';
    const report: Report = {
      id: `b${this.#lastBeacon}`,
      at: new Date(now).toISOString(),
      event: maskEvent(event),
      matchedBy: findKeys(event),
      warnings: findBeaconWarnings(event),
      parameters: maskParameters(parameters),
      ...(cause !== undefined && { void: cause }),
    };
    this.#append({ bytes, groups: [this.#join(datasetId, { source: 'browser', receivedAt: now, report })] });
  }

  clear(): void {
    for (const kept of [this.#entries, this.#requests, this.#groups, this.#deduplication]) kept.clear();
    this.#bytes = 0;
    this.#totals = { ...noTotals };
    this.#revision += 1;
  }

  /** Returns the newest `latest` requests, oldest first. */
  requests(latest = Number.POSITIVE_INFINITY): JournalRequest[] {
    return [...this.#requests].slice(Math.max(0, this.#requests.size - latest));
  }

  /** Returns the events in the order of their first reports. */
  events(): JournalEvent[] {
    const findNearMisses = createNearMissSearch(this.#groups, this.#settings);
    return [...this.#groups].map((group) => toJournalEvent(group, this.#settings, findNearMisses(group)));
  }

  #join(datasetId: string, received: ReceivedReport): ReportGroup {
    const { group, isNew } = this.#deduplication.add(datasetId, received);
    if (isNew) this.#groups.add(group);
    return group;
  }

  #append(entry: JournalEntry): void {
    this.#entries.add(entry);
    this.#bytes += entry.bytes;
    this.#revision += 1;
    this.#removeOldest();
  }

  #removeOldest(): void {
    const { journalRequests, journalBytes } = this.#settings;
    for (const entry of this.#entries) {
      if (this.#entries.size <= journalRequests && this.#bytes <= journalBytes) return;
      this.#entries.delete(entry);
      this.#bytes -= entry.bytes;
      if (entry.request !== undefined) this.#requests.delete(entry.request);
      for (const group of entry.groups) {
        // Reports are in the order of entry, so the first belongs to the oldest entry.
        group.reports.shift();
        if (group.reports.length > 0) continue;
        this.#groups.delete(group);
        this.#deduplication.remove(group);
      }
    }
  }
}

const findKeys = ({ user_data }: Fields): string[] => (isFields(user_data) ? findMatchKeys(user_data) : []);

function findBeaconWarnings({ event_id, custom_data }: Fields): Report['warnings'] {
  const isProperty = isFields(custom_data) && ['eventID', 'event_id'].some((name) => Object.hasOwn(custom_data, name));
  if (!isProperty || toText(event_id) !== null) return [];
  return [{ field: 'eventID', message: 'is in the third argument of fbq. Deduplication uses the fourth argument' }];
}
