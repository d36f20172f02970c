import type { Clock } from '../../clock/clock.ts';
import type { Lease } from '../../storage/store/consumers.ts';
import type { Store } from '../../storage/store/store.ts';

export interface HeldLeaseDeps {
  readonly store: Pick<Store, 'renewLease'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly leaseTtlMs: number;
}

/** A lease that its consumer renews before it expires. */
export class HeldLease {
  readonly lease: Lease;
  readonly #o: HeldLeaseDeps;
  #renewedAt: number;

  constructor(lease: Lease, deps: HeldLeaseDeps) {
    this.lease = lease;
    this.#o = deps;
    this.#renewedAt = deps.clock.now();
  }

  /** Renews the lease after a third of its time, and after every clock rollback. */
  async renewIfDue(): Promise<void> {
    const { store, clock, leaseTtlMs } = this.#o;
    const sinceMs = clock.now() - this.#renewedAt;
    if (sinceMs >= 0 && sinceMs < leaseTtlMs / 3) return;
    await store.renewLease(this.lease, leaseTtlMs);
    this.#renewedAt = clock.now();
  }
}
