import { describe, expect, it, vi } from 'vitest';
import { errorMessage } from '../errors.ts';
import { nodeRoles } from '../event/node-role.ts';
import { startOffset } from '../storage/log/event-log.ts';
import { LeaseLostError } from '../storage/ports/consumers.ts';
import { waitUntil } from './delivery.fixture.ts';
import { connection, listSharedOptions, other, site, useDelivery, withConnections } from './delivery-scene.fixture.ts';
import { startSharedDelivery } from './shared-delivery.ts';
import { findNode } from './site-leases.ts';

const scene = useDelivery();

it('the state of each connection has the crash of the identity consumer, for the other processes, until it recovers', async () => {
  const real = scene().store;
  let isBroken = true;
  scene().store = {
    ...real,
    commitIdentity: (...params) =>
      isBroken ? Promise.reject(new Error('the index is damaged')) : real.commitIdentity(...params),
  };
  await scene().start();
  await scene().append('a');
  scene().delivery?.wake('shop');
  const readCrash = async () => (await real.getConnectionState('shop/bing'))?.crash;
  await waitUntil(async () => (await readCrash()) !== undefined);
  expect(await readCrash()).toEqual({ error: 'the index is damaged', since: scene().delivery?.getCrash('shop', 'bing')?.since });
  isBroken = false;
  await waitUntil(async () => (await readCrash()) === undefined);
  expect(scene().delivery?.getCrash('shop', 'bing')).toBeUndefined();
  await scene().delivery?.stop(5_000);
  scene().store = real;
});

it('a new connection starts at the end of the log and misses no event, even if the process dies at once', async () => {
  await scene().append('before-it-was-made');
  await scene().start();
  expect((await scene().store.getConnectionState('shop/bing'))?.cursor).toBe((await scene().log.heads()).get('shop'));
  await scene().append('after');
  scene().delivery?.wake('shop');
  await waitUntil(() => scene().sender.accepted.length > 0);
  await scene().delivery?.stop(5_000);
  await scene().append('while it was away');
  await scene().start();
  await waitUntil(() => scene().sender.accepted.length > 1);
  expect(scene().sender.accepted).toEqual(['after', 'while it was away']);
});

it('a connection that another process removed sends nothing again, and has no cursor', async () => {
  await scene().start();
  await scene().append('delivered');
  scene().delivery?.wake('shop');
  await waitUntil(() => scene().sender.accepted.length > 0);
  await scene().store.retireConnection('shop', 'bing', Date.now());
  await scene().append('after its removal');
  scene().delivery?.wake('shop');
  await waitUntil(() => scene().faults.some((error) => errorMessage(error).includes('removed by another process')));
  expect(scene().sender.accepted).toEqual(['delivered']);
  expect(await scene().store.getConnectionState('shop/bing')).toBeUndefined();
});

it('a connection has its start when the change is applied, although another process runs the site', async () => {
  const nodes = ['one', 'two'].map((id) => ({ id, sitesDigest: '', roles: nodeRoles }));
  const node = nodes.find(({ id }) => id !== findNode('shop', nodes)) ?? { id: '', sitesDigest: '', roles: nodeRoles };
  const stored: { readonly consumer: string; readonly state: { readonly cursor: string } }[] = [];
  await scene().append('before');
  const before = (await scene().log.heads()).get('shop');
  const delivery = await startSharedDelivery({
    ...scene().listOptions([]),
    ...listSharedOptions(node, nodes, stored),
    owner: node.id,
  });
  scene().delivery = delivery;
  await delivery.apply([withConnections(connection)]);
  await scene().append('after');
  await delivery.apply([withConnections(connection, { ...other, enabled: false })]);
  expect(delivery.ownsSite('shop')).toBe(false);
  const after = (await scene().log.heads()).get('shop');
  expect(stored.map(({ consumer, state }) => [consumer, state.cursor])).toEqual([
    ['shop/bing', before],
    ['shop/other', after],
  ]);
});

describe('a connection whose lease another process has', () => {
  /** Takes the lease as another process, for longer than a test runs. */
  const takeAway = async () => {
    const lease = await scene().store.acquireLease('shop/bing', 'another process', 600_000);
    if (!lease) throw new Error('the connection is already running');
    return lease;
  };

  it('delivers from its start on once the lease is free', async () => {
    const taken = await takeAway();
    await scene().append('before');
    await scene().start();
    await scene().append('after');
    scene().delivery?.wake('shop');
    await scene().store.releaseLease(taken);
    await waitUntil(() => scene().sender.accepted.length > 0);
    expect(scene().sender.accepted).toEqual(['after']);
  });

  it('delays neither changes, nor work that quiesces the site, nor stop, and refuses commands', async () => {
    await takeAway();
    await scene().start();
    await scene().delivery?.apply([withConnections(connection, other)]);
    expect(await scene().delivery?.runQuiesced('shop', async () => 'done')).toBe('done');
    await expect(scene().delivery?.control('shop', 'bing')?.pause()).rejects.toBeInstanceOf(LeaseLostError);
    await scene().delivery?.stop(600_000);
  });

  it('delays neither changes nor stop when a node restarts because the database lost commits', async () => {
    const node = { id: 'one', sitesDigest: '', roles: nodeRoles };
    const real = scene().store;
    let isTaken = false;
    let refusals = 0;
    scene().store = {
      ...real,
      acquireLease: async (consumer, owner, ttlMs) => {
        if (!isTaken || consumer !== 'shop/bing') return real.acquireLease(consumer, owner, ttlMs);
        refusals += 1;
        return undefined;
      },
    };
    await scene().append('lost');
    const delivery = await startSharedDelivery({
      ...scene().listOptions(),
      ...listSharedOptions(node, [node], []),
      owner: node.id,
    });
    scene().delivery = delivery;
    const heads = vi.spyOn(scene().log, 'heads');
    await waitUntil(() => heads.mock.calls.length > 1);
    isTaken = true;
    heads.mockResolvedValue(new Map([['shop', startOffset]]));
    await waitUntil(() => refusals > 0);
    await delivery.apply([]);
    expect(delivery.control('shop', 'bing')).toBeUndefined();
    await delivery.apply([site]);
    await delivery.stop(600_000);
    scene().store = real;
  });
});

it('stop does not wait for quiesced consumers, and no work starts after it', async () => {
  await scene().start();
  let isStill = false;
  void scene().delivery?.runQuiesced('shop', () => {
    isStill = true;
    return new Promise<string>(() => undefined);
  });
  await waitUntil(() => isStill);
  const second = scene().delivery?.runQuiesced('shop', async () => 'second');
  await scene().delivery?.stop(100);
  expect(await second).toBe('stopping');
  expect(await scene().delivery?.runQuiesced('shop', async () => 'late')).toBe('stopping');
  scene().delivery = undefined;
});

it('stop lets running quiesced work finish', async () => {
  await scene().start();
  const { promise, resolve } = Promise.withResolvers<string>();
  let isStill = false;
  const work = scene().delivery?.runQuiesced('shop', () => {
    isStill = true;
    return promise;
  });
  await waitUntil(() => isStill);
  let hasStopped = false;
  const stopped = scene()
    .delivery?.stop(20_000)
    .then(() => {
      hasStopped = true;
    });
  await new Promise((resume) => setTimeout(resume, 50));
  expect(hasStopped).toBe(false);
  resolve('done');
  expect(await work).toBe('done');
  await stopped;
});
