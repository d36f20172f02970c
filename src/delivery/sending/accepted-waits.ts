import QuickLRU from 'quick-lru';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { BatchPlan } from '../planning/batch-plan.ts';
import { deferralDelayMs } from './backoff.ts';

type PauseCause = NonNullable<ConnectionState['pause']>['cause'];

/** The times that the events of one request waited from when they became due, until the platform accepted them. */
export interface AcceptedWaits {
  readonly waitsMs: readonly number[];
  /** The events that were due during a pause. Their waits are not among the others. */
  readonly afterPause?: { readonly cause: PauseCause; readonly events: number };
}

/** A settled request: its plan, the rows that the plan was made of, its commit, and the state before it. */
interface SettledRequest {
  readonly plan: Pick<BatchPlan, 'members' | 'receivedAt'>;
  readonly deferred: readonly DeferredDelivery[];
  readonly change: Pick<DeliveryCommit, 'outcomes' | 'putDeferred'>;
  readonly before: Pick<ConnectionState, 'pause' | 'resumed'>;
  readonly now: UnixMs;
}

const maxRemembered = 10_000;

/**
 * Measures how long the events of a connection wait from when they are due. An event is due when the event log receives it, one that is held
 * when its hold ends, and one that an operator sends again at that moment. The stored row of an event that failed has its next time alone, so
 * the first one is remembered; after a restart it is estimated by the number of sends.
 */
export class WaitMeter {
  readonly #dueAt = new QuickLRU<Offset, UnixMs>({ maxSize: maxRemembered });

  /** Returns the waits of the accepted events. */
  measure({ plan, deferred, change, before, now }: SettledRequest): AcceptedWaits {
    const rows = new Map(deferred.map((row) => [row.offset, row]));
    const accepted = new Set(
      change.outcomes?.flatMap(({ offset, outcome }) =>
        outcome === 'delivered' || outcome === 'awaiting-verdict' ? [offset] : [],
      ),
    );
    const waiting = new Set(change.putDeferred?.map(({ offset }) => offset));
    const waitsMs: number[] = [];
    let afterPause = 0;
    for (const { offset, isAdjustment } of plan.members) {
      const dueAt = this.#dueAt.get(offset) ?? estimateDue(rows.get(offset), plan.receivedAt.get(offset));
      if (waiting.has(offset)) this.#dueAt.set(offset, dueAt ?? now);
      else this.#dueAt.delete(offset);
      // A refund is no event of a shopper, and waits for its purchase.
      if (dueAt === undefined || isAdjustment || !accepted.has(offset)) continue;
      if (before.pause || dueAt < (before.resumed?.at ?? 0)) afterPause += 1;
      else waitsMs.push(Math.max(0, now - dueAt));
    }
    const cause = before.pause?.cause ?? before.resumed?.cause;
    return { waitsMs, ...(cause !== undefined && afterPause > 0 && { afterPause: { cause, events: afterPause } }) };
  }
}

/** Returns when an event became due. Undefined if the event log lost its record. */
function estimateDue(row: DeferredDelivery | undefined, receivedAt: UnixMs | undefined): UnixMs | undefined {
  if (!row) return receivedAt;
  let waitedMs = 0;
  for (let tries = 1; tries <= row.tries; tries += 1) waitedMs += deferralDelayMs(tries, () => 0.5);
  return Math.max(row.dueAt - waitedMs, receivedAt ?? 0);
}
