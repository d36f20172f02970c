import { describe, expect, it } from 'vitest';
import type { Consent } from '../../event/consent.ts';
import { hourMs, secondMs } from '../../event/units.ts';
import { createSha256, silentLogger, waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { IdentityConsumer } from './identity-consumer.ts';

const denied: Consent = { stated: 'denied', effective: 'denied' };

describe('IdentityConsumer', () => {
  let testSite: TestSite;
  const storage = useTestStorage();
  const openBench = (factor: number) => {
    testSite = storage.createSite(factor);
  };

  const reached = (offset: string | undefined) =>
    waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === offset);
  const duplicates = async () => Object.fromEntries(await testSite.store.findDuplicates(testSite.site, '', '~'));

  it('finds duplicates and reports its cursor', async () => {
    openBench(100);
    const { consumer } = testSite.identity();
    const offsets = await testSite.append(
      testSite.event('ord-1', { name: 'Purchase' }),
      testSite.event('ord-2', { name: 'Purchase', reporter: 'server' }),
      testSite.event('ord-1', { name: 'Purchase', reporter: 'webhook' }),
      testSite.event('ord-1', { name: 'Lead' }),
    );
    await reached(offsets[3]);
    await waitUntil(() => consumer.cursor === offsets[3]);
    expect(await duplicates()).toEqual({ [offsets[2] ?? '']: offsets[0] });
    expect(await testSite.store.getPurchaseReporters(testSite.site, 0)).toEqual(['browser', 'server', 'webhook']);
    const later = await testSite.append(testSite.event('ord-2', { name: 'Purchase' }));
    await reached(later[0]);
    expect(Object.keys(await duplicates())).toEqual([offsets[2], later[0]]);
  });

  it('continues at its cursor after a restart', async () => {
    openBench(100);
    const { stop } = testSite.identity();
    const offsets = await testSite.append(testSite.event('a'));
    await reached(offsets[0]);
    await stop();
    const later = await testSite.append(testSite.event('a', { reporter: 'server' }));
    const { consumer } = testSite.identity();
    await waitUntil(() => consumer.cursor === later[0]);
    expect(await duplicates()).toEqual({ [later[0] ?? '']: offsets[0] });
  });

  it('reads a long log page by page, to the end', async () => {
    openBench(100);
    const offsets = await testSite.append(...Array.from({ length: 2_500 }, (_, index) => testSite.event(`e${index}`)));
    const { consumer } = testSite.identity();
    await waitUntil(() => consumer.cursor === offsets.at(-1));
    expect(await testSite.store.findEvents(testSite.site, 'e2499')).toEqual([offsets.at(-1)]);
  });

  it('runs in one of two processes at a time, and the other continues after it', async () => {
    openBench(60);
    const one = testSite.identity({ owner: 'one', leaseTtlMs: 180 * secondMs });
    const first = await testSite.append(testSite.event('a'));
    await waitUntil(() => one.consumer.cursor === first[0]);
    const two = testSite.identity({ owner: 'two', leaseTtlMs: 180 * secondMs });
    await testSite.pass(200 * secondMs);
    expect(two.consumer.cursor).toBe('');
    await one.stop();
    const later = await testSite.append(testSite.event('b'));
    await waitUntil(() => two.consumer.cursor === later[0]);
  });

  it('stops without its lease, and continues once it has it again', async () => {
    openBench(1_000);
    const { consumer } = testSite.identity();
    const offsets = await testSite.append(testSite.event('a'));
    await waitUntil(() => consumer.cursor === offsets[0]);
    await testSite.store.acquireLease(`identity:${testSite.site}`, 'one', 1_000);
    const later = await testSite.append(testSite.event('a', { reporter: 'server' }));
    await waitUntil(() => consumer.cursor === later[0]);
    expect(await duplicates()).toEqual({ [later[0] ?? '']: offsets[0] });
  });

  it('survives an error of the log, which ends only a step', async () => {
    openBench(1_000);
    let faults = 0;
    const { log } = testSite;
    const { consumer } = testSite.identity({
      log: {
        read: (partition, after, max) => {
          faults += 1;
          return faults <= 2 ? Promise.reject(new Error('disk I/O error')) : log.read(partition, after, max);
        },
        get: (partition, offsets) => log.get(partition, offsets),
        findOffsetAt: (partition, at) => log.findOffsetAt(partition, at),
        redact: (partition, offsets) => log.redact(partition, offsets),
        append: (records) => log.append(records),
      },
    });
    const offsets = await testSite.append(testSite.event('a'));
    await waitUntil(() => consumer.cursor === offsets[0]);
    expect(faults).toBeGreaterThan(2);
  });

  it('reads once in 5 s after a fault, however often it is woken, and reports its recovery', async () => {
    openBench(1);
    const { log } = testSite;
    let isBroken = true;
    const reads: number[] = [];
    const recovered: string[] = [];
    testSite.identity({
      log: {
        read: (...params) => {
          reads.push(testSite.clock.now());
          return isBroken ? Promise.reject(new Error('database disk image is malformed')) : log.read(...params);
        },
        get: (partition, offsets) => log.get(partition, offsets),
        findOffsetAt: (partition, at) => log.findOffsetAt(partition, at),
        redact: (partition, offsets) => log.redact(partition, offsets),
        append: (records) => log.append(records),
      },
      onRecovery: (site) => void recovered.push(site),
    });
    await waitUntil(() => reads.length === 1);
    for (let events = 0; events < 20; events += 1) await testSite.append(testSite.event(`e${events}`));
    expect(reads).toHaveLength(1);
    isBroken = false;
    testSite.clock.pace(1_000);
    await waitUntil(() => recovered.length > 0);
    expect(recovered).toEqual([testSite.site]);
    expect((reads[1] ?? 0) - (reads[0] ?? 0)).toBeGreaterThanOrEqual(5_000);
  });

  it('takes an event each of a thousand sites in one step, and a fault of one site ends only its own', async () => {
    openBench(1);
    const sites = Array.from({ length: 1_000 }, (_, index) => `${testSite.site}-${index}`);
    const { log, store } = testSite;
    let [open, most] = [0, 0];
    const faults: string[] = [];
    const progress = new Map<string, string>();
    const consumer = new IdentityConsumer({
      log: {
        read: (partition, after, max) =>
          partition === sites[7] && faults.length === 0
            ? Promise.reject(new Error('disk I/O error'))
            : log.read(partition, after, max),
        get: (partition, offsets) => log.get(partition, offsets),
        findOffsetAt: (partition, at) => log.findOffsetAt(partition, at),
        redact: (partition, offsets) => log.redact(partition, offsets),
        append: (records) => log.append(records),
      },
      store: {
        ...store,
        async commitIdentity(lease, commit) {
          most = Math.max(most, ++open);
          await store.commitIdentity(lease, commit);
          open -= 1;
        },
      },
      clock: testSite.clock,
      owner: 'one',
      leaseTtlMs: hourMs,
      createLogger: () => silentLogger,
      onFault: (site) => void faults.push(site),
      onProgress: (site, cursor) => void progress.set(site, cursor),
    });
    await testSite.append(...sites.map((site, index) => testSite.event(`e${index}`, { site })));
    for (const site of sites) consumer.addSite(site);
    await waitUntil(() => [...progress.values()].filter((cursor) => cursor !== '').length === 999);
    expect([most, faults]).toEqual([999, [sites[7]]]);
    testSite.clock.jump(6 * secondMs);
    await waitUntil(() => progress.get(sites[7] ?? '') !== undefined && progress.get(sites[7] ?? '') !== '');
    await consumer.stop();
    // A restart reads nothing twice: each site has its own cursor.
    expect(await store.getIdentityCursor(sites[999] ?? '')).toBe(progress.get(sites[999] ?? ''));
    expect(await store.acquireLease(`identity:${sites[3]}`, 'two', 1)).toBeDefined();
  });

  it('goes on with the other sites while the step of one is slow', async () => {
    openBench(1);
    const [slow, other] = [`${testSite.site}-slow`, `${testSite.site}-other`];
    const { log, store } = testSite;
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    const consumer = new IdentityConsumer({
      log,
      store: {
        ...store,
        async findErasedRecords(site, ...rest) {
          if (site === slow) await mayEnd;
          return store.findErasedRecords(site, ...rest);
        },
      },
      clock: testSite.clock,
      owner: 'one',
      leaseTtlMs: hourMs,
      createLogger: () => silentLogger,
      onFault: (site, error) => expect.unreachable(`${site}: ${String(error)}`),
      onProgress: () => undefined,
    });
    const [first] = await testSite.append(testSite.event('a', { site: slow }), testSite.event('a', { site: other }));
    consumer.addSite(slow);
    consumer.addSite(other);
    for (const id of ['b', 'c']) {
      const [offset] = await testSite.append(testSite.event(id, { site: other }));
      consumer.wake(other);
      consumer.wake(slow);
      await waitUntil(() => consumer.getCursor(other) === offset);
    }
    await consumer.quiesce(other, Promise.resolve());
    let isQuiet = false;
    const quiet = consumer.quiesce(slow, Promise.resolve()).then(() => (isQuiet = true));
    await waitUntil(() => consumer.getCursor(slow) === '');
    expect(isQuiet).toBe(false);
    end();
    await quiet;
    expect(consumer.getCursor(slow)).toBe(first);
    await consumer.stop();
  });

  describe('visitor profiles', () => {
    const email = createSha256('a');
    const known = (forms: object = { emailMicrosoft: email }) => ({ identity: { forms, clickIds: {}, anonymousId: 'us' } });
    const getProfile = async (visitor: string) => (await testSite.store.getProfiles(testSite.site, [visitor])).get(visitor);

    it('are stored and linked with orders and persons, with the same result if a page is read again', async () => {
      openBench(100);
      const { stop } = testSite.identity();
      const offsets = await testSite.append(
        testSite.event('ord-1', { name: 'Purchase', commerce: { orderId: '1001' }, ...known() }),
      );
      await reached(offsets[0]);
      const first = await getProfile('us');
      expect(first?.persons).toHaveLength(1);
      expect(await testSite.store.findLinks(testSite.site, ['order:1001', `email:${email}`, 'order:1'])).toHaveLength(2);
      await stop();
      const lease = await testSite.store.acquireLease(`identity:${testSite.site}`, 'one', 1_000);
      if (lease)
        await testSite.store.commitIdentity(lease, { site: testSite.site, cursor: '', reports: [], now: testSite.clock.now() });
      const { consumer } = testSite.identity();
      await waitUntil(() => consumer.cursor === offsets[0]);
      expect(await getProfile('us')).toEqual(first);
    });

    it('are removed when the visitor denies, and older reports that come later do not restore them', async () => {
      openBench(100);
      testSite.identity();
      const before = testSite.event('a', known());
      const offsets = await testSite.append(before);
      await reached(offsets[0]);
      const at = before.time + secondMs;
      const withdrawal = { ...known({}), consent: denied, time: at, receivedAt: at };
      const [denial] = await testSite.append(testSite.event('w', { name: '$consent', ...withdrawal }));
      await reached(denial);
      const late = await testSite.append({ ...before, id: 'late' });
      await reached(late[0]);
      expect(await getProfile('us')).toEqual({
        clicks: {},
        persons: [],
        clients: [],
        browserIds: {},
        grantedAt: before.time,
        browserGrantedAt: before.time,
        deniedAt: withdrawal.time,
        withdrawnAt: withdrawal.time,
      });
      expect(await testSite.store.findLinks(testSite.site, [`email:${email}`])).toEqual([]);
    });
  });
});
