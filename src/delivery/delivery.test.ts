import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPacedClock } from '../clock/paced-clock.fixture.ts';
import { errorMessage } from '../errors.ts';
import { formatEventKey } from '../event/event-key.ts';
import { nodeRoles } from '../event/node-role.ts';
import type { Site } from '../event/site.ts';
import { type EventLog, startOffset } from '../storage/log/event-log.ts';
import { openSqliteLog } from '../storage/log/sqlite-log.ts';
import { LeaseLostError } from '../storage/ports/consumers.ts';
import type { StoreNode } from '../storage/ports/nodes.ts';
import type { Store } from '../storage/ports/store.ts';
import { openSqliteStore } from '../storage/store/sqlite/sqlite-store.ts';
import { buildEvent, encodeEvent, silentLogger, waitUntil } from './delivery.fixture.ts';
import { type Delivery, type DeliveryOptions, startDelivery } from './delivery.ts';
import type { SendResult } from './sending/http-sender.ts';
import { type SharedDeliveryOptions, startSharedDelivery } from './shared-delivery.ts';
import { findNode } from './site-leases.ts';
import { buildReply, ScriptedSender, tinyPlatform } from './tiny-platform.fixture.ts';

let dir: string;
let log: EventLog;
let store: Store;
let sender: ScriptedSender;
let delivery: Delivery | undefined;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'convey-delivery-'));
  log = await openSqliteLog(join(dir, 'log.db'), { now: Date.now });
  store = await openSqliteStore(join(dir, 'state.db'), { now: Date.now });
  sender = new ScriptedSender();
});
afterEach(async () => {
  await delivery?.stop(5_000);
  await store.close();
  await log.close();
  rmSync(dir, { recursive: true });
});

const connection = { id: 'bing', destination: 'tiny', enabled: true, settings: {} };
const site: Site = {
  id: 'shop',
  name: 'Shop',
  domains: ['shop.example'],
  platform: 'custom',
  writeKey: 'wk_12345678',
  secretKeyHashes: [],
  consent: { policy: 'granted' },
  bots: 'drop',
  tags: {},
  purchaseHoldSeconds: 'auto',
  purchases: 'as-reported',
  webhooks: { secrets: [], purchaseOn: 'create' },
  accuracy: { alertUnder: 0.9 },
  connections: [connection],
};

let faults: unknown[];

const listOptions = (sites: readonly Site[] = [site]): DeliveryOptions => {
  faults = [];
  return {
    sites,
    listConnections: () => ['bing', 'left-out'],
    bindDestination: () => tinyPlatform,
    log,
    store,
    sender,
    clock: createPacedClock(50),
    random: () => 0.5,
    newId: (() => {
      let attemptCount = 0;
      return () => `attempt-${attemptCount++}`;
    })(),
    owner: 'test',
    logger: silentLogger,
    onFault: (error) => faults.push(error),
  };
};

/** Returns the options of a node among others, which send no commands. Each start of a connection is added to `stored`. */
const listSharedOptions = (
  node: StoreNode,
  nodes: readonly StoreNode[],
  stored: { readonly consumer: string; readonly state: { readonly cursor: string } }[],
): Omit<SharedDeliveryOptions, keyof DeliveryOptions> => ({
  node,
  nodes: {
    beat: async () => nodes,
    listNodes: async () => nodes,
    countHeldSites: async () => 0,
    removeNode: async () => undefined,
  },
  commands: {
    addCommand: async () => undefined,
    listOpenCommands: async () => [],
    takeCommand: async () => false,
    withdrawCommand: async () => true,
    answerCommand: async () => undefined,
    getCommandAnswer: async () => undefined,
  },
  starts: {
    findUnstarted: async (ids) => ids.filter((id) => stored.every(({ consumer }) => consumer !== id)),
    storeStarts: async (starts) => void stored.push(...starts),
  },
  onTaken: async () => undefined,
});

async function start(sites?: readonly Site[]): Promise<void> {
  delivery = await startDelivery(listOptions(sites));
}

const append = (id: string) => {
  const event = buildEvent(id, { time: Date.now(), receivedAt: Date.now() });
  return log.append([{ partition: 'shop', key: formatEventKey(event), bytes: encodeEvent(event) }]);
};

