import { describe, expect, it } from 'vitest';
import { waitUntil } from './delivery.fixture.ts';
import { connection, other, site, useDelivery, withConnections } from './delivery-scene.fixture.ts';
import type { SendResult } from './sending/http-sender.ts';
import { buildReply } from './tiny-platform.fixture.ts';

const scene = useDelivery();

describe('changes of sites at run time', () => {
  it('start and stop exactly the affected consumers: the others keep their lease', async () => {
    await scene().start();
    const getEpoch = async (consumer: string) => (await scene().store.acquireLease(consumer, 'test', 60_000))?.epoch;
    const before = await scene().store.getConnectionState('shop/bing');
    await scene().delivery?.apply([withConnections(connection, other), { ...site, id: 'second', connections: [connection] }]);
    expect([scene().delivery?.control('shop', 'other'), scene().delivery?.control('second', 'bing')]).toEqual([
      expect.anything(),
      expect.anything(),
    ]);
    expect(await scene().store.getConnectionState('shop/bing')).toEqual(before);
    await scene().delivery?.apply([withConnections(other)]);
    expect(scene().delivery?.control('shop', 'bing')).toBeUndefined();
    expect(scene().delivery?.control('second', 'bing')).toBeUndefined();
    // The lease was released, so anyone can acquire it.
    expect(await scene().store.acquireLease('shop/bing', 'another process', 1_000)).toBeDefined();
    expect(await scene().store.acquireLease('identity:second', 'another process', 1_000)).toBeDefined();
    expect(await scene().store.acquireLease('shop/other', 'another process', 1_000)).toBeUndefined();
    expect(await getEpoch('shop/other')).toBe(2); // taken once, and now by this test
  });

  it('a new connection starts at the end of the log, and a reconfigured one continues at its cursor', async () => {
    await scene().start([withConnections()]);
    await scene().append('before');
    await scene().delivery?.apply([withConnections(connection)]);
    await scene().append('first');
    scene().delivery?.wake('shop');
    await waitUntil(() => scene().sender.accepted.length > 0);
    await scene().delivery?.apply([withConnections({ ...connection, enabled: false })]);
    await scene().append('while it was disabled');
    scene().delivery?.wake('shop');
    await scene().delivery?.apply([withConnections({ ...connection, settings: { tag: 'another' } })]);
    await waitUntil(() => scene().sender.accepted.length > 1);
    expect(scene().sender.accepted).toEqual(['first', 'while it was disabled']);
  });

  it('a connection that is created disabled sends the events from then on once it is enabled', async () => {
    const disabled = { ...connection, enabled: false };
    await scene().append('before');
    await scene().start([withConnections(disabled)]);
    expect(await scene().store.getConnectionState('shop/bing')).toMatchObject({ begins: { events: 1 } });
    await scene().append('while it is disabled');
    scene().delivery?.wake('shop');
    await scene().delivery?.apply([withConnections(disabled)]);
    await scene().delivery?.apply([withConnections({ ...connection, settings: { tag: 'another' } })]);
    await waitUntil(() => scene().sender.accepted.length > 0);
    expect(scene().sender.accepted).toEqual(['while it is disabled']);
  });

  it('a consumer that is sending finishes its step before it ends', async () => {
    await scene().start();
    const { promise: answered, resolve: answer } = Promise.withResolvers<SendResult>();
    scene().sender.answer = () => answered;
    const [appended] = await scene().append('in flight');
    scene().delivery?.wake('shop');
    await waitUntil(() => scene().sender.requests.length > 0);
    const ended = scene().delivery?.apply([withConnections()]);
    await new Promise((resume) => setTimeout(resume, 50));
    answer(buildReply(200));
    await ended;
    const offset = appended && 'offset' in appended ? appended.offset : '';
    expect((await scene().store.getOutcomes('shop/bing', [offset])).get(offset)?.outcome).toBe('delivered');
    expect(await scene().store.getOpenAttempt('shop/bing')).toBeUndefined();
  });

  it('wait while quiesced work of the site runs, and do not wait for work of other sites', async () => {
    await scene().start([site, { ...site, id: 'second' }]);
    const { promise, resolve } = Promise.withResolvers<string>();
    let isStill = false;
    const work = scene().delivery?.runQuiesced('shop', () => {
      isStill = true;
      return promise;
    });
    await waitUntil(() => isStill);
    let hasChanged = false;
    const changed = scene().delivery?.apply([
      withConnections(connection, other),
      { ...site, id: 'second', connections: [other] },
    ]);
    void changed?.then(() => {
      hasChanged = true;
    });
    await waitUntil(() => scene().delivery?.control('second', 'other') !== undefined);
    expect(hasChanged).toBe(false);
    resolve('done');
    await changed;
    expect(await work).toBe('done');
    expect(scene().delivery?.control('shop', 'other')).toBeDefined();
  });

  it('a command to a consumer that ended is rejected', async () => {
    await scene().start();
    const control = scene().delivery?.control('shop', 'bing');
    await scene().delivery?.apply([withConnections()]);
    await expect(control?.pause()).rejects.toThrow('has ended');
  });

  it('removing a site while a consumer sends does not block work that waits for it to quiesce', async () => {
    await scene().start();
    const { promise: answered, resolve: answer } = Promise.withResolvers<SendResult>();
    scene().sender.answer = () => answered;
    await scene().append('in flight');
    scene().delivery?.wake('shop');
    await waitUntil(() => scene().sender.requests.length > 0);
    const removed = scene().delivery?.apply([]);
    const work = scene().delivery?.runQuiesced('shop', async () => 'done');
    const expiry = scene().delivery?.expire('shop', '');
    answer(buildReply(200));
    await removed;
    expect(await work).toBe('done');
    await expiry;
  });

  it('a consumer that failed to start does not lead to a second one for the same connection', async () => {
    const real = scene().store;
    const { promise: slow, resolve: release } = Promise.withResolvers<void>();
    let isBroken = true;
    const acquired: string[] = [];
    scene().store = {
      ...real,
      acquireLease: async (consumer, owner, ttlMs) => {
        acquired.push(consumer);
        if (consumer === 'shop/bing' && isBroken) throw new Error('the disk is full');
        if (consumer === 'shop/other') await slow;
        return real.acquireLease(consumer, owner, ttlMs);
      },
    };
    await scene().start([withConnections()]);
    const both = [withConnections(connection, other)];
    const failed = scene().delivery?.apply(both);
    await waitUntil(() => acquired.length > 2);
    isBroken = false;
    const second = scene().delivery?.apply(both);
    release();
    await expect(failed).rejects.toThrow('the disk is full');
    await second;
    expect(acquired.filter((consumer) => consumer === 'shop/other')).toHaveLength(1);
    scene().store = real;
  });

  it('events of a removed connection expire although no consumer runs for it', async () => {
    await scene().start([withConnections({ ...connection, id: 'left-out' })]);
    await scene().delivery?.apply([]);
    const [appended] = await scene().append('never sent');
    const through = appended && 'offset' in appended ? appended.offset : '';
    await scene().delivery?.expire('shop', through);
    expect(await scene().store.listExpiredRanges('shop/left-out')).toMatchObject([{ lastOffset: through, events: 1 }]);
  });

  it('concurrent changes are all applied, the last one last', async () => {
    await scene().start();
    const names = Array.from({ length: 5 }, (_, index) => ({ ...connection, id: `c-${index}` }));
    await Promise.all(names.map((_, index) => scene().delivery?.apply([withConnections(...names.slice(0, index + 1))])));
    for (const { id } of names) expect(scene().delivery?.control('shop', id)).toBeDefined();
    expect(scene().delivery?.control('shop', 'bing')).toBeUndefined();
  });
});
