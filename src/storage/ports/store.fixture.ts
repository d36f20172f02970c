import type { OpenAttempt } from './attempts.ts';
import type { ConnectionState } from './connection-state.ts';
import { identityConsumerId } from './consumer-id.ts';
import type { DeliveryCommit, IdentityCommit, Lease } from './consumers.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { DeferredDelivery } from './deferred-deliveries.ts';
import type { OutcomeCountChange } from './event-counts.ts';
import type { IndexEntry } from './event-index.ts';
import type { EventOutcomeEntry } from './outcomes.ts';
import type { ReceivedReport } from './reports.ts';
import type { Store } from './store.ts';

/** One adapter under test. Opening it again restarts it. */
export interface StoreHarness {
  open(): Promise<Store>;
  /** Stops the adapter like a power failure: no flush, no checkpoint. */
  crash(): Promise<void>;
  /** Sets the store's clock, which decides when leases expire. */
  setTime(now: number): void;
  dispose(): Promise<void>;
}

export const start = 1_795_514_400_000;
export const consumer = 'shop/bing';
export const createState = (cursor: string): ConnectionState => ({
  cursor,
  pause: null,
  breaker: { failures: 0, recent: [], failedProbes: null, notBefore: 0 },
  verdicts: '',
  settingsDigest: 'digest',
  settingsChangedAt: start,
  inDoubt: 0,
});
export const createDeferred = (offset: string, more: Partial<DeferredDelivery> = {}): DeferredDelivery => ({
  offset,
  reason: 'retry',
  dueAt: start,
  tries: 1,
  ...more,
});
export const deadLetter = (offset: string, more: Partial<DeadLetter> = {}): DeadLetter => ({
  offset,
  cause: 'rejected',
  issues: [{ field: 'commerce.currency', code: 'currency', message: 'Send an ISO 4217 code.' }],
  eventName: 'Purchase',
  eventId: 'ord-1',
  bytes: Buffer.from('{"v":1,"title":"Straße ☃"}'),
  at: start,
  ...more,
});
export const outcome = (offset: string, of: EventOutcomeEntry['outcome']): EventOutcomeEntry => ({
  offset,
  outcome: of,
  issues: [],
});
export const count = (of: OutcomeCountChange['outcome'], events = 1, step = start): OutcomeCountChange => ({
  bucket: step,
  outcome: of,
  events,
});
export const openAttempt = (id: string, offsets: readonly string[], more: Partial<OpenAttempt> = {}): OpenAttempt => ({
  id,
  startedAt: start,
  offsets,
  body: `{"data":[${offsets.length}],"title":"Straße ☃ \\u0000"}`,
  ...more,
});
export const report = (
  offset: string,
  reporter: ReceivedReport['reporter'],
  more: Partial<ReceivedReport> = {},
): ReceivedReport => ({
  offset,
  at: start,
  name: 'Purchase',
  id: 'ord-1',
  reporter,
  keepUntil: start + 1_000,
  ...more,
});

export const indexEntry = (offset: string, more: Partial<IndexEntry> = {}): IndexEntry => ({
  offset,
  receivedAt: start,
  time: start,
  name: 'Purchase',
  id: `ord-${offset}`,
  reporter: 'browser',
  consent: { stated: 'granted', effective: 'granted' },
  keys: [],
  ...more,
});
/** One store with the lease of `consumer`, for each test a new one. */
export class StoreBench {
  readonly #makeHarness: () => Promise<StoreHarness>;
  #harness: StoreHarness | undefined;
  #store: Store | undefined;
  #lease: Lease | undefined;

  constructor(makeHarness: () => Promise<StoreHarness>) {
    this.#makeHarness = makeHarness;
  }

  get store(): Store {
    return defined(this.#store);
  }
  get lease(): Lease {
    return defined(this.#lease);
  }
  set lease(lease: Lease) {
    this.#lease = lease;
  }

  readonly open = async () => {
    this.#harness = await this.#makeHarness();
    this.#harness.setTime(start);
    await this.#start();
  };
  readonly restart = async () => {
    await this.#harness?.crash();
    await this.#start();
  };
  readonly setTime = (now: number) => this.#harness?.setTime(now);
  readonly dispose = () => this.#harness?.dispose();

  readonly acquire = async (id: string, owner = 'one', ttlMs = 30_000): Promise<Lease> => {
    const lease = await this.store.acquireLease(id, owner, ttlMs);
    if (!lease) throw new Error(`another owner has the lease of ${id}`);
    return lease;
  };
  readonly commit = (commit: Partial<DeliveryCommit>) =>
    this.store.commitDelivery(this.lease, { state: createState('0'), ...commit });
  readonly identify = async (commit: Partial<IdentityCommit>, site = 'shop') =>
    this.store.commitIdentity(await this.acquire(identityConsumerId(site)), {
      site,
      cursor: '0',
      reports: [],
      now: start,
      ...commit,
    });

  async #start() {
    this.#store = await this.#harness?.open();
    this.#lease = await this.acquire(consumer);
  }
}

function defined<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the bench is not open');
  return value;
}
