import { isFields, toText } from '../../kit/fields.ts';
import { JournalStore, type ReceivedRequest, type RequestRecord, type Totals } from '../../kit/journal-store.ts';
import { codes, type EventsResponse } from '../events-api/answer.ts';
import { isPixelCode } from '../events-api/events-endpoint.ts';
import { findMatchKeys } from '../events-api/match-keys.ts';
import type { Settings } from '../settings.ts';
import type { Beacon } from '../tag/parse-beacon.ts';
import { Deduplication } from './deduplication.ts';
import { type JournalEvent, toJournalEvent } from './journal-event.ts';
import { maskBody, maskEvent } from './mask.ts';
import { createNearMissSearch } from './near-misses.ts';
import type { ReceivedReport, ReportGroup, TiktokReport } from './report.ts';

/** One request to the events endpoint and its response. The body has neither credentials nor unhashed personal data. */
export interface JournalRequest extends RequestRecord {
  readonly pixelCode: string;
  /** Whether a token was sent. The token itself is never stored. */
  readonly token: '***' | null;
  readonly verdict: EventsResponse['body'];
}

interface ReceivedEvents extends ReceivedRequest {
  readonly pixelCode: string;
  readonly hasToken: boolean;
  /** Undefined if no response was intended. */
  readonly answer: EventsResponse | undefined;
}

interface ReceivedBeacon {
  readonly now: number;
  readonly beacon: Beacon;
  readonly bytes: number;
  readonly isKnownPixel: boolean;
}

/** The requests and events of the simulator, as TikTok would count them. */
export class Journal {
  readonly #settings: Settings;
  readonly #deduplication: Deduplication;
  readonly #store: JournalStore<JournalRequest, ReportGroup>;
  #failed = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#deduplication = new Deduplication(settings);
    this.#store = new JournalStore(settings, (group) => this.#deduplication.remove(group));
  }

  /** Changes with every change of the journal. */
  get revision(): number {
    return this.#store.revision;
  }

  /** The counters, of which `failed` counts requests without a whole answer that has code 0. */
  get totals(): Readonly<Totals> {
    return { ...this.#store.totals, failed: this.#failed };
  }

  add({ pixelCode, hasToken, answer, ...received }: ReceivedEvents): void {
    const { now, body } = received;
    if (!isAcceptance(answer) || received.answered !== 'whole') this.#failed += 1;
    const own = {
      pixelCode: pixelCode.slice(0, 64),
      token: hasToken ? ('***' as const) : null,
      verdict: answer?.body ?? null,
    };
    const testEventCode = isFields(body) ? toText(body.test_event_code)?.slice(0, 64).toWellFormed() : undefined;
    this.#store.addRequest(
      received,
      answer,
      answer?.accepted ?? [],
      (record) => ({ ...record, ...own, body: maskBody(body) }),
      ({ event, warnings }, { id, at }) => {
        const report: TiktokReport = {
          id,
          at,
          event: maskEvent(event),
          matchedBy: findMatchKeys(event),
          warnings,
          ...(testEventCode !== undefined && { testEventCode, void: 'test' }),
        };
        return this.#join(own.pixelCode, { source: 'server', receivedAt: now, report });
      },
    );
  }

  addBeacon({ now, beacon, bytes, isKnownPixel }: ReceivedBeacon): void {
    const { pixelCode, event } = beacon;
    const isReadable = isPixelCode(pixelCode) && toText(event.event) !== null;
    const cause = !isReadable ? 'not-readable' : isKnownPixel ? undefined : 'unknown-pixel';
    this.#store.addBeacon(now, bytes, ({ id, at }) => {
      const report: TiktokReport = {
        id,
        at,
        event: maskEvent(event),
        matchedBy: findMatchKeys(event),
        warnings: findBeaconWarnings(event),
        ...(cause !== undefined && { void: cause }),
      };
      return this.#join(pixelCode, { source: 'browser', receivedAt: now, report });
    });
  }

  clear(): void {
    this.#store.clear();
    this.#failed = 0;
    this.#deduplication.clear();
  }

  /** Returns the newest `latest` requests, oldest first. */
  requests(latest?: number): JournalRequest[] {
    return this.#store.requests(latest);
  }

  /** Returns the events in the order of their first reports. */
  events(): JournalEvent[] {
    const findNearMisses = createNearMissSearch(this.#store.groups);
    return [...this.#store.groups].map((group) => toJournalEvent(group, this.#settings, findNearMisses(group)));
  }

  #join(pixelCode: string, received: ReceivedReport): ReportGroup {
    const { group, isNew } = this.#deduplication.add(pixelCode, received);
    if (isNew) this.#store.addGroup(group);
    return group;
  }
}

/** Returns whether a sender may take the answer for an acceptance. */
function isAcceptance(answer: EventsResponse | undefined): boolean {
  const body = answer?.body ?? null;
  return answer?.status === 200 && typeof body === 'object' && body?.code === codes.ok;
}

function findBeaconWarnings({ event_id, properties }: Beacon['event']): TiktokReport['warnings'] {
  if (!isFields(properties) || !Object.hasOwn(properties, 'event_id') || toText(event_id) !== null) return [];
  return [{ field: 'event_id', message: 'is in the second argument of ttq.track. Deduplication uses the third argument' }];
}
