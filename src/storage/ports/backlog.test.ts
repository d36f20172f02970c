import { expect, it } from 'vitest';
import { type BacklogSources, createBacklogReader } from '../ports/backlog.ts';
import { start } from '../ports/store.fixture.ts';
import { createRecordLog } from './record-log.fixture.ts';

const toOffset = (index: number) => String(index).padStart(6, '0');
const toRecords = (count: number, isSignal: (index: number) => boolean = () => false) =>
  Array.from({ length: count }, (_, index) => ({
    offset: toOffset(index + 1),
    at: start,
    key: isSignal(index) ? '$consent' : `Lead\u001f${index}\u001fserver`,
  }));

/** Creates a store whose identity consumer has read so many records. */
function createCountedStore(getRead: () => number): BacklogSources['store'] {
  return {
    getCountingStart: async () => 0,
    countDuplicates: async () => 0,
    getUnsent: async () => {
      const read = getRead();
      return { identityCursor: toOffset(read), unread: read, deferred: 0, deadLetters: 0, deadPurchases: 0 };
    },
  };
}

it('each event counts once while the identity consumer reads on, whenever it commits', async () => {
  const records = toRecords(5);
  for (let commitAt = 0; commitAt < 12; commitAt += 1) {
    let calls = 0;
    const tick = <Args extends readonly unknown[], Result>(call: (...args: Args) => Promise<Result>) => {
      return async (...args: Args) => {
        const result = await call(...args);
        calls += 1;
        return result;
      };
    };
    const log = createRecordLog(records);
    const store = createCountedStore(() => (calls >= commitAt ? 4 : 1));
    const read = createBacklogReader({
      log: { read: tick(log.read), latest: tick(log.latest), count: tick(log.count), findOffsetAt: tick(log.findOffsetAt) },
      store: { ...store, getUnsent: tick(store.getUnsent) },
    });
    const waiting = [];
    for (const connection of ['one', 'two', 'three']) waiting.push((await read('shop', connection, { cursor: '' })).waiting);
    expect(waiting).toEqual([5, 5, 5]);
  }
});

it('the connections of a site share the count of the events that the identity consumer has not read', async () => {
  const log = createRecordLog(toRecords(9, (index) => index % 3 === 0));
  let counts = 0;
  const count: typeof log.count = (...args) => {
    counts += 1;
    return log.count(...args);
  };
  const read = createBacklogReader({ log: { ...log, count }, store: createCountedStore(() => 0) });
  const connections = Array.from({ length: 20 }, (_, index) => `c${index}`);
  const backlogs = await Promise.all(connections.map((connection) => read('shop', connection, { cursor: '' })));
  expect(new Set(backlogs.map(({ waiting }) => waiting))).toEqual(new Set([6]));
  expect(counts).toBe(2);
  // A connection that began after the identity consumer's cursor has fewer.
  expect(await read('shop', 'late', { cursor: toOffset(7) })).toMatchObject({ waiting: 2, since: start });
});

it('a long backlog of the identity consumer is counted without its keys, with signals', async () => {
  const log = createRecordLog(toRecords(10_001, (index) => index < 4_000));
  let isFiltered = false;
  const count: typeof log.count = (site, after, through, filter) => {
    isFiltered ||= filter !== undefined;
    return log.count(site, after, through, filter);
  };
  const read = createBacklogReader({ log: { ...log, count }, store: createCountedStore(() => 0) });
  expect((await read('shop', 'ads', { cursor: '' })).waiting).toBe(10_001);
  expect(isFiltered).toBe(false);
});