it('the state of each connection has the crash of the identity consumer, for the other processes, until it recovers', async () => {
  const real = store;
  let isBroken = true;
  store = {
    ...real,
    commitIdentity: (...params) =>
      isBroken ? Promise.reject(new Error('the index is damaged')) : real.commitIdentity(...params),
  };
  await start();
  await append('a');
  delivery?.wake('shop');
  const readCrash = async () => (await real.getConnectionState('shop/bing'))?.crash;
  await waitUntil(async () => (await readCrash()) !== undefined);
  expect(await readCrash()).toEqual({ error: 'the index is damaged', since: delivery?.getCrash('shop', 'bing')?.since });
  isBroken = false;
  await waitUntil(async () => (await readCrash()) === undefined);
  expect(delivery?.getCrash('shop', 'bing')).toBeUndefined();
  await delivery?.stop(5_000);
  store = real;
});

it('a new connection starts at the end of the log and misses no event, even if the process dies at once', async () => {
  await append('before-it-was-made');
  await start();
  expect((await store.getConnectionState('shop/bing'))?.cursor).toBe((await log.heads()).get('shop'));
  await append('after');
  delivery?.wake('shop');
  await waitUntil(() => sender.accepted.length > 0);
  await delivery?.stop(5_000);
  await append('while it was away');
  await start();
  await waitUntil(() => sender.accepted.length > 1);
  expect(sender.accepted).toEqual(['after', 'while it was away']);
});

it('a connection that another process removed sends nothing again, and has no cursor', async () => {
  await start();
  await append('delivered');
  delivery?.wake('shop');
  await waitUntil(() => sender.accepted.length > 0);
  await store.retireConnection('shop', 'bing', Date.now());
  await append('after its removal');
  delivery?.wake('shop');
  await waitUntil(() => faults.some((error) => errorMessage(error).includes('removed by another process')));
  expect(sender.accepted).toEqual(['delivered']);
  expect(await store.getConnectionState('shop/bing')).toBeUndefined();
});

it('a connection has its start when the change is applied, although another process runs the site', async () => {
  const nodes = ['one', 'two'].map((id) => ({ id, sitesDigest: '', roles: nodeRoles }));
  const node = nodes.find(({ id }) => id !== findNode('shop', nodes)) ?? { id: '', sitesDigest: '', roles: nodeRoles };
  const stored: { readonly consumer: string; readonly state: { readonly cursor: string } }[] = [];
  await append('before');
  const before = (await log.heads()).get('shop');
  delivery = await startSharedDelivery({
    ...listOptions([]),
    ...listSharedOptions(node, nodes, stored),
    owner: node.id,
  });
  await delivery.apply([withConnections(connection)]);
  await append('after');
  await delivery.apply([withConnections(connection, { ...other, enabled: false })]);
  expect(delivery.ownsSite('shop')).toBe(false);
  const after = (await log.heads()).get('shop');
  expect(stored.map(({ consumer, state }) => [consumer, state.cursor])).toEqual([
    ['shop/bing', before],
    ['shop/other', after],
  ]);
});

describe('a connection whose lease another process has', () => {
  /** Takes the lease as another process, for longer than a test runs. */
  const takeAway = async () => {
    const lease = await store.acquireLease('shop/bing', 'another process', 600_000);
    if (!lease) throw new Error('the connection is already running');
    return lease;
  };

  it('delivers from its start on once the lease is free', async () => {
    const taken = await takeAway();
    await append('before');
    await start();
    await append('after');
    delivery?.wake('shop');
    await store.releaseLease(taken);
    await waitUntil(() => sender.accepted.length > 0);
    expect(sender.accepted).toEqual(['after']);
  });

  it('delays neither changes, nor work that quiesces the site, nor stop, and refuses commands', async () => {
    await takeAway();
    await start();
    await delivery?.apply([withConnections(connection, other)]);
    expect(await delivery?.runQuiesced('shop', async () => 'done')).toBe('done');
    await expect(delivery?.control('shop', 'bing')?.pause()).rejects.toBeInstanceOf(LeaseLostError);
    await delivery?.stop(600_000);
  });

  it('delays neither changes nor stop when a node restarts because the database lost commits', async () => {
    const node = { id: 'one', sitesDigest: '', roles: nodeRoles };
    const real = store;
    let isTaken = false;
    let refusals = 0;
    store = {
      ...real,
      acquireLease: async (consumer, owner, ttlMs) => {
        if (!isTaken || consumer !== 'shop/bing') return real.acquireLease(consumer, owner, ttlMs);
        refusals += 1;
        return undefined;
      },
    };
    await append('lost');
    delivery = await startSharedDelivery({ ...listOptions(), ...listSharedOptions(node, [node], []), owner: node.id });
    const heads = vi.spyOn(log, 'heads');
    await waitUntil(() => heads.mock.calls.length > 1);
    isTaken = true;
    heads.mockResolvedValue(new Map([['shop', startOffset]]));
    await waitUntil(() => refusals > 0);
    await delivery.apply([]);
    expect(delivery.control('shop', 'bing')).toBeUndefined();
    await delivery.apply([site]);
    await delivery.stop(600_000);
    store = real;
  });
});

