import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildConnectionState, buildEvent, encodeEvent, silentLogger, waitUntil } from '../../delivery/delivery.fixture.ts';
import type { Event } from '../../event/event.ts';
import { formatEventKey } from '../../event/event-key.ts';
import { minuteMs } from '../../event/units.ts';
import { openSqliteLog, type SqliteEventLog } from '../../storage/log/sqlite-log.ts';
import { openSqliteStore, type SqliteStore } from '../../storage/store/sqlite/sqlite-store.ts';
import { startIdentityThread } from './start-identity-thread.ts';

describe('the identity consumer on the thread of the store', () => {
  const connection = 'shop/bing';
  let dir: string;
  let log: SqliteEventLog;
  let store: SqliteStore;
  let faults: unknown[];

  const openFiles = async () => {
    log = await openSqliteLog(join(dir, 'log.db'), { now: Date.now, otherProblem: () => store.getProblem() });
    store = await openSqliteStore(join(dir, 'state.db'), { now: Date.now });
  };
  const closeFiles = async () => {
    await store.close();
    await log.close();
  };
  const start = (files: Parameters<typeof startIdentityThread>[1] = { log, store }) => {
    const options = { owner: 'embedded', leaseTtlMs: minuteMs, createLogger: () => silentLogger };
    const identity = startIdentityThread(
      { ...options, onFault: (_, error) => void faults.push(error), onProgress: () => undefined },
      files,
    );
    identity.addSite('shop');
    return identity;
  };
  const event = (id: string, more: Partial<Event> = {}) => buildEvent(id, { time: Date.now(), receivedAt: Date.now(), ...more });
  const append = async (...events: readonly Event[]) => {
    const records = events.map((one) => ({ partition: one.site, key: formatEventKey(one), bytes: encodeEvent(one) }));
    return (await log.append(records)).flatMap((one) => ('offset' in one ? [one.offset] : []));
  };
  const backlog = (count: number) => append(...Array.from({ length: count }, (_, index) => event(`e${index}`)));
  const countReceived = async () => {
    const { received } = await store.getEventCounts('shop', [], 0, Number.MAX_SAFE_INTEGER, 1e15);
    return received.reduce((sum, { events, duplicates }) => sum + events + duplicates, 0);
  };

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'convey-identity-'));
    faults = [];
    await openFiles();
  });
  afterEach(async () => {
    await closeFiles();
    rmSync(dir, { recursive: true });
    expect(faults).toEqual([]);
  });

  it('identifies the records of earlier runs and those that are committed meanwhile, each once', async () => {
    const [first = ''] = await append(event('ord-1', { name: 'Purchase' }));
    const identity = start();
    await waitUntil(() => identity.getCursor('shop') === first);
    const later = await append(event('ord-1', { name: 'Purchase', reporter: 'server' }), event('other', { site: 'elsewhere' }));
    const last = await append(event('ord-2'));
    await waitUntil(() => identity.getCursor('shop') === last[0]);
    expect(await store.findDuplicates('shop', '', '~')).toEqual(new Map([[later[0], first]]));
    identity.addSite('elsewhere');
    await waitUntil(() => identity.getCursor('elsewhere') === later[1]);
    await identity.removeSite('elsewhere');
    const missed = await append(event('missed', { site: 'elsewhere' }));
    identity.addSite('elsewhere');
    await waitUntil(() => identity.getCursor('elsewhere') === missed[0]);
    expect(await countReceived()).toBe(3);
  });

  it('redacts a report of an erased event, which it has in memory', async () => {
    const identity = start();
    const [first = ''] = await append(event('ord-1', { name: 'Purchase' }));
    await waitUntil(() => identity.getCursor('shop') === first);
    const { promise: done, resolve } = Promise.withResolvers<void>();
    await identity.quiesce('shop', done);
    const [late = ''] = await append(event('ord-1', { name: 'Purchase', reporter: 'server' }));
    await store.beginErasure({ site: 'shop', offsets: [first], visitors: [], now: Date.now() });
    await log.redact('shop', [first]);
    expect(identity.getCursor('shop')).toBe(first);
    resolve();
    await waitUntil(() => identity.getCursor('shop') === late);
    expect((await log.get('shop', [late]))[0]?.body).toEqual({ redacted: true });
    expect(await store.getAbsentReasons('shop', [late])).toEqual(new Map([[late, 'erased']]));
  });

  it('serves the commits of connections between the pages of a backlog', async () => {
    const offsets = await backlog(16_000);
    const identity = start();
    const lease = await store.acquireLease(connection, 'embedded', minuteMs);
    if (!lease) throw new Error('the connection is already running');
    await waitUntil(() => identity.getCursor('shop') !== '');
    // Most of the pages of 125 events may pass while a busy machine does not run this thread.
    for (let commits = 0; commits < 16; commits += 1)
      await store.commitDelivery(lease, { state: buildConnectionState({ inDoubt: commits }) });
    expect(identity.getCursor('shop')).not.toBe(offsets.at(-1));
  });

  it('reads from the file after records of the log could not be taken, and reports the fault', async () => {
    let feed: MessagePort | undefined;
    const { file, redact, append: appendRecords } = log;
    const identity = start({ store, log: { file, redact, append: appendRecords, feed: (port) => (feed = port) } });
    await identity.quiesce('shop', Promise.resolve());
    const [offset] = await append(event('a'));
    feed?.postMessage({ partitions: 'damaged' });
    await waitUntil(() => identity.getCursor('shop') === offset);
    expect(faults.splice(0)).toMatchObject([{ name: 'TypeError' }]);
    await identity.stop();
  });

  it('rejects requests, and no event is accepted, after the thread has ended', async () => {
    const identity = start();
    await identity.quiesce('shop', Promise.resolve());
    expect((await log.health()).writable).toBe(true);
    const code =
      'export function startTask() { const end = performance.now() + 50; while (performance.now() < end); throw Error("bug"); }';
    store.attachTask({ module: `data:text/javascript,${encodeURIComponent(code)}` }, []);
    const requests = [identity.quiesce('shop', Promise.resolve()), store.saveLastSweep('shop', { at: 1 })];
    await Promise.allSettled(requests);
    await waitUntil(() => store.getProblem() !== undefined);
    expect(await log.health()).toMatchObject({ writable: false, problem: expect.stringMatching(/bug.*Restart Convey/) });
    await expect(identity.quiesce('shop', Promise.resolve())).rejects.toThrow('restart Convey');
    await expect(identity.removeSite('shop')).rejects.toThrow('restart Convey');
    await identity.stop();
  });

  it('ends its step before the store closes, and continues at its cursor', async () => {
    const offsets = await backlog(3_000);
    const identity = start();
    await waitUntil(() => identity.getCursor('shop') !== '');
    // Committed to the event log, and not yet identified.
    const [last] = await append(event('last'));
    await store.close();
    await log.close();
    await openFiles();
    const cursor = await store.getIdentityCursor('shop');
    expect(['', ...offsets, last]).toContain(cursor);
    const next = start();
    await waitUntil(() => next.getCursor('shop') === last);
    expect(await countReceived()).toBe(3_001);
    await next.stop();
    await store.acquireLease('identity:shop', 'another process', 1);
  });
});
