import type { Clock } from '../../clock/clock.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import { type Lease, LeaseLostError } from '../../storage/ports/consumers.ts';
import type { Store } from '../../storage/ports/store.ts';

export interface LeaseKeeperDeps {
  readonly store: Pick<Store, 'acquireLease' | 'renewLeases' | 'releaseLease'>;
  readonly clock: Clock;
  readonly owner: string;
  readonly leaseTtlMs: number;
}

/** A lease of a consumer, which is renewed until it is released or lost, or until the consumer hangs. */
export interface HeldLease {
  readonly lease: Lease;
  /** Resolves when the lease is held for at least a third of its time. Begins or continues a step. @throws LeaseLostError */
  keep(): Promise<void>;
  /** Continues a step. */
  reportProgress(): void;
  /** Ends a step: the consumer waits for work. */
  rest(): void;
  release(): Promise<void>;
  /** Renews the lease no more, because its consumer failed and will acquire it again. */
  drop(): void;
}

interface KeptLease {
  readonly lease: Lease;
  /** Wakes the consumer. */
  readonly wake: () => void;
  renewedAt: number;
  /** When the consumer last began or continued a step, in monotonic time; undefined between two steps. */
  activeAt: number | undefined;
  isLost: boolean;
}

/** The leases' times without progress after which a step hangs, so that another process may take over. */
const hungAfterLeases = 2;

/** Renews all leases of a process together, a third of their time after the last renewal, so that an idle consumer has nothing to do. */
export class LeaseKeeper {
  readonly #o: LeaseKeeperDeps;
  readonly #kept = new Set<KeptLease>();
  #renewing: Promise<void> | undefined;
  #cancel: (() => void) | undefined;

  constructor(deps: LeaseKeeperDeps) {
    this.#o = deps;
  }

  /**
   * Acquires a lease. Returns `undefined` while another owner has it.
   * @param wake is called when the lease is lost, and when the clock jumped, so that the waits of the consumer may be wrong
   */
  async acquire(consumer: ConsumerId, wake: () => void): Promise<HeldLease | undefined> {
    const { store, clock, owner, leaseTtlMs } = this.#o;
    const lease = await store.acquireLease(consumer, owner, leaseTtlMs);
    if (!lease) return undefined;
    const kept: KeptLease = { lease, wake, renewedAt: clock.now(), activeAt: undefined, isLost: false };
    this.#kept.add(kept);
    this.#cancel ??= this.#startTimer();
    return {
      lease,
      keep: () => this.#keep(kept),
      reportProgress: () => {
        kept.activeAt = clock.monotonic();
      },
      rest: () => {
        kept.activeAt = undefined;
      },
      release: async () => {
        this.#drop(kept);
        await store.releaseLease(lease);
      },
      drop: () => this.#drop(kept),
    };
  }

  async #keep(kept: KeptLease): Promise<void> {
    // The age below shows a failure that matters to this lease.
    await this.#renewing?.catch(() => undefined);
    const sinceMs = this.#o.clock.now() - kept.renewedAt;
    // A renewal that was due has failed, or the clock was set back.
    if (!kept.isLost && (sinceMs < 0 || sinceMs >= this.#intervalMs)) await this.#renew();
    if (kept.isLost) throw new LeaseLostError(`lease of ${kept.lease.consumer} lost: another owner has it, or a step hung`);
    kept.activeAt = this.#o.clock.monotonic();
  }

  #renew(): Promise<void> {
    this.#renewing ??= this.#renewAll().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renewAll(): Promise<void> {
    const { store, clock, leaseTtlMs } = this.#o;
    const all = [...this.#kept];
    const lost = new Set(
      await store.renewLeases(
        all.map(({ lease }) => lease),
        leaseTtlMs,
      ),
    );
    const now = clock.now();
    for (const kept of all) {
      kept.renewedAt = now;
      if (lost.has(kept.lease)) this.#lose(kept);
    }
  }

  /** A step is not to blame for the time that the clock jumped over. */
  #excuseSteps(): void {
    for (const kept of this.#kept) if (kept.activeAt !== undefined) kept.activeAt = this.#o.clock.monotonic();
  }

  #loseHung(): void {
    const hungSince = this.#o.clock.monotonic() - hungAfterLeases * this.#o.leaseTtlMs;
    for (const kept of this.#kept) if (kept.activeAt !== undefined && kept.activeAt <= hungSince) this.#lose(kept);
  }

  #lose(kept: KeptLease): void {
    kept.isLost = true;
    this.#drop(kept);
    kept.wake();
  }

  #startTimer(): () => void {
    const { clock } = this.#o;
    const dueAt = clock.now() + this.#intervalMs;
    return clock.after(this.#intervalMs, () => {
      this.#cancel = this.#startTimer();
      const hasJumped = Math.abs(clock.now() - dueAt) >= this.#intervalMs;
      if (hasJumped) this.#excuseSteps();
      else this.#loseHung();
      // A consumer that needs its lease renews it itself, and gets the error.
      this.#renew().catch(() => undefined);
      if (hasJumped) for (const { wake } of this.#kept) wake();
    });
  }

  #drop(kept: KeptLease): void {
    this.#kept.delete(kept);
    if (this.#kept.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  get #intervalMs(): number {
    return this.#o.leaseTtlMs / 3;
  }
}
