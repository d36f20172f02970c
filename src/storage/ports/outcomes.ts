import { adjustedOutcomeNames } from '../../event/adjusted-outcomes.ts';
import type { Issue } from '../../event/issue.ts';
import type { AppliedRules } from '../../event/rule.ts';
import { isSkipReason, type SkipReason } from '../../event/skip-reasons.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../log/event-log.ts';
import type { ConsumerId } from './consumer-id.ts';

/**
 * Outcomes of events that the platform has. `awaiting-verdict`: its verdict comes later. `unverified`: its verdict never came. `restated`,
 * `retracted`: its figures have the refund or cancellation.
 */
const sentOutcomes = ['delivered', 'awaiting-verdict', 'unverified', ...adjustedOutcomeNames] as const;
type SentOutcome = (typeof sentOutcomes)[number];

/** The latest result of one event at one connection. `waiting`: a deferred delivery; `dead`: a dead letter. */
export type EventOutcome = SentOutcome | 'waiting' | 'dead' | SkipReason;

export function isEventOutcome(text: string): text is EventOutcome {
  return isSentOutcome(text) || text === 'waiting' || text === 'dead' || isSkipReason(text);
}

/** Returns whether the platform has the event, as far as Convey knows, so that no later report sends it again. */
export function isSentOutcome(text: string): text is SentOutcome {
  return sentOutcomes.some((outcome) => outcome === text);
}

export interface EventOutcomeEntry {
  readonly offset: Offset;
  readonly outcome: EventOutcome;
  /** Warnings of the mapping and of the platform, or reasons. */
  readonly issues: readonly Issue[];
  /** The operator's rules that applied when the event was considered. Absent if there were none. */
  readonly rules?: AppliedRules;
}

export interface StoredOutcome extends EventOutcomeEntry {
  /** Set if an earlier connection with this id settled the event. The outcome does not count for the current connection. */
  readonly isRetired?: true;
}

/** Outcomes of events at connections. Its contract: `outcomes.contract.ts`. */
export interface OutcomeStore {
  /** Returns the latest outcome of each event at one connection. Unsettled events are absent. */
  getOutcomes(consumer: ConsumerId, offsets: readonly Offset[]): Promise<ReadonlyMap<Offset, StoredOutcome>>;
  /** Returns the number of events per latest outcome since the connection began. */
  countByOutcome(consumer: ConsumerId): Promise<Readonly<Partial<Record<EventOutcome, number>>>>;
  /** Returns the same numbers of all connections that have any. */
  countAllByOutcome(): Promise<ReadonlyMap<ConsumerId, Readonly<Partial<Record<EventOutcome, number>>>>>;
  /**
   * Counts the unsent events of a connection, for `createBacklogReader`. `oldest` and `since`: the earliest time and receipt among its deferred
   * deliveries and the next 1,000 events after its cursor. Purchases that wait for confirmation are excluded from both, and events that were
   * received at an age of seven days from `oldest`.
   * @param from the bucket of the first record after the cursor; absent if there is none
   */
  getUnsent(
    site: string,
    consumer: ConsumerId,
    from?: UnixMs,
  ): Promise<{
    /** The cursor of the identity consumer when the events were counted: `unread` has none after it. */
    readonly identityCursor: Offset;
    /** Events that were received in the bucket or later, without an outcome. Duplicate reports are excluded, events without data are not. */
    readonly unread: number;
    readonly deferred: number;
    readonly deadLetters: number;
    /** Purchases among the dead letters. The events of expired ranges are not read, so they count as none. */
    readonly deadPurchases: number;
    readonly oldest?: UnixMs;
    readonly since?: UnixMs;
  }>;
}
