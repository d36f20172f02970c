import { EventGroups } from '../../kit/event-groups.ts';
import { type Fields, toText } from '../../kit/fields.ts';
import { JournalStore, type ReceivedRequest, type RequestRecord } from '../../kit/journal-store.ts';
import type { SourcedReport } from '../../kit/report.ts';
import type { EventsResponse } from '../events-api/answer.ts';
import { findMatchKeys } from '../events-api/event-rules.ts';
import type { Settings } from '../settings.ts';
import { getEventName, type JournalEvent, type OpenaiReport, type ReportGroup, toJournalEvent } from './journal-event.ts';
import { maskBody, maskEvent } from './mask.ts';

/** One request to the events endpoint and its response. The body has neither credentials nor unhashed personal data. */
export interface JournalRequest extends RequestRecord {
  readonly pixelId: string;
  /** Whether a key was sent. The key itself is never stored. */
  readonly key: '***' | null;
  readonly verdict: EventsResponse['body'];
}

interface ReceivedEvents extends ReceivedRequest {
  readonly pixelId: string;
  readonly hasKey: boolean;
  /** Undefined if no response was intended. */
  readonly answer: EventsResponse | undefined;
}

interface ReceivedReport {
  readonly now: number;
  readonly pixelId: string;
  readonly event: Fields;
  readonly bytes: number;
  readonly cause: OpenaiReport['void'];
}

/** The requests and events of the simulator, as OpenAI would count them. */
export class Journal {
  readonly #settings: Settings;
  readonly #groups: EventGroups<ReportGroup>;
  readonly #store: JournalStore<JournalRequest, ReportGroup>;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#groups = new EventGroups(settings.dedupWindowMs);
    this.#store = new JournalStore(settings, (group) => this.#groups.remove(group));
  }

  /** Changes with every change of the journal. */
  get revision(): number {
    return this.#store.revision;
  }

  get totals() {
    return this.#store.totals;
  }

  add({ pixelId: given, hasKey, answer, ...received }: ReceivedEvents): void {
    const pixelId = given.slice(0, 128);
    this.#store.addRequest(
      received,
      answer,
      answer?.accepted ?? [],
      (record) => ({
        ...record,
        pixelId,
        key: hasKey ? '***' : null,
        verdict: answer?.body ?? null,
        body: maskBody(received.body),
      }),
      ({ event, warnings }, { id, at }) => {
        const report = { id, at, event: maskEvent(event), matchedBy: findMatchKeys(event), warnings };
        return this.#join(pixelId, received.now, { source: 'server', report });
      },
    );
  }

  /** Adds an event that the browser's pixel reported. */
  addBeacon({ now, pixelId, event, bytes, cause }: ReceivedReport): void {
    this.#store.addBeacon(now, bytes, ({ id, at }) => {
      const report: OpenaiReport = {
        id,
        at,
        event: maskEvent(event),
        matchedBy: findMatchKeys(event),
        warnings: [],
        ...(cause !== undefined && { void: cause }),
      };
      return this.#join(pixelId.slice(0, 128), now, { source: 'browser', report });
    });
  }

  clear(): void {
    this.#store.clear();
    this.#groups.clear();
  }

  /** Returns the newest `latest` requests, oldest first. */
  requests(latest?: number): JournalRequest[] {
    return this.#store.requests(latest);
  }

  /** Returns the events in the order of their first reports. */
  events(): JournalEvent[] {
    return [...this.#store.groups].map((group) => toJournalEvent(group, this.#settings));
  }

  #join(pixelId: string, now: number, received: SourcedReport<OpenaiReport>): ReportGroup {
    const { report } = received;
    const id = report.void === undefined ? toText(report.event.id) : null;
    const key = id === null ? undefined : JSON.stringify([pixelId, getEventName(report), id]);
    const { group, isNew } = this.#groups.join(key, now, received, (created) => ({ ...created, pixelId }));
    if (isNew) this.#store.addGroup(group);
    return group;
  }
}
