import type { Clock, WakeSignal } from '../../clock/clock.ts';
import { createKeyFilter } from '../../event/event-key.ts';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventLog, Offset } from '../../storage/log/event-log.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import { type ConsumerId, parseConsumerId } from '../../storage/ports/consumer-id.ts';
import { type DeliveryCommit, LeaseLostError } from '../../storage/ports/consumers.ts';
import { maxDeferralMs } from '../../storage/ports/deferred-deliveries.ts';
import { countBucketStart } from '../../storage/ports/event-counts.ts';
import type { Store } from '../../storage/ports/store.ts';
import { maxProbeIntervalMs } from '../sending/backoff.ts';
import { closedBreaker } from '../sending/circuit-breaker.ts';
import { isPausedForAnswers } from '../sending/settle-unconfirmed.ts';
import { isStateAhead, shortenWaits } from './clock-rollback.ts';
import { type HeldLease, LeaseKeeper } from './lease-keeper.ts';

/** The connection of a consumer, and the owner of its lease. */
export interface LeaseOptions {
  readonly consumer: ConsumerId;
  readonly site: Pick<Site, 'id'>;
  /** Changes exactly when the settings change. */
  readonly settingsDigest: string;
  readonly log: EventLog;
  readonly store: Store;
  readonly clock: Clock;
  readonly owner: string;
  /** At least twice the sender's timeout plus 10 s. */
  readonly leaseTtlMs: number;
  /** The leases of the process. By default the consumer keeps its own. */
  readonly leases?: LeaseKeeper;
  /** The start of a connection without stored state. */
  readonly startAt: Offset;
}

export interface LeasedStateOptions extends LeaseOptions {
  /** Is notified when the lease is lost. */
  readonly wakeSignal: WakeSignal;
}

interface HeldState {
  readonly heldLease: HeldLease;
  /** The time of the last clock check. */
  clockCheckedAt: UnixMs;
  state: ConnectionState;
}

/** A consumer's lease, and its state as of the last commit. */
export class LeasedState {
  readonly #o: LeasedStateOptions;
  readonly #leases: LeaseKeeper;
  #leased: HeldState | undefined;
  /** Set when the state is stored. */
  #hasStarted = false;

  constructor(options: LeasedStateOptions) {
    this.#o = options;
    this.#leases = options.leases ?? new LeaseKeeper(options);
  }

  /** @throws LeaseLostError if the lease is not held */
  get state(): ConnectionState {
    return this.#current.state;
  }

