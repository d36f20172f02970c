import { EventGroups } from '../../kit/event-groups.ts';
import { toText } from '../../kit/fields.ts';
import { JournalStore, type ReceivedRequest, type RequestRecord, takeNewest } from '../../kit/journal-store.ts';
import type { EventsResponse } from '../events-api/responses.ts';
import type { Settings } from '../settings.ts';
import type { IdSync } from '../tag/id-sync.ts';
import type { Beacon } from '../tag/parse-beacon.ts';
import { Adjustments } from './adjustments.ts';
import { Clicks } from './clicks.ts';
import { type CountedReport, isPageLoad, type MicrosoftReport, type ReportGroup } from './conversion-counting.ts';
import type { Goals } from './event-goals.ts';
import { type JournalEvent, toJournalEvent } from './journal-event.ts';
import { createNearMissSearch } from './near-misses.ts';

/** One request to the events endpoint and its response. */
export interface JournalRequest extends RequestRecord {
  readonly tagId: string;
  /** Whether a token was sent. The token itself is never stored. */
  readonly token: '***' | null;
  readonly verdict: EventsResponse['body'];
}

interface ReceivedEvents extends ReceivedRequest {
  readonly tagId: string;
  readonly hasToken: boolean;
  /** Undefined if no response was intended. */
  readonly answer: EventsResponse | undefined;
}

interface ReceivedBeacon {
  readonly now: number;
  readonly beacon: Beacon;
  readonly bytes: number;
  readonly isKnownTag: boolean;
}

/** The requests, events and ID syncs of the simulator, as Microsoft would count them. */
export class Journal {
  readonly #settings: Settings;
  readonly #goals: Goals;
  readonly #groups: EventGroups<ReportGroup>;
  readonly #store: JournalStore<JournalRequest, ReportGroup>;
  /** The adjustments of the events. */
  readonly adjustments = new Adjustments();
  /** The click ids and hashes of the events. */
  readonly clicks = new Clicks();
  readonly #syncs = new Set<IdSync>();
  #lastSync = 0;
  #syncCount = 0;

  constructor(settings: Settings, goals: Goals) {
    this.#settings = settings;
    this.#goals = goals;
    this.#groups = new EventGroups(settings.dedupWindowMs);
    this.#store = new JournalStore(settings, (group) => this.#groups.remove(group));
  }

  /** Changes with every change of the journal. */
  get revision(): number {
    return this.#store.revision + this.adjustments.revision;
  }

  /** Counters since the journal was last cleared. */
  get totals() {
    return { ...this.#store.totals, syncs: this.#syncCount };
  }

  add({ tagId, hasToken, answer, ...received }: ReceivedEvents): void {
    const { now } = received;
    const own = {
      tagId: tagId.slice(0, 64),
      token: hasToken ? ('***' as const) : null,
      verdict: answer?.body ?? null,
    };
    this.#store.addRequest(
      received,
      answer,
      answer?.processed ?? [],
      (record) => ({ ...record, ...own }),
      ({ event, warnings }, { id, at }) => {
        const isDenied = String(event.adStorageConsent).toUpperCase() === 'D';
        const report: MicrosoftReport = { id, at, event, warnings, ...(isDenied && { void: 'consent-denied' }) };
        return this.#join(own.tagId, now, { source: 'server', report });
      },
    );
  }

  addBeacon({ now, beacon, bytes, isKnownTag }: ReceivedBeacon): void {
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
    this.#store.addBeacon(now, bytes, ({ id, at }) => {
      const report: MicrosoftReport = { id, at, event, warnings: [], parameters, ...(cause !== undefined && { void: cause }) };
      return this.#join(tagId, now, { source: 'browser', report });
    });
  }

  addSync(now: number, input: Omit<IdSync, 'id' | 'at'>, bytes: number): void {
    this.#lastSync += 1;
    this.#syncCount += 1;
    const sync = { id: `s${this.#lastSync}`, at: new Date(now).toISOString(), ...input };
    this.#syncs.add(sync);
    this.#store.append({ bytes, groups: [], onRemove: () => this.#syncs.delete(sync) });
  }

  clear(): void {
    this.#store.clear();
    this.#syncs.clear();
    this.#groups.clear();
    this.#syncCount = 0;
    this.adjustments.clear();
    this.clicks.clear();
  }

  /** Returns the newest `latest` requests, oldest first. */
  requests(latest?: number): JournalRequest[] {
    return this.#store.requests(latest);
  }

  /** Returns the newest `latest` ID syncs, oldest first. */
  syncs(latest?: number): IdSync[] {
    return takeNewest(this.#syncs, latest);
  }

  /** Returns the newest `latest` events in the order of their first reports. */
  events(latest?: number): JournalEvent[] {
    const { groups } = this.#store;
    const context = {
      settings: this.#settings,
      goals: this.#goals,
      adjustments: this.adjustments,
      findNearMisses: createNearMissSearch(groups, this.#settings),
    };
    return takeNewest(groups, latest).map((group) => toJournalEvent(group, context));
  }

  #join(tagId: string, now: number, received: CountedReport): ReportGroup {
    const { group, isNew } = this.#groups.join(this.#key(tagId, received), now, received, (created) => ({ ...created, tagId }));
    if (isNew) this.#store.addGroup(group);
    if (received.report.void === undefined) this.clicks.see(tagId, received.report.event, now);
    return group;
  }

  /** Returns the deduplication key; undefined without an event id, and for page loads of the tag, whose id Microsoft ignores. */
  #key(tagId: string, { source, report }: CountedReport): string | undefined {
    const { eventId, eventName, eventType } = report.event;
    if (typeof eventId !== 'string' || eventId === '' || (source === 'browser' && isPageLoad(eventType))) return undefined;
    const name = typeof eventName === 'string' ? eventName : '';
    return JSON.stringify([tagId, eventId, this.#settings.dedupNames === 'exact' ? name : name.toLowerCase()]);
  }
}
