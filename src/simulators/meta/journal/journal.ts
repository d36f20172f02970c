import { type Fields, isFields, toText } from '../../kit/fields.ts';
import { JournalStore, type ReceivedRequest, type RequestRecord } from '../../kit/journal-store.ts';
import { isDatasetId } from '../events-api/events-endpoint.ts';
import type { EventsResponse } from '../events-api/graph-error.ts';
import { findMatchKeys } from '../events-api/match-keys.ts';
import type { GivenToken } from '../events-api/token.ts';
import type { Settings } from '../settings.ts';
import type { Beacon } from '../tag/parse-beacon.ts';
import { Deduplication } from './deduplication.ts';
import { type JournalEvent, toJournalEvent } from './journal-event.ts';
import { maskBody, maskEvent, maskParameters } from './mask.ts';
import { createNearMissSearch } from './near-misses.ts';
import type { MetaReport, ReceivedReport, ReportGroup } from './report.ts';

/** One request to the events endpoint and its response. The body has neither credentials nor unhashed personal data. */
export interface JournalRequest extends RequestRecord {
  readonly version: string;
  readonly datasetId: string;
  /** Whether a token was sent. The token itself is never stored. */
  readonly token: '***' | null;
  readonly tokenPlace: GivenToken['place'] | null;
  readonly verdict: EventsResponse['body'];
}

interface ReceivedEvents extends ReceivedRequest {
  readonly version: string;
  readonly datasetId: string;
  readonly token: GivenToken | undefined;
  /** Undefined if no response was intended. */
  readonly answer: EventsResponse | undefined;
}

interface ReceivedBeacon {
  readonly now: number;
  readonly beacon: Beacon;
  readonly bytes: number;
  readonly isKnownDataset: boolean;
}

/** The requests and events of the simulator, as Meta would count them. */
export class Journal {
  readonly #settings: Settings;
  readonly #deduplication: Deduplication;
  readonly #store: JournalStore<JournalRequest, ReportGroup>;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#deduplication = new Deduplication(settings);
    this.#store = new JournalStore(settings, (group) => this.#deduplication.remove(group));
  }

  /** Changes with every change of the journal. */
  get revision(): number {
    return this.#store.revision;
  }

  get totals() {
    return this.#store.totals;
  }

  add({ version, datasetId, token, answer, ...received }: ReceivedEvents): void {
    const { now, body } = received;
    const own = {
      version: version.slice(0, 16),
      datasetId: datasetId.slice(0, 64),
      token: token === undefined ? null : ('***' as const),
      tokenPlace: token?.place ?? null,
      verdict: answer?.body ?? null,
    };
    const testEventCode = isFields(body) ? toText(body.test_event_code)?.slice(0, 64).toWellFormed() : undefined;
    this.#store.addRequest(
      received,
      answer,
      answer?.accepted ?? [],
      (record) => ({ ...record, ...own, body: maskBody(body) }),
      ({ event, warnings }, { id, at }) => {
        const report: MetaReport = {
          id,
          at,
          event: maskEvent(event),
          matchedBy: findKeys(event),
          warnings,
          ...(testEventCode !== undefined && { testEventCode }),
        };
        return this.#join(own.datasetId, { source: 'server', receivedAt: now, report });
      },
    );
  }

  addBeacon({ now, beacon, bytes, isKnownDataset }: ReceivedBeacon): void {
    const { datasetId, parameters, event } = beacon;
    const isReadable = isDatasetId(datasetId) && toText(event.event_name) !== null;
    const cause = !isReadable ? 'not-readable' : isKnownDataset ? undefined : 'unknown-dataset';
    this.#store.addBeacon(now, bytes, ({ id, at }) => {
      const report: MetaReport = {
        id,
        at,
        event: maskEvent(event),
        matchedBy: findKeys(event),
        warnings: findBeaconWarnings(event),
        parameters: maskParameters(parameters),
        ...(cause !== undefined && { void: cause }),
      };
      return this.#join(datasetId, { source: 'browser', receivedAt: now, report });
    });
  }

  clear(): void {
    this.#store.clear();
    this.#deduplication.clear();
  }

  /** Returns the newest `latest` requests, oldest first. */
  requests(latest?: number): JournalRequest[] {
    return this.#store.requests(latest);
  }

  /** Returns the events in the order of their first reports. */
  events(): JournalEvent[] {
    const findNearMisses = createNearMissSearch(this.#store.groups, this.#settings);
    return [...this.#store.groups].map((group) => toJournalEvent(group, this.#settings, findNearMisses(group)));
  }

  #join(datasetId: string, received: ReceivedReport): ReportGroup {
    const { group, isNew } = this.#deduplication.add(datasetId, received);
    if (isNew) this.#store.addGroup(group);
    return group;
  }
}

const findKeys = ({ user_data }: Fields): string[] => (isFields(user_data) ? findMatchKeys(user_data) : []);

function findBeaconWarnings({ event_id, custom_data }: Fields): MetaReport['warnings'] {
  const isProperty = isFields(custom_data) && ['eventID', 'event_id'].some((name) => Object.hasOwn(custom_data, name));
  if (!isProperty || toText(event_id) !== null) return [];
  return [{ field: 'eventID', message: 'is in the third argument of fbq. Deduplication uses the fourth argument' }];
}