  /**
   * Acquires the lease, unless it is held, and makes the connection's cursor durable, so that no later event can be missed. Returns false while
   * another process has the lease.
   */
  async acquire(): Promise<boolean> {
    if (this.#leased) return true;
    const { store, consumer, settingsDigest, clock, wakeSignal } = this.#o;
    const heldLease = await this.#leases.acquire(consumer, () => wakeSignal.notify());
    if (!heldLease) return false;
    const now = clock.now();
    const stored = await store.getConnectionState(consumer);
    if (!stored && this.#hasStarted) {
      await heldLease.release();
      throw new LeaseLostError(`${consumer} was removed by another process`);
    }
    this.#hasStarted = stored !== undefined;
    this.#leased = { heldLease, clockCheckedAt: now, state: stored ?? (await buildFirstState(this.#o)) };
    if (!stored) await this.update({});
    else if (stored.settingsDigest !== settingsDigest) await this.#applyNewSettings(stored, now);
    // A pause without a time for its probe is final: the receiver wants no further requests.
    else if (stored.pause?.cause === 'blocked' && stored.pause.probeAt !== null)
      await this.update({ pause: { ...stored.pause, probeAt: now } });
    else if (stored.pause?.cause === 'schema' && stored.pause.probeAt === null)
      // Earlier versions stored no time for the next probe.
      await this.update({ pause: { ...stored.pause, probeAt: now + maxProbeIntervalMs } });
    const lastDue = (await store.getLastDueTime(consumer)) ?? now;
    if (stored && (isStateAhead(stored, now) || lastDue > now + maxDeferralMs.retry)) await this.#shortenWaits(now);
    return true;
  }

  keepLease(): Promise<void> {
    return this.#current.heldLease.keep();
  }

  /** Ends a step: the consumer waits for work. */
  rest(): void {
    this.#leased?.heldLease.rest();
  }

  /** Shortens all waits if the clock was set back since the last check. */
  async checkClock(): Promise<void> {
    const current = this.#current;
    const now = this.#o.clock.now();
    const isRolledBack = now < current.clockCheckedAt;
    current.clockCheckedAt = now;
    if (isRolledBack) await this.#shortenWaits(now);
  }

  async commit(change: DeliveryCommit): Promise<void> {
    const current = this.#current;
    const commit = { ...change, state: noteResume(current.state, change.state, this.#o.clock.now()) };
    current.heldLease.reportProgress();
    await this.#o.store.commitDelivery(current.heldLease.lease, commit, this.#hasStarted ? current.state.cursor : undefined);
    current.state = commit.state;
    this.#hasStarted = true;
  }

  update(change: Partial<ConnectionState>): Promise<void> {
    return this.commit({ state: { ...this.state, ...change } });
  }

  /** Discards the state after a fault, because the stored state is unknown. The next `acquire` reads it again. */
  discard(): void {
    this.#leased?.heldLease.drop();
    this.#leased = undefined;
  }

  async release(): Promise<void> {
    await this.#leased?.heldLease.release().catch(() => undefined);
  }

  /**
   * Retries with new settings: ends a `schema` pause, a final one, one for unconfirmed answers and the check of all payloads, and probes any other `blocked` connection at
   * once. An operator's pause stays.
   */
  #applyNewSettings({ pause }: ConnectionState, now: UnixMs): Promise<void> {
    const { misfitAt: _, unconfirmed: _unconfirmed, wait: _wait, blockedSince: _blockedSince, ...kept } = this.state;
    const renewed = { ...kept, settingsDigest: this.#o.settingsDigest, settingsChangedAt: now, breaker: closedBreaker };
    if (pause?.cause === 'schema') return this.commit({ state: { ...renewed, verdicts: '', pause: null } });
    if (pause?.cause === 'blocked') {
      const isOver = pause.probeAt === null || isPausedForAnswers(pause);
      return this.commit({ state: { ...renewed, pause: isOver ? null : { ...pause, probeAt: now } } });
    }
    return this.commit({ state: renewed });
  }

  #shortenWaits(now: UnixMs): Promise<void> {
    return this.commit({ state: shortenWaits(this.state, now), correctedClock: now });
  }

  get #current(): HeldState {
    if (!this.#leased) throw new LeaseLostError(`${this.#o.consumer} does not hold its lease`);
    return this.#leased;
  }
}

/** Adds the end of a pause to the state that ends it. */
function noteResume({ pause }: ConnectionState, next: ConnectionState, now: UnixMs): ConnectionState {
  return pause && !next.pause ? { ...next, resumed: { at: now, cause: pause.cause } } : next;
}

/** Builds the state of a connection without stored state. */
export async function buildFirstState(options: Omit<LeaseOptions, 'store' | 'owner' | 'leaseTtlMs'>): Promise<ConnectionState> {
  const now = options.clock.now();
  return {
    cursor: options.startAt,
    pause: null,
    breaker: closedBreaker,
    verdicts: '',
    settingsDigest: options.settingsDigest,
    settingsChangedAt: now,
    inDoubt: 0,
    begins: await countEarlier(options, now),
  };
}

/** Counts the events before the connection's start. The event log may have removed them, and they are still counted. */
async function countEarlier(
  { log, site, startAt, consumer }: Pick<LeaseOptions, 'log' | 'site' | 'startAt' | 'consumer'>,
  now: UnixMs,
): Promise<NonNullable<ConnectionState['begins']>> {
  // A process that only collects may read no bodies.
  const first = await log.findTime(site.id, startAt);
  if (first?.offset !== startAt) return { after: startAt, at: Math.min(now, first?.at ?? now), events: 0 };
  const before = await log.findOffsetAt(site.id, new Date(countBucketStart(first.at)));
  const { connection } = parseConsumerId(consumer);
  return { after: startAt, at: first.at, events: await log.count(site.id, before, startAt, createKeyFilter(connection)) };
}
