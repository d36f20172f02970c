import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createRateLimiter } from '../http/rate-limit.ts';
import { createLimitTable, pinned } from './limit-table.ts';
import { createSharedMemory, openSharedTable } from './shared-limit-table.ts';

const rate = { perSecond: 1, burst: 20_000 };

test("a shared table has the same entries as a thread's own after any changes, seen by each thread", () => {
  const key = fc.constantFrom('', 'a', 'b', '198.51.100.0/24', '2001:db8:1:2', 'shop é', 'bytes', 'bytes 2001:db8:1/48');
  const change = fc.record({ key, value: fc.option(fc.double({ noNaN: true })), at: fc.integer() });
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const own = createLimitTable(16);
      const memory = createSharedMemory(16);
      const [shared, other] = [openSharedTable(memory), openSharedTable(memory)];
      for (const { key, value, at } of changes) {
        for (const table of [own, shared]) {
          if (value === null) table.delete(key);
          else table.set(key, value, at);
        }
        expect(other.get(key)).toEqual(own.get(key));
      }
      for (const { key } of changes) expect(other.get(key)).toEqual(own.get(key));
    }),
  );
});

test('a full table keeps pinned and newer entries', () => {
  const table = openSharedTable(createSharedMemory(1_024));
  table.set('total', 5, pinned);
  for (let index = 0; index < 100_000; index += 1) table.set(`key ${index}`, index, index);
  expect(table.get('total')).toEqual({ value: 5, at: pinned });
  expect(table.get('key 99999')).toEqual({ value: 99_999, at: 99_999 });
  const kept = Array.from({ length: 100_000 }, (_, index) => index).filter((index) => table.get(`key ${index}`));
  expect(kept.length).toBeLessThan(1_024);
  expect(kept.length).toBeGreaterThan(900);
  expect(kept.filter((index) => index < 95_000)).toHaveLength(0);
});

test('threads that take from one bucket get no more than it holds, and no less', async () => {
  const memory = createSharedMemory(16);
  const take = async () => {
    const code = `
      const { workerData, parentPort } = require('node:worker_threads');
      Promise.all([import(workerData.limiter), import(workerData.table)]).then(([{ createRateLimiter }, { openSharedTable }]) => {
        const ask = createRateLimiter(workerData.rate, () => 0, openSharedTable(workerData.memory));
        let taken = 0;
        for (let times = 0; times < 30000; times += 1) if (ask('caller') === undefined) taken += 1;
        parentPort.postMessage(taken);
      });`;
    const [limiter, table] = ['../http/rate-limit.ts', './shared-limit-table.ts'].map(
      (file) => new URL(file, import.meta.url).href,
    );
    const worker = new Worker(code, { eval: true, workerData: { limiter, table, memory, rate } });
    const [taken] = await once(worker, 'message');
    await worker.terminate();
    return Number(taken);
  };
  const taken = await Promise.all([take(), take()]);
  expect(taken[0] + taken[1]).toBe(rate.burst);
  const ask = createRateLimiter(rate, () => 0, openSharedTable(memory));
  expect(ask('caller')).toBe(1);
});

test('a thread does not wait for a lock longer than 10 s, when the thread that has it has ended', async () => {
  const memory = createSharedMemory(16);
  const code = `
    const { workerData, parentPort } = require('node:worker_threads');
    import(workerData.table).then(({ openSharedTable }) => {
      openSharedTable(workerData.memory).exclusively(() => {
        parentPort.postMessage('locked');
        for (;;);
      });
    });`;
  const worker = new Worker(code, {
    eval: true,
    workerData: { table: new URL('./shared-limit-table.ts', import.meta.url).href, memory },
  });
  await once(worker, 'message');
  await worker.terminate();
  const wait = vi.spyOn(Atomics, 'wait').mockReturnValue('timed-out');
  try {
    expect(() => openSharedTable(memory).exclusively(() => 0)).toThrow('a thread has ended');
    expect(wait.mock.calls.map(([, , , ms]) => ms)).toEqual([10_000]);
  } finally {
    wait.mockRestore();
  }
});
