import { dayMs, hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import type { Offset } from '../log/event-log.ts';
import type { ConsumerId } from './consumer-id.ts';

/** An event that waits outside the cursor: for a duplicate report, a retry, or the rest of a bisected batch. */
export interface DeferredDelivery {
  readonly offset: Offset;
  /** `confirm`: a browser's purchase waits for the report of a server or webhook. */
  readonly reason: 'hold' | 'confirm' | 'retry' | 'bisect';
  readonly dueAt: UnixMs;
  /** Sends so far, since the event was deferred. */
  readonly tries: number;
  /** A part of a batch that the platform refused whole. Deliveries of one part are sent together and without others. */
  readonly part?: string;
  /** Set if the event was delivered before and an operator requested to send it again. */
  readonly isResend?: true;
  /** Set if a server or webhook reported the event: it is due before events that only browsers reported. */
  readonly isTrusted?: true;
  /** Set if the platform refused the event with the browser's data, so that only the reports of servers and webhooks are sent. */
  readonly shopOnly?: true;
  /** The number of known duplicates when a hold begins. The hold is due at once if there are more. Not stored. */
  readonly knownDuplicates?: number;
}

/** The longest wait by reason, unless the clock was ahead when the wait was set. */
export const maxDeferralMs = {
  hold: 20 * minuteMs,
  confirm: dayMs + 20 * minuteMs,
  bisect: hourMs,
  retry: 8 * hourMs,
} as const satisfies Record<DeferredDelivery['reason'], number>;

/** Deferred deliveries of connections. Its contract: `deferred-deliveries.contract.ts`. */
export interface DeferredDeliveryStore {
  /**
   * Returns due deliveries, the earliest first. If the first one belongs to a part, only deliveries of this part are returned. Trusted
   * deliveries come before all others and are returned alone unless they share a part. `trusted`: only trusted deliveries.
   */
  findDueDeliveries(consumer: ConsumerId, now: UnixMs, limit: number, which?: 'trusted'): Promise<readonly DeferredDelivery[]>;
  /** Returns the earliest due time. */
  getNextDueTime(consumer: ConsumerId): Promise<UnixMs | undefined>;
  /** Returns the latest due time. */
  getLastDueTime(consumer: ConsumerId): Promise<UnixMs | undefined>;
  getDeferredDeliveries(consumer: ConsumerId, offsets: readonly Offset[]): Promise<readonly DeferredDelivery[]>;
  /** Lists deferred deliveries at or before an offset, in log order. */
  listDeferredUpTo(consumer: ConsumerId, through: Offset, limit: number): Promise<readonly Offset[]>;
}
