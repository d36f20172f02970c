import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Consent } from '../../event/consent.ts';
import { dayMs, secondMs } from '../../event/units.ts';
import { createLogger } from '../../logger.ts';
import { type Bench, Engines, sha256Of, until } from '../delivery.fixture.ts';

const pending: Consent = { stated: 'unknown', effective: 'pending' };
const denied: Consent = { stated: 'denied', effective: 'denied' };

describe("the identity pump of a site's log", () => {
  let bench: Bench;
  let engines: Engines;
  const openBench = (factor: number) => {
    bench = engines.bench(factor);
  };
  beforeAll(async () => {
    engines = await Engines.open();
  });
  afterEach(() => bench.dispose());
  afterAll(() => engines.close());

  const reached = (offset: string | undefined) => until(async () => (await bench.store.getIdentityCursor(bench.site)) === offset);
  const copies = async () => Object.fromEntries(await bench.store.findDuplicates(bench.site, '', '~'));
  const bodies = async (offsets: readonly string[]) =>
    (await bench.log.get(bench.site, offsets)).map(({ body }) => Object.keys(body)[0]);

  it('tells firsts from copies, and says how far it came', async () => {
    openBench(100);
    const { pump } = bench.identity();
    const offsets = await bench.append(
      bench.event('ord-1', { name: 'Purchase' }),
      bench.event('ord-2', { name: 'Purchase', reporter: 'server' }),
      bench.event('ord-1', { name: 'Purchase', reporter: 'webhook' }),
      bench.event('ord-1', { name: 'Lead' }),
    );
    await reached(offsets[3]);
    await until(() => pump.cursor === offsets[3]);
    expect(await copies()).toEqual({ [offsets[2] ?? '']: offsets[0] });
    expect(await bench.store.getPurchaseReporters(bench.site, 0)).toEqual(['browser', 'server', 'webhook']);
    const later = await bench.append(bench.event('ord-2', { name: 'Purchase' }));
    await reached(later[0]);
    expect(Object.keys(await copies())).toEqual([offsets[2], later[0]]);
  });

  it('after a restart it goes on where it was', async () => {
    openBench(100);
    const { stop } = bench.identity();
    const offsets = await bench.append(bench.event('a'));
    await reached(offsets[0]);
    await stop();
    const later = await bench.append(bench.event('a', { reporter: 'server' }));
    const { pump } = bench.identity();
    await until(() => pump.cursor === later[0]);
    expect(await copies()).toEqual({ [later[0] ?? '']: offsets[0] });
  });

  it('reads a long log page by page, to the end', async () => {
    openBench(100);
    const offsets = await bench.append(...Array.from({ length: 2_500 }, (_, index) => bench.event(`e${index}`)));
    const { pump } = bench.identity();
    await until(() => pump.cursor === offsets.at(-1));
    expect(await bench.store.findEvents(bench.site, 'e2499')).toEqual([offsets.at(-1)]);
  });

  it('two processes on one store: one runs at a time, and the other goes on after it', async () => {
    openBench(300);
    const one = bench.identity({ owner: 'one', leaseTtlMs: 180 * secondMs });
    const first = await bench.append(bench.event('a'));
    await until(() => one.pump.cursor === first[0]);
    const two = bench.identity({ owner: 'two', leaseTtlMs: 180 * secondMs });
    await bench.pass(200 * secondMs);
    expect(two.pump.cursor).toBe('');
    await one.stop();
    const later = await bench.append(bench.event('b'));
    await until(() => two.pump.cursor === later[0]);
  });

  it('a pump whose lease was taken stops, and goes on once it has it again', async () => {
    openBench(1_000);
    const { pump } = bench.identity();
    const offsets = await bench.append(bench.event('a'));
    await until(() => pump.cursor === offsets[0]);
    await bench.store.acquireLease(`identity:${bench.site}`, 'one', 1_000);
    const later = await bench.append(bench.event('a', { reporter: 'server' }));
    await until(() => pump.cursor === later[0]);
    expect(await copies()).toEqual({ [later[0] ?? '']: offsets[0] });
  });

  it('a fault of the log ends a step, not the pump', async () => {
    openBench(1_000);
    let faults = 0;
    const { log } = bench;
    const { pump } = bench.identity({
      log: {
        append: (records) => log.append(records),
        read: (partition, after, max) => {
          faults += 1;
          return faults <= 2 ? Promise.reject(new Error('disk I/O error')) : log.read(partition, after, max);
        },
        get: (partition, offsets) => log.get(partition, offsets),
        latest: (partition, count) => log.latest(partition, count),
        findOffsetAt: (partition, at) => log.findOffsetAt(partition, at),
        count: (partition, after, through, butKeys) => log.count(partition, after, through, butKeys),
        heads: () => log.heads(),
        redact: (partition, offsets) => log.redact(partition, offsets),
        truncate: (partition, records) => log.truncate(partition, records),
        trim: (partition, through) => log.trim(partition, through),
        reclaimDiskSpace: () => log.reclaimDiskSpace(),
        health: () => log.health(),
        ensureOffsetsAfter: (offset) => log.ensureOffsetsAfter(offset),
        close: () => log.close(),
      },
    });
    const offsets = await bench.append(bench.event('a'));
    await until(() => pump.cursor === offsets[0]);
    expect(faults).toBeGreaterThan(2);
  });

  describe('an event that waits for a word about consent', () => {
    const server = { name: 'Purchase', reporter: 'server', consent: pending } as const;
    /** An id that nobody but the shopper and the shop knows. */
    const secret = 'purchase-1001-4f1d8a90c3b7e526';
    const waitIsOver = async (offsets: readonly string[]) => {
      await reached(offsets.at(-1));
      await until(async () => (await bench.store.findExpiredPending(bench.site, Number.MAX_SAFE_INTEGER)).length === 0);
    };

    it('waits as long where the clock was set back, although the log stands ahead of it', async () => {
      openBench(150);
      const { now, after } = bench.clock;
      const behind = { now: () => now() - 8 * dayMs, after };
      const pump = bench.identity({ clock: behind }).pump;
      const from = bench.clock.now();
      const offsets = await bench.append(bench.event('a', { ...server, receivedAt: behind.now() }));
      await until(() => pump.cursor === offsets[0]);
      await until(async () => (await bodies(offsets))[0] === 'redacted');
      expect(bench.clock.now() - from).toBeGreaterThanOrEqual(90 * secondMs);
    });

    it('whom nobody spoke for is redacted after 90 s, and it is known why', async () => {
      openBench(150);
      let logged = '';
      const write = (line: string) => {
        logged += line;
      };
      bench.identity({ logger: createLogger('debug', { write }) });
      const from = bench.clock.now();
      const offsets = await bench.append(bench.event('a', server));
      await reached(offsets[0]);
      expect(await bodies(offsets)).toEqual(['bytes']);
      await waitIsOver(offsets);
      expect(bench.clock.now() - from).toBeGreaterThanOrEqual(90 * secondMs);
      await until(() => logged !== '');
      expect(JSON.parse(logged)).toMatchObject({ event: 'a', name: 'Purchase', msg: 'held, and no consent came' });
      expect(await bodies(offsets)).toEqual(['redacted']);
      expect(await bench.store.getAbsentReasons(bench.site, offsets)).toEqual(new Map([[offsets[0], 'consent-denied']]));
    });

    it('is redacted where the shopper said no in its checkout, although silence is a yes, and told with a yes is not', async () => {
      openBench(1_000);
      bench.identity();
      const commerce = { checkoutId: 'token' };
      const began = bench.event('b', { name: 'InitiateCheckout', reporter: 'browser', commerce, consent: denied });
      const other = { checkoutId: 'other' };
      const [, second] = await bench.append(began, { ...began, id: 'd', commerce: other });
      await reached(second);
      const silent = { stated: 'unknown', effective: 'granted' } as const;
      const order = { ...server, reporter: 'webhook', commerce, consent: silent } as const;
      const offsets = await bench.append(
        bench.event('a', order),
        bench.event('c', { ...order, commerce: other }),
        bench.event('c', { name: 'Purchase', reporter: 'browser', commerce: other }),
      );
      await waitIsOver(offsets);
      expect(await bodies(offsets)).toEqual(['redacted', 'bytes', 'bytes']);
      expect(await bench.store.getAbsentReasons(bench.site, offsets)).toEqual(new Map([[offsets[0], 'consent-denied']]));
    });

    it('an event with a word of its own is left alone', async () => {
      openBench(1_000);
      bench.identity();
      const offsets = await bench.append(bench.event('a'), bench.event('b', { consent: denied }), bench.event('c', server));
      await waitIsOver(offsets);
      expect(await bodies(offsets)).toEqual(['bytes', 'bytes', 'redacted']);
    });

    it.each([
      ['before it', true],
      ['after it', false],
    ] as const)('a granted copy that came %s keeps it', async (_, copyFirst) => {
      openBench(1_000);
      bench.identity();
      const copy = bench.event(secret, { name: 'Purchase' });
      const event = bench.event(secret, server);
      const offsets = await bench.append(...(copyFirst ? [copy, event] : [event, copy]));
      await waitIsOver(offsets);
      expect(await bodies(offsets)).toEqual(['bytes', 'bytes']);
      expect((await bench.store.getAbsentReasons(bench.site, offsets)).size).toBe(0);
    });

    it.each([
      ['before it', true],
      ['after it', false],
    ] as const)('a denied copy that came %s does not', async (_, copyFirst) => {
      openBench(1_000);
      bench.identity();
      const copy = bench.event('a', { name: 'Purchase', consent: denied });
      const event = bench.event('a', server);
      const offsets = await bench.append(...(copyFirst ? [copy, event] : [event, copy]));
      await waitIsOver(offsets);
      expect(await bodies(offsets)).toEqual(copyFirst ? ['bytes', 'redacted'] : ['redacted', 'bytes']);
    });

    it('two that wait for each other are both redacted', async () => {
      openBench(1_000);
      bench.identity();
      const offsets = await bench.append(bench.event('a', server), bench.event('a', { ...server, reporter: 'webhook' }));
      await waitIsOver(offsets);
      expect(await bodies(offsets)).toEqual(['redacted', 'redacted']);
    });

    it('a granted copy brings both server reports through', async () => {
      openBench(1_000);
      bench.identity();
      const offsets = await bench.append(
        bench.event(secret, server),
        bench.event(secret, { ...server, reporter: 'webhook' }),
        bench.event(secret, { name: 'Purchase' }),
      );
      await waitIsOver(offsets);
      expect(await bodies(offsets)).toEqual(['bytes', 'bytes', 'bytes']);
    });

    it.each([
      ['before it', true],
      ['after it', false],
    ] as const)('a granted copy that came %s does not keep it where anybody can guess the id', async (_, copyFirst) => {
      openBench(1_000);
      bench.identity();
      const identity = { forms: {}, clickIds: {}, anonymousId: 'stranger' };
      const copy = bench.event('purchase-1001', { name: 'Purchase', identity });
      const event = bench.event('purchase-1001', server);
      const offsets = await bench.append(...(copyFirst ? [copy, event] : [event, copy]));
      await waitIsOver(offsets);
      expect(await bodies(offsets)).toEqual(copyFirst ? ['bytes', 'redacted'] : ['redacted', 'bytes']);
    });

    it('a granted copy keeps it where anybody can guess the id, and the shop names the same visitor', async () => {
      openBench(1_000);
      bench.identity();
      const identity = { forms: {}, clickIds: {}, anonymousId: 'us' };
      const offsets = await bench.append(
        bench.event('purchase-1001', { ...server, identity }),
        bench.event('purchase-1001', { name: 'Purchase', identity }),
      );
      await waitIsOver(offsets);
      expect(await bodies(offsets)).toEqual(['bytes', 'bytes']);
    });

    it('a denial in a checkout whose id anybody can guess does not make it wait', async () => {
      openBench(1_000);
      bench.identity();
      const commerce = { checkoutId: 'cart-17' };
      const silent = { stated: 'unknown', effective: 'granted' } as const;
      const offsets = await bench.append(
        bench.event('b', { name: 'InitiateCheckout', reporter: 'browser', commerce, consent: denied }),
        bench.event('a', { ...server, commerce, consent: silent }),
      );
      await waitIsOver(offsets);
      expect(await bodies(offsets)).toEqual(['bytes', 'bytes']);
    });

    it('whose wait ended while nothing ran is redacted at the start', async () => {
      openBench(1_000);
      const offsets = await bench.append(bench.event('a', { ...server, receivedAt: bench.clock.now() - 3_600 * secondMs }));
      bench.identity();
      await waitIsOver(offsets);
      expect(await bodies(offsets)).toEqual(['redacted']);
    });
  });

  describe('keeps what reports tell of visitors', () => {
    const email = sha256Of('a');
    const known = (forms: object = { emailMicrosoft: email }) => ({ identity: { forms, clickIds: {}, anonymousId: 'us' } });
    const factsOf = async (visitor: string) => (await bench.store.getProfiles(bench.site, [visitor])).get(visitor);

    it('and links them with orders and persons, the same however often it reads on from the same place', async () => {
      openBench(100);
      const { stop } = bench.identity();
      const offsets = await bench.append(bench.event('ord-1', { name: 'Purchase', commerce: { orderId: '1001' }, ...known() }));
      await reached(offsets[0]);
      const first = await factsOf('us');
      expect(first?.persons).toHaveLength(1);
      expect(await bench.store.findLinks(bench.site, ['order:1001', `email:${email}`, 'order:1'])).toHaveLength(2);
      await stop();
      const lease = await bench.store.acquireLease(`identity:${bench.site}`, 'one', 1_000);
      if (lease) await bench.store.commitIdentity(lease, { site: bench.site, cursor: '', reports: [], now: bench.clock.now() });
      const { pump } = bench.identity();
      await until(() => pump.cursor === offsets[0]);
      expect(await factsOf('us')).toEqual(first);
    });

    it('until the visitor denies: then all of it is forgotten, and what was older and comes later as well', async () => {
      openBench(100);
      bench.identity();
      const before = bench.event('a', known());
      const offsets = await bench.append(before);
      await reached(offsets[0]);
      const at = before.time + secondMs;
      const withdrawal = { ...known({}), consent: denied, time: at, receivedAt: at };
      const [denial] = await bench.append(bench.event('w', { name: '$consent', ...withdrawal }));
      await reached(denial);
      const late = await bench.append({ ...before, id: 'late' });
      await reached(late[0]);
      expect(await factsOf('us')).toEqual({
        clicks: {},
        persons: [],
        clients: [],
        uetVids: [],
        grantedAt: before.time,
        deniedAt: withdrawal.time,
        withdrawnAt: withdrawal.time,
      });
      expect(await bench.store.findLinks(bench.site, [`email:${email}`])).toEqual([]);
    });
  });
});