it('stop does not wait for quiesced consumers, and no work starts after it', async () => {
  await start();
  let isStill = false;
  void delivery?.runQuiesced('shop', () => {
    isStill = true;
    return new Promise<string>(() => undefined);
  });
  await waitUntil(() => isStill);
  const second = delivery?.runQuiesced('shop', async () => 'second');
  await delivery?.stop(100);
  expect(await second).toBe('stopping');
  expect(await delivery?.runQuiesced('shop', async () => 'late')).toBe('stopping');
  delivery = undefined;
});

it('stop lets running quiesced work finish', async () => {
  await start();
  const { promise, resolve } = Promise.withResolvers<string>();
  let isStill = false;
  const work = delivery?.runQuiesced('shop', () => {
    isStill = true;
    return promise;
  });
  await waitUntil(() => isStill);
  let hasStopped = false;
  const stopped = delivery?.stop(20_000).then(() => {
    hasStopped = true;
  });
  await new Promise((resume) => setTimeout(resume, 50));
  expect(hasStopped).toBe(false);
  resolve('done');
  expect(await work).toBe('done');
  await stopped;
});

const other = { ...connection, id: 'other' };
const withConnections = (...connections: Site['connections']): Site => ({ ...site, connections });

describe('changes of sites at run time', () => {
  it('start and stop exactly the affected consumers: the others keep their lease', async () => {
    await start();
    const getEpoch = async (consumer: string) => (await store.acquireLease(consumer, 'test', 60_000))?.epoch;
    const before = await store.getConnectionState('shop/bing');
    await delivery?.apply([withConnections(connection, other), { ...site, id: 'second', connections: [connection] }]);
    expect([delivery?.control('shop', 'other'), delivery?.control('second', 'bing')]).toEqual([
      expect.anything(),
      expect.anything(),
    ]);
    expect(await store.getConnectionState('shop/bing')).toEqual(before);
    await delivery?.apply([withConnections(other)]);
    expect(delivery?.control('shop', 'bing')).toBeUndefined();
    expect(delivery?.control('second', 'bing')).toBeUndefined();
    // The lease was released, so anyone can acquire it.
    expect(await store.acquireLease('shop/bing', 'another process', 1_000)).toBeDefined();
    expect(await store.acquireLease('identity:second', 'another process', 1_000)).toBeDefined();
    expect(await store.acquireLease('shop/other', 'another process', 1_000)).toBeUndefined();
    expect(await getEpoch('shop/other')).toBe(2); // taken once, and now by this test
  });

  it('a new connection starts at the end of the log, and a reconfigured one continues at its cursor', async () => {
    await start([withConnections()]);
    await append('before');
    await delivery?.apply([withConnections(connection)]);
    await append('first');
    delivery?.wake('shop');
    await waitUntil(() => sender.accepted.length > 0);
    await delivery?.apply([withConnections({ ...connection, enabled: false })]);
    await append('while it was disabled');
    delivery?.wake('shop');
    await delivery?.apply([withConnections({ ...connection, settings: { tag: 'another' } })]);
    await waitUntil(() => sender.accepted.length > 1);
    expect(sender.accepted).toEqual(['first', 'while it was disabled']);
  });

  it('a connection that is created disabled sends the events from then on once it is enabled', async () => {
    const disabled = { ...connection, enabled: false };
    await append('before');
    await start([withConnections(disabled)]);
    expect(await store.getConnectionState('shop/bing')).toMatchObject({ begins: { events: 1 } });
    await append('while it is disabled');
    delivery?.wake('shop');
    await delivery?.apply([withConnections(disabled)]);
    await delivery?.apply([withConnections({ ...connection, settings: { tag: 'another' } })]);
    await waitUntil(() => sender.accepted.length > 0);
    expect(sender.accepted).toEqual(['while it is disabled']);
  });

  it('a consumer that is sending finishes its step before it ends', async () => {
    await start();
    const { promise: answered, resolve: answer } = Promise.withResolvers<SendResult>();
    sender.answer = () => answered;
    const [appended] = await append('in flight');
    delivery?.wake('shop');
    await waitUntil(() => sender.requests.length > 0);
    const ended = delivery?.apply([withConnections()]);
    await new Promise((resume) => setTimeout(resume, 50));
    answer(buildReply(200));
    await ended;
    const offset = appended && 'offset' in appended ? appended.offset : '';
    expect((await store.getOutcomes('shop/bing', [offset])).get(offset)?.outcome).toBe('delivered');
    expect(await store.getOpenAttempt('shop/bing')).toBeUndefined();
  });

  it('wait while quiesced work of the site runs, and do not wait for work of other sites', async () => {
    await start([site, { ...site, id: 'second' }]);
    const { promise, resolve } = Promise.withResolvers<string>();
    let isStill = false;
    const work = delivery?.runQuiesced('shop', () => {
      isStill = true;
      return promise;
    });
    await waitUntil(() => isStill);
    let hasChanged = false;
    const changed = delivery?.apply([withConnections(connection, other), { ...site, id: 'second', connections: [other] }]);
    void changed?.then(() => {
      hasChanged = true;
    });
    await waitUntil(() => delivery?.control('second', 'other') !== undefined);
    expect(hasChanged).toBe(false);
    resolve('done');
    await changed;
    expect(await work).toBe('done');
    expect(delivery?.control('shop', 'other')).toBeDefined();
  });

  it('a command to a consumer that ended is rejected', async () => {
    await start();
    const control = delivery?.control('shop', 'bing');
    await delivery?.apply([withConnections()]);
    await expect(control?.pause()).rejects.toThrow('has ended');
  });

  it('removing a site while a consumer sends does not block work that waits for it to quiesce', async () => {
    await start();
    const { promise: answered, resolve: answer } = Promise.withResolvers<SendResult>();
    sender.answer = () => answered;
    await append('in flight');
    delivery?.wake('shop');
    await waitUntil(() => sender.requests.length > 0);
    const removed = delivery?.apply([]);
    const work = delivery?.runQuiesced('shop', async () => 'done');
    const expiry = delivery?.expire('shop', '');
    answer(buildReply(200));
    await removed;
    expect(await work).toBe('done');
    await expiry;
  });

  it('a consumer that failed to start does not lead to a second one for the same connection', async () => {
    const real = store;
    const { promise: slow, resolve: release } = Promise.withResolvers<void>();
    let isBroken = true;
    const acquired: string[] = [];
    store = {
      ...real,
      acquireLease: async (consumer, owner, ttlMs) => {
        acquired.push(consumer);
        if (consumer === 'shop/bing' && isBroken) throw new Error('the disk is full');
        if (consumer === 'shop/other') await slow;
        return real.acquireLease(consumer, owner, ttlMs);
      },
    };
    await start([withConnections()]);
    const both = [withConnections(connection, other)];
    const failed = delivery?.apply(both);
    await waitUntil(() => acquired.length > 2);
    isBroken = false;
    const second = delivery?.apply(both);
    release();
    await expect(failed).rejects.toThrow('the disk is full');
    await second;
    expect(acquired.filter((consumer) => consumer === 'shop/other')).toHaveLength(1);
    store = real;
  });

  it('events of a removed connection expire although no consumer runs for it', async () => {
    await start([withConnections({ ...connection, id: 'left-out' })]);
    await delivery?.apply([]);
    const [appended] = await append('never sent');
    const through = appended && 'offset' in appended ? appended.offset : '';
    await delivery?.expire('shop', through);
    expect(await store.listExpiredRanges('shop/left-out')).toMatchObject([{ lastOffset: through, events: 1 }]);
  });

  it('concurrent changes are all applied, the last one last', async () => {
    await start();
    const names = Array.from({ length: 5 }, (_, index) => ({ ...connection, id: `c-${index}` }));
    await Promise.all(names.map((_, index) => delivery?.apply([withConnections(...names.slice(0, index + 1))])));
    for (const { id } of names) expect(delivery?.control('shop', id)).toBeDefined();
    expect(delivery?.control('shop', 'bing')).toBeUndefined();
  });
});
