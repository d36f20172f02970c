import { afterEach, expect, it } from 'vitest';
import { buildReply, getIds, ScriptedSender, TestStorage, waitUntil } from '../../src/delivery/delivery.fixture.ts';
import { secondMs } from '../../src/event/units.ts';
import { createLogger } from '../../src/logger.ts';
import { type Lease, LeaseLostError } from '../../src/storage/store/consumers.ts';
import type { Store } from '../../src/storage/store/store.ts';
import { sized, tell } from './fault-scale.ts';

const rounds = sized({ part: 5, whole: 50, nightly: 500 });
const factor = 60;
const leaseTtlMs = 30 * secondMs;

/** Where a pump can be stopped so that it does something with its lease when it goes on. */
const places = [
  'before the attempt is recorded',
  'while it sends',
  'before the answer is committed',
  'before the renewal',
] as const;
type Place = (typeof places)[number];

/** Stops whoever comes to the place, once, until it is let go on. */
class Gate {
  readonly #place: Place;
  readonly #stopped = Promise.withResolvers<void>();
  readonly #goesOn = Promise.withResolvers<void>();
  #isShut = true;

  constructor(place: Place) {
    this.#place = place;
  }

  async pass(place: Place | undefined): Promise<void> {
    if (place !== this.#place || !this.#isShut) return;
    this.#isShut = false;
    this.#stopped.resolve();
    await this.#goesOn.promise;
  }

  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  open(): void {
    this.#goesOn.resolve();
  }
}

/** What a pump did with a lease, in order; `refused` where the store would not have it. */
type Use = Lease & { readonly refused: boolean };

function behind(gate: Gate, store: Store, uses: Use[]): Store {
  const use = async (lease: Lease, run: () => Promise<void>) => {
    try {
      await run();
      uses.push({ ...lease, refused: false });
    } catch (error) {
      if (error instanceof LeaseLostError) uses.push({ ...lease, refused: true });
      throw error;
    }
  };
  return {
    ...store,
    async commitDelivery(lease, delta) {
      if (delta.open) await gate.pass('before the attempt is recorded');
      else if (delta.settle) await gate.pass('before the answer is committed');
      await use(lease, () => store.commitDelivery(lease, delta));
    },
    async renewLease(lease, ttlMs) {
      await gate.pass('before the renewal');
      await use(lease, () => store.renewLease(lease, ttlMs));
    },
  };
}

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** One pump is stopped past its lease, another takes over on a handle of its own, and the first goes on. */
async function playRound(engines: TestStorage, other: Store, place: Place): Promise<{ staleUses: number; refused: number }> {
  const bench = engines.createSite(factor);
  const taken: string[] = [];
  const gate = new Gate(place);
  const uses: Use[] = [];
  const lines: string[] = [];
  const slow = new ScriptedSender(async (request) => {
    await gate.pass('while it sends');
    taken.push(...getIds(request));
    return buildReply(200);
  });
  const quick = new ScriptedSender((request) => {
    taken.push(...getIds(request));
    return buildReply(200);
  });
  const identity = bench.identity();
  const first = bench.connection({
    owner: 'one',
    leaseTtlMs,
    store: behind(gate, bench.store, uses),
    sender: slow,
    logger: createLogger('info', { write: (line: string) => void lines.push(line) }),
  });
  const makeEvents = (prefix: string) => bench.append(...[1, 2, 3].map((n) => bench.event(`${prefix}-${n}`)));
  const areDelivered = async (offsets: readonly string[]) =>
    (await bench.getOutcomes(offsets)).every((outcome) => outcome === 'delivered');

  const before = await makeEvents('before');
  await gate.stopped;
  const seenBefore = uses.length;
  const stale = uses.at(-1)?.epoch;
  const second = bench.connection({ owner: 'two', leaseTtlMs, store: other, sender: quick });
  const meanwhile = await makeEvents('meanwhile');
  await waitUntil(() => areDelivered([...before, ...meanwhile]));

  gate.open();
  await waitUntil(() => lines.some((line) => line.includes('lease lost')));
  const after = await makeEvents('after');
  await waitUntil(() => areDelivered(after));
  await second.stop();
  const last = await makeEvents('last');
  await waitUntil(() => areDelivered(last));
  await first.stop();
  await identity.stop();

  const { inDoubt } = await bench.state();
  const repeated = new Set(taken.filter((id, index) => taken.indexOf(id) < index));
  expect([...repeated].every((id) => id.startsWith('before'))).toBe(true);
  if (repeated.size > 0) expect(inDoubt).toBe(1);
  const staleUses = uses.slice(seenBefore).filter(({ epoch }) => epoch === stale);
  return { staleUses: staleUses.length, refused: staleUses.filter(({ refused }) => refused).length };
}

it('a consumer that was stopped past its lease is refused, and everything is delivered', {
  timeout: 60_000 + rounds * 20_000,
}, async (context) => {
  const engines = await TestStorage.open();
  ending.push(() => engines.close());
  const other = await engines.reopenStore();
  ending.push(() => other.close());
  const sum = { staleUses: 0, refused: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const { staleUses, refused } = await playRound(engines, other, places[round % places.length] ?? 'while it sends');
    expect(staleUses).toBeGreaterThan(0);
    expect(refused).toBe(staleUses);
    sum.staleUses += staleUses;
    sum.refused += refused;
  }
  tell(context, {
    fault: 'F18',
    what: 'a pump stopped past its lease, then continued',
    times: `${rounds} stops`,
    holds: 'a stale epoch is always refused',
    seen: `${sum.refused} of ${sum.staleUses} refused; repeats are counted as in doubt`,
  });
});
