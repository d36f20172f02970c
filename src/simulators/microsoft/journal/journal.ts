import { groupByKey } from '../../kit/event-groups.ts';
import { EventsJournal } from '../../kit/events-journal.ts';
import { type Fields, toText } from '../../kit/fields.ts';
import { type ReceivedRequest, type RequestRecord, takeNewest } from '../../kit/journal-store.ts';
import type { ReportSource } from '../../kit/report.ts';
import type { EventsResponse } from '../events-api/responses.ts';
import type { Detail } from '../events-api/validate.ts';
import type { Settings } from '../settings.ts';
import type { IdSync } from '../tag/id-sync.ts';
import type { Beacon } from '../tag/parse-beacon.ts';
import { Adjustments } from './adjustments.ts';
import { Clicks } from './clicks.ts';
import { isPageLoad, type MicrosoftReport, type ReportGroup, type VoidCause } from './conversion-counting.ts';
import type { Goals } from './event-goals.ts';
import { type JournalEvent, toJournalEvent } from './journal-event.ts';
import { createNearMissSearch } from './near-misses.ts';

interface OwnMembers {
  readonly tagId: string;
  /** Whether a token was sent. The token itself is never stored. */
  readonly token: '***' | null;
  readonly verdict: EventsResponse['body'];
}

/** One request to the events endpoint and its response. */
export type JournalRequest = RequestRecord & OwnMembers;

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
  readonly #events: EventsJournal<VoidCause, Detail, MicrosoftReport, ReportGroup, JournalEvent, OwnMembers>;
  /** The adjustments of the events. */
  readonly adjustments = new Adjustments();
  /** The click ids and hashes of the events. */
  readonly clicks = new Clicks();
  readonly #syncs = new Set<IdSync>();
  #syncCount = 0;
  #lastSync = 0;

  constructor(settings: Settings, goals: Goals) {
    const groups = groupByKey<MicrosoftReport, ReportGroup>(
      settings.dedupWindowMs,
      (report, tagId, source) => toKey(report.event, tagId, source, settings),
      (group, tagId) => ({ ...group, tagId }),
    );
    this.#events = new EventsJournal(settings, {
      maskBody: (body) => body,
      toReport: (event, details) => ({ ...details, event }),
      groups: {
        ...groups,
        add: (tagId, received) => {
          const { event, void: cause } = received.report;
          if (cause === undefined) this.clicks.see(tagId, event, received.receivedAt);
          return groups.add(tagId, received);
        },
      },
      listEvents: (all) => {
        const findNearMisses = createNearMissSearch(all, settings);
        const context = { settings, goals, adjustments: this.adjustments, findNearMisses };
        return [...all].map((group) => toJournalEvent(group, context));
      },
    });
  }

  /** Changes with every change of the journal. */
  get revision(): number {
    return this.#events.revision + this.adjustments.revision;
  }

  /** Counters since the journal was last cleared. */
  get totals() {
    return { ...this.#events.totals, syncs: this.#syncCount };
  }

  add({ tagId: sentId, hasToken, answer, ...received }: ReceivedEvents): void {
    const tagId = sentId.slice(0, 64);
    const accepted = (answer?.processed ?? []).map((one) => ({
      ...one,
      ...(String(one.event.adStorageConsent).toUpperCase() === 'D' && { void: 'consent-denied' as const }),
    }));
    const own = { tagId, token: hasToken ? ('***' as const) : null, verdict: answer?.body ?? null };
    this.#events.add(tagId, received, answer && { ...answer, accepted }, own);
  }

  addBeacon({ now, beacon, bytes, isKnownTag }: ReceivedBeacon): void {
    const { tagId, parameters, event } = beacon;
    const isReadable =
      /^0*[1-9]\d*$/.test(tagId) && tagId.length <= 20 && ['pageLoad', 'custom'].includes(toText(event.eventType) ?? '');
    const denied = event.adStorageConsent === 'D' ? 'consent-denied' : undefined;
    const cause: VoidCause | undefined = !isReadable ? 'not-readable' : isKnownTag ? denied : 'unknown-tag';
    const details = { warnings: [], parameters, ...(cause !== undefined && { void: cause }) };
    this.#events.addBeacon({ now, account: tagId, event, bytes }, details);
  }

  addSync(now: number, input: Omit<IdSync, 'id' | 'at'>, bytes: number): void {
    this.#lastSync += 1;
    this.#syncCount += 1;
    const sync = { id: `s${this.#lastSync}`, at: new Date(now).toISOString(), ...input };
    this.#syncs.add(sync);
    this.#events.addOther(bytes, () => this.#syncs.delete(sync));
  }

  clear(): void {
    this.#events.clear();
    this.#syncs.clear();
    this.#syncCount = 0;
    this.adjustments.clear();
    this.clicks.clear();
  }

  /** Returns the newest `latest` requests, oldest first. */
  requests(latest?: number): JournalRequest[] {
    return this.#events.requests(latest);
  }

  /** Returns the newest `latest` ID syncs, oldest first. */
  syncs(latest?: number): IdSync[] {
    return takeNewest(this.#syncs, latest);
  }

  /** Returns the newest `latest` events in the order of their first reports. */
  events(latest?: number): JournalEvent[] {
    return takeNewest(this.#events.events(), latest);
  }
}

/** Returns the deduplication key; undefined without an event id, and for page loads of the tag, whose id Microsoft ignores. */
function toKey({ eventId, eventName, eventType }: Fields, tagId: string, source: ReportSource, { dedupNames }: Settings) {
  if (typeof eventId !== 'string' || eventId === '' || (source === 'browser' && isPageLoad(eventType))) return undefined;
  const name = typeof eventName === 'string' ? eventName : '';
  return JSON.stringify([tagId, eventId, dedupNames === 'exact' ? name : name.toLowerCase()]);
}
