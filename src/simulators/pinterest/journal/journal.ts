import { type Fields, getList, toText } from '../../kit/fields.ts';
import { JournalStore, type ReceivedRequest, type RequestRecord } from '../../kit/journal-store.ts';
import { findMatchKeys } from '../events-api/match-keys.ts';
import type { EventsResponse } from '../events-api/responses.ts';
import type { Settings } from '../settings.ts';
import type { Beacon } from '../tag/parse-beacon.ts';
import { Deduplication } from './deduplication.ts';
import { type JournalEvent, toJournalEvent } from './journal-event.ts';
import { maskBody, maskEvent, maskParameters } from './mask.ts';
import { createNearMissSearch } from './near-misses.ts';
import type { PinterestReport, ReceivedReport, ReportGroup } from './report.ts';

/** One request to the events endpoint and its response. The body has no unhashed personal data. */
export interface JournalRequest extends RequestRecord {
  readonly adAccountId: string;
  /** Whether it was in the test mode, so that none of its events is in the journal. */
  readonly isTest: boolean;
  /** Whether a token was sent. The token itself is never stored. */
  readonly token: '***' | null;
  readonly verdict: EventsResponse['body'];
}

interface ReceivedEvents extends Omit<ReceivedRequest, 'sent'> {
  readonly adAccountId: string;
  readonly isTest: boolean;
  readonly hasToken: boolean;
  /** Undefined if no response was intended. */
  readonly answer: EventsResponse | undefined;
}

interface ReceivedBeacon {
  readonly now: number;
  readonly beacon: Beacon;
  readonly bytes: number;
}

/** The requests and events of the simulator, as Pinterest would count them. */
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

  add({ adAccountId, isTest, hasToken, answer, ...received }: ReceivedEvents): void {
    const { now, body } = received;
    const account = adAccountId.slice(0, 64);
    this.#store.addRequest(
      { ...received, sent: isTest ? 0 : (getList(body, 'data')?.length ?? 0) },
      answer,
      isTest ? [] : (answer?.accepted ?? []),
      (record) => ({
        ...record,
        body: maskBody(body),
        adAccountId: account,
        isTest,
        token: hasToken ? '***' : null,
        verdict: answer?.body ?? null,
      }),
      ({ event, warnings }, { id, at }) => {
        const report: PinterestReport = {
          id,
          at,
          account,
          event: maskEvent(event),
          matchedBy: findMatchKeys(event),
          warnings,
        };
        return this.#join({ source: 'server', receivedAt: now, report });
      },
    );
  }

  addBeacon({ now, beacon: { tagId, event, parameters }, bytes }: ReceivedBeacon): void {
    const isReadable = /^\d{13}$/.test(tagId) && toText(event.event_name) !== null;
    this.#store.addBeacon(now, bytes, ({ id, at }) => {
      const report: PinterestReport = {
        id,
        at,
        account: tagId,
        event: maskEvent(event),
        matchedBy: findMatchKeys(event),
        warnings: findBeaconWarnings(event),
        parameters: maskParameters(parameters),
        ...(!isReadable && { void: 'not-readable' }),
      };
      return this.#join({ source: 'browser', receivedAt: now, report });
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

  #join(received: ReceivedReport): ReportGroup {
    const { group, isNew } = this.#deduplication.add(received);
    if (isNew) this.#store.addGroup(group);
    return group;
  }
}

function findBeaconWarnings({ event_id, event_name }: Fields): PinterestReport['warnings'] {
  if (toText(event_id) !== null || event_name === 'page_visit') return [];
  return [{ field: 'event_id', message: '`event_id` is missing among the data, so the report is merged with no other' }];
}
