import type { Consent, EffectiveConsent } from '../../event/consent.ts';
import type { ReportSource } from '../../event/event.ts';
import type { MatchKey } from '../../event/match-keys.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../log/event-log.ts';
import type { ConsumerId } from './consumer-id.ts';
import type { EventOutcome } from './outcomes.ts';

/** The searchable part of one report. The index has one entry per event: its primary report's, to which duplicates add. */
export interface IndexEntry {
  readonly offset: Offset;
  readonly receivedAt: UnixMs;
  /** The time of the event itself. */
  readonly time: UnixMs;
  readonly name: string;
  readonly id: string;
  readonly reporter: ReportSource;
  readonly consent: Pick<Consent, 'stated' | 'effective'>;
  /** The match keys of the report and of the visitor's profile. */
  readonly keys: readonly MatchKey[];
  readonly orderId?: string;
  /** The shopper's country, ISO 3166-1 alpha-2. */
  readonly country?: string;
  /**
   * The use of the network's part of the day's budget with this purchase (see `event/browser-budget.ts`). Absent for a purchase of the part
   * that is free for all.
   */
  readonly networkPlace?: number;
}

/** The index entry of a purchase, which combines all its reports. */
export interface IndexedPurchase {
  /** The primary report. */
  readonly offset: Offset;
  readonly receivedAt: UnixMs;
  /** The time of the purchase itself. */
  readonly time: UnixMs;
  readonly id: string;
  readonly reporters: readonly ReportSource[];
  /** Absent if no report has one, or the shopper denied consent. */
  readonly orderId?: string;
  /** The value of the order, as the sums of money count it. Absent if no report has one, or if it was not counted. */
  readonly money?: { readonly currency: string; readonly amount: number };
}

/** The most events of one order that are found. */
export const maxOrderEvents = 100;

/** The primary report of a purchase, refund or cancellation that names an order. */
export interface OrderEvent {
  readonly orderId: string;
  readonly offset: Offset;
  readonly name: string;
}

/**
 * `undelivered`: the connection has not read the event yet. `before-connection`: the event was received before the connection existed, and no
 * replay has sent it.
 */
export type OutcomeFilter = EventOutcome | 'undelivered' | 'before-connection';

/** The filters of a search. An event must match all that are present. */
export interface EventSearch {
  /** Has one of these names. */
  readonly names?: readonly string[];
  /** Has a report of one of these sources. */
  readonly reporters?: readonly ReportSource[];
  /** Its reports together have one of these consents. */
  readonly consents?: readonly EffectiveConsent[];
  /** The shopper was in one of these countries. Events of earlier versions are in none. */
  readonly countries?: readonly string[];
  /** Has all of these match keys. */
  readonly has?: readonly MatchKey[];
  /** Has none of these match keys. */
  readonly lacks?: readonly MatchKey[];
  /** The event's time is this or later. */
  readonly since?: UnixMs;
  /** The event's time is before this. */
  readonly until?: UnixMs;
  /** Part of the event's id or its order's id; A to Z and a to z are equal. */
  readonly text?: string;
  /** Has one of these latest outcomes at one of the consumers. Duplicates match `duplicate` only, by the data of their event. */
  readonly outcomes?: {
    readonly consumers: readonly ConsumerId[];
    readonly any: readonly OutcomeFilter[];
    /** The outcome has an issue with one of these codes. */
    readonly codes?: readonly string[];
    /** One of these rules had an effect on the event. */
    readonly rules?: readonly string[];
  };
  /** Returns those of some matches that the search keeps. Called for one bounded part of the index after another. */
  readonly keep?: (offsets: readonly Offset[]) => Promise<readonly Offset[]>;
  /** Searches only the newest N events. */
  readonly among?: number;
  /** Searches before this offset. */
  readonly before?: Offset;
  readonly limit: number;
}

/** Filters whose values are counted, by `countEvents`. */
export type CountedFilters = Omit<EventSearch, 'limit' | 'before' | 'among'>;

/** The matches of a count. `isComplete`: there are no events older than the searched ones. */
export interface EventCount {
  readonly groups: readonly EventGroupCount[];
  readonly isComplete: boolean;
  /** The number of the newest events that were searched. If the count is complete, at least all. */
  readonly searched: number;
}

export interface CountOptions {
  /** Counts an event under the name that the rules of this consumer gave it. */
  readonly renamedBy?: ConsumerId;
  /** Ends the count, at the next part of the index, after so many matches. */
  readonly enough?: number;
}

/** The number of events that have these values in common. */
export interface EventGroupCount {
  readonly name: string;
  readonly reporters: readonly ReportSource[];
  readonly consent: EffectiveConsent;
  readonly country?: string;
  readonly events: number;
}

/** The search for events. Its contract: `event-index.contract.ts`. */
export interface EventIndex {
  /**
   * Returns offsets of primary reports, the newest first. `before` is the next page's; it is absent on the last page. A search reads a
   * bounded part of the index at once, so a page may have fewer than `limit` offsets and not be the last.
   */
  searchEvents(site: string, search: EventSearch): Promise<{ readonly offsets: readonly Offset[]; readonly before?: Offset }>;
  /** Returns the oldest match after an offset, of at most the next 200,000 events. */
  findNextEvent(site: string, after: Offset, search: CountedFilters): Promise<Offset | undefined>;
  /** Counts the matches among the newest 200,000 events, or until there are enough. */
  countEvents(site: string, search: CountedFilters, options?: CountOptions): Promise<EventCount>;
  /** Lists purchases by the offset of their primary report: after `after`, up to `through`. Purchases of erased people are excluded. */
  listPurchases(site: string, after: Offset, through: Offset, limit: number): Promise<readonly IndexedPurchase[]>;
  /**
   * Returns the purchases, refunds and cancellations that name one of these orders, by their offsets: up to `maxOrderEvents` of each order, those
   * of servers and webhooks first. Denied events name none.
   */
  findOrderEvents(site: string, orderIds: readonly string[]): Promise<readonly OrderEvent[]>;
  /** Returns the offsets of primary reports with this event id, under any name. */
  findEvents(site: string, eventId: string): Promise<readonly Offset[]>;
}
