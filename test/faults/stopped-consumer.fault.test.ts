import { afterEach, expect, it } from 'vitest';
import { waitUntil } from '../../src/delivery/delivery.fixture.ts';
import { TestStorage } from '../../src/delivery/test-site.fixture.ts';
import { buildReply, getIds, ScriptedSender } from '../../src/delivery/tiny-platform.fixture.ts';
import { secondMs } from '../../src/event/units.ts';
import { createLogger } from '../../src/logger.ts';
import { type Lease, LeaseLostError } from '../../src/storage/ports/consumers.ts';
import type { Store } from '../../src/storage/ports/store.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';

const rounds = pickByScale({ part: 5, whole: 50, nightly: 500 });
const clockFactor = 60;
const leaseTtlMs = 30 * secondMs;

/** Points at which a consumer can be stopped so that it uses its lease when it continues. */
const stopPoints = [
  'before the attempt is recorded',
  'while it sends',
  'before the response is committed',
  'before the renewal',
] as const;
type StopPoint = (typeof stopPoints)[number];

/** Stops the first caller at the stop point until `open` is called. */
class Gate {
  readonly #stopPoint: StopPoint;
  readonly #stopped = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<void>();
  #isShut = true;

  constructor(stopPoint: StopPoint) {
    this.#stopPoint = stopPoint;
  }

  async pass(stopPoint: StopPoint | undefined): Promise<void> {
    if (stopPoint !== this.#stopPoint || !this.#isShut) return;
    this.#isShut = false;
    this.#stopped.resolve();
    await this.#opened.promise;
  }

  /** Stops any caller while the first is stopped: the timers of a stopped process stand still too. */
  async passIfRunning(): Promise<void> {
    if (!this.#isShut) await this.#opened.promise;
  }

  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  open(): void {
    this.#opened.resolve();
  }
}

/** One use of a lease by a consumer, in the order of their begin. `rejected` if the store reported the lease as lost. */
type LeaseUse = Lease & { rejected: boolean };

function wrapStore(gate: Gate, store: Store, uses: LeaseUse[]): Store {
  const begin = (lease: Lease): LeaseUse => {
    const use = { ...lease, rejected: false };
    uses.push(use);
    return use;
  };
  const runWithLease = async (lease: Lease, run: () => Promise<void>) => {
    const use = begin(lease);
    try {
      await run();
    } catch (error) {
      use.rejected = error instanceof LeaseLostError;
      throw error;
    }
  };
  return {
    ...store,
    async commitDelivery(lease, commit) {
      if (commit.open) await gate.pass('before the attempt is recorded');
      else if (commit.settle) await gate.pass('before the response is committed');
      await runWithLease(lease, () => store.commitDelivery(lease, commit));
    },
    async renewLeases(leases, ttlMs) {
      await gate.pass('before the renewal');
      await gate.passIfRunning();
      const begun = leases.map((lease) => ({ lease, use: begin(lease) }));
      const lost = await store.renewLeases(leases, ttlMs);
      for (const { lease, use } of begun) use.rejected = lost.includes(lease);
      return lost;
    },
  };
}

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

/** Stops a consumer until its lease has expired, lets another take over with its own store handle, and continues the first. */
async function runRound(
  engines: TestStorage,
  other: Store,
  stopPoint: StopPoint,
): Promise<{ staleUses: number; rejected: number }> {
  const bench = engines.createSite(clockFactor);
  const deliveredIds: string[] = [];
  const gate = new Gate(stopPoint);
  const uses: LeaseUse[] = [];
  const lines: string[] = [];
  const slow = new ScriptedSender(async (request) => {
    await gate.pass('while it sends');
    deliveredIds.push(...getIds(request));
    return buildReply(200);
  });
  const quick = new ScriptedSender((request) => {
    deliveredIds.push(...getIds(request));
    return buildReply(200);
  });
  const identity = bench.identity();
  const first = bench.connection({
    owner: 'one',
    leaseTtlMs,
    store: wrapStore(gate, bench.store, uses),
    sender: slow,
    logger: createLogger('info', { write: (line: string) => void lines.push(line) }),
  });
  const appendEvents = (prefix: string) => bench.append(...[1, 2, 3].map((n) => bench.event(`${prefix}-${n}`)));
  const areDelivered = async (offsets: readonly string[]) =>
    (await bench.getOutcomes(offsets)).every((outcome) => outcome === 'delivered');

  const before = await appendEvents('before');
  await gate.stopped;
  const usesBefore = uses.length;
  const staleEpoch = uses.at(-1)?.epoch;
  const second = bench.connection({ owner: 'two', leaseTtlMs, store: other, sender: quick });
  const meanwhile = await appendEvents('meanwhile');
  await waitUntil(() => areDelivered([...before, ...meanwhile]));

  gate.open();
  await waitUntil(() => lines.some((line) => line.includes('lease lost')));
  const after = await appendEvents('after');
  await waitUntil(() => areDelivered(after));
  await second.stop();
  const last = await appendEvents('last');
  await waitUntil(() => areDelivered(last));
  await first.stop();
  await identity.stop();

  const { inDoubt } = await bench.state();
  const repeated = new Set(deliveredIds.filter((id, index) => deliveredIds.indexOf(id) < index));
  expect([...repeated].every((id) => id.startsWith('before'))).toBe(true);
  if (repeated.size > 0) expect(inDoubt).toBe(1);
  const staleUses = uses.slice(usesBefore).filter(({ epoch }) => epoch === staleEpoch);
  return { staleUses: staleUses.length, rejected: staleUses.filter(({ rejected }) => rejected).length };
}

it('a consumer that was stopped past its lease is refused, and everything is delivered', {
  timeout: 60_000 + rounds * 20_000,
}, async (context) => {
  const engines = await TestStorage.open();
  cleanups.push(() => engines.close());
  const other = await engines.reopenStore();
  cleanups.push(() => other.close());
  const totals = { staleUses: 0, rejected: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const { staleUses, rejected } = await runRound(engines, other, stopPoints[round % stopPoints.length] ?? 'while it sends');
    expect(staleUses).toBeGreaterThan(0);
    expect(rejected).toBe(staleUses);
    totals.staleUses += staleUses;
    totals.rejected += rejected;
  }
  addFaultRow(context, {
    fault: 'F18',
    scenario: 'a consumer stopped past its lease, then continued',
    amount: `${rounds} stops`,
    expected: 'a stale epoch is always rejected',
    observed: `${totals.rejected} of ${totals.staleUses} rejected; repeats are counted as in doubt`,
  });
});
