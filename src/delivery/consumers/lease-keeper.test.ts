import { expect, it } from 'vitest';
import { createSteppedClock } from '../../clock/stepped-clock.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import { type Lease, LeaseLostError } from '../../storage/ports/consumers.ts';
import { LeaseKeeper } from './lease-keeper.ts';

const leaseTtlMs = 30_000;
const consumers: readonly ConsumerId[] = ['identity:shop', 'shop/bing', 'other/bing'];

/** Acquires a lease for each consumer. */
async function acquireAll() {
  const clock = createSteppedClock(0);
  const renewals: (readonly Lease[])[] = [];
  const woken: ConsumerId[] = [];
  const lost = new Set<ConsumerId>();
  const disk = { isFull: false };
  const store = {
    acquireLease: async (consumer: ConsumerId) => ({ consumer, epoch: 1 }),
    async renewLeases(leases: readonly Lease[]) {
      renewals.push(leases);
      if (disk.isFull) throw new Error('disk full');
      return leases.filter(({ consumer }) => lost.has(consumer));
    },
    async releaseLease() {},
  };
  const keeper = new LeaseKeeper({ store, clock, owner: 'one', leaseTtlMs });
  const held = await Promise.all(consumers.map((one) => keeper.acquire(one, () => woken.push(one))));
  const leases = held.flatMap((one) => one ?? []);
  const pass = async (ms: number) => {
    clock.moveTo(clock.now() + ms);
    await new Promise(setImmediate);
  };
  return { clock, keeper, leases, renewals, woken, lost, disk, pass };
}

it('all leases of a process are renewed in one statement after a third of their time', async () => {
  const { leases, renewals, woken, pass } = await acquireAll();
  await pass(leaseTtlMs / 3 - 1);
  expect(renewals).toEqual([]);
  await pass(1);
  expect(renewals).toEqual([leases.map(({ lease }) => lease)]);
  for (const one of leases) await one.keep();
  expect([renewals.length, woken]).toEqual([1, []]);
});

it('a consumer is woken and refused when its lease is lost', async () => {
  const { leases, woken, lost, renewals, pass } = await acquireAll();
  lost.add('shop/bing');
  await pass(leaseTtlMs / 3);
  expect(woken).toEqual(['shop/bing']);
  await expect(leases[1]?.keep()).rejects.toThrow(LeaseLostError);
  await leases[0]?.keep();
  await pass(leaseTtlMs / 3);
  expect(renewals.at(-1)?.map(({ consumer }) => consumer)).toEqual(['identity:shop', 'other/bing']);
});

it('a lease whose renewal is overdue is renewed before its consumer goes on', async () => {
  const { clock, leases, renewals } = await acquireAll();
  // The timers ring late, as after a sleep of the machine.
  clock.now = () => leaseTtlMs;
  await leases[0]?.keep();
  expect(renewals).toHaveLength(1);
});

it('a failed renewal is an error only for consumers whose lease is due', async () => {
  const { clock, keeper, leases, disk, pass } = await acquireAll();
  await pass(leaseTtlMs / 6);
  const late = await keeper.acquire('late/bing', () => undefined);
  disk.isFull = true;
  clock.moveTo(leaseTtlMs / 3);
  const [kept, due] = await Promise.allSettled([late?.keep(), leases[0]?.keep()]);
  expect([kept.status, due.status]).toEqual(['fulfilled', 'rejected']);
});

it('no timer is left when the last lease is released or dropped', async () => {
  const { clock, leases } = await acquireAll();
  expect(clock.countTimers()).toBe(1);
  const [last, ...others] = leases;
  for (const one of others) one.drop();
  await last?.release();
  expect(clock.countTimers()).toBe(0);
});

it('a lease is given up when its consumer makes no progress in a step for two leases, but not between two steps', async () => {
  const { leases, renewals, woken, pass } = await acquireAll();
  const [working, hung, resting] = leases;
  for (const one of leases) await one.keep();
  resting?.rest();
  for (let third = 1; third < 6; third += 1) {
    await pass(leaseTtlMs / 3);
    working?.reportProgress();
  }
  expect([renewals.length, woken]).toEqual([5, []]);
  await pass(leaseTtlMs / 3);
  expect(renewals.at(-1)?.map(({ consumer }) => consumer)).toEqual(['identity:shop', 'other/bing']);
  expect(woken).toEqual(['shop/bing']);
  await expect(hung?.keep()).rejects.toThrow(LeaseLostError);
  await resting?.keep();
});

it('a step does not hang because the clock is faster than time', async () => {
  const { clock, leases, renewals, pass } = await acquireAll();
  clock.monotonic = () => 0;
  await leases[0]?.keep();
  for (let third = 0; third < 9; third += 1) await pass(leaseTtlMs / 3);
  expect(renewals.at(-1)).toHaveLength(3);
});

it('a step does not hang because the clock jumped', async () => {
  const { clock, leases, renewals, pass } = await acquireAll();
  await leases[0]?.keep();
  const readTime = clock.now;
  clock.now = () => readTime() + 10 * leaseTtlMs;
  clock.monotonic = clock.now;
  // Another consumer needs its lease before the timer notices the jump.
  await leases[1]?.keep();
  expect(renewals.at(-1)).toHaveLength(3);
  await pass(leaseTtlMs / 3);
  expect(renewals.at(-1)).toHaveLength(3);
});
