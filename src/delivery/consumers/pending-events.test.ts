import { describe, expect, it } from 'vitest';
import type { Consent } from '../../event/consent.ts';
import { dayMs, secondMs } from '../../event/units.ts';
import { createLogger } from '../../logger.ts';
import { waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';

const pending: Consent = { stated: 'unknown', effective: 'pending' };
const denied: Consent = { stated: 'denied', effective: 'denied' };

let testSite: TestSite;
const storage = useTestStorage();
const openBench = (factor: number) => {
  testSite = storage.createSite(factor);
};

const reached = (offset: string | undefined) =>
  waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === offset);
const bodies = async (offsets: readonly string[]) =>
  (await testSite.log.get(testSite.site, offsets)).map(({ body }) => Object.keys(body)[0]);

describe('a pending event', () => {
  const server = { name: 'Purchase', reporter: 'server', consent: pending } as const;
  /** An id that only the shopper and the shop know. */
  const secret = 'purchase-1001-4f1d8a90c3b7e526';
  const isIndexed = async (offsets: readonly string[]) => {
    await reached(offsets.at(-1));
    await waitUntil(async () => (await testSite.store.findExpiredPending(testSite.site, Number.MAX_SAFE_INTEGER)).length === 0);
  };

  it('waits as long as usual after a clock rollback, although the log is ahead of the clock', async () => {
    openBench(150);
    const { now, monotonic, after } = testSite.clock;
    const lateClock = { now: () => now() - 8 * dayMs, monotonic, after };
    const consumer = testSite.identity({ clock: lateClock }).consumer;
    const from = testSite.clock.now();
    const offsets = await testSite.append(testSite.event('a', { ...server, receivedAt: lateClock.now() }));
    await waitUntil(() => consumer.cursor === offsets[0]);
    await waitUntil(async () => (await bodies(offsets))[0] === 'redacted');
    expect(testSite.clock.now() - from).toBeGreaterThanOrEqual(90 * secondMs);
  });

  it('is redacted after 90 s without consent, and the reason is stored', async () => {
    openBench(1);
    let logged = '';
    const write = (line: string) => {
      logged += line;
    };
    testSite.identity({ logger: createLogger('debug', { write }) });
    const from = testSite.clock.now();
    const offsets = await testSite.append(testSite.event('a', server));
    await reached(offsets[0]);
    expect(await bodies(offsets)).toEqual(['bytes']);
    testSite.clock.pace(150);
    await isIndexed(offsets);
    expect(testSite.clock.now() - from).toBeGreaterThanOrEqual(90 * secondMs);
    await waitUntil(() => logged !== '');
    expect(JSON.parse(logged)).toMatchObject({ event: 'a', name: 'Purchase', msg: 'event dropped: consent timeout' });
    expect(await bodies(offsets)).toEqual(['redacted']);
    expect(await testSite.store.getAbsentReasons(testSite.site, offsets)).toEqual(new Map([[offsets[0], 'consent-missing']]));
  });

  it('is redacted if the shopper denied in its checkout although silence counts as grant, unless it states a grant', async () => {
    openBench(1_000);
    testSite.identity();
    const commerce = { checkoutId: 'token' };
    const began = testSite.event('b', { name: 'InitiateCheckout', reporter: 'browser', commerce, consent: denied });
    const other = { checkoutId: 'other' };
    const [, second] = await testSite.append(began, { ...began, id: 'd', commerce: other });
    await reached(second);
    const silent = { stated: 'unknown', effective: 'granted' } as const;
    const order = { ...server, reporter: 'webhook', commerce, consent: silent } as const;
    const offsets = await testSite.append(
      testSite.event('a', order),
      testSite.event('c', { ...order, commerce: other }),
      testSite.event('c', { name: 'Purchase', reporter: 'browser', commerce: other }),
    );
    await isIndexed(offsets);
    expect(await bodies(offsets)).toEqual(['redacted', 'bytes', 'bytes']);
    expect(await testSite.store.getAbsentReasons(testSite.site, offsets)).toEqual(new Map([[offsets[0], 'consent-refused']]));
  });

  it('is not created for an event with its own consent', async () => {
    openBench(1_000);
    testSite.identity();
    const offsets = await testSite.append(
      testSite.event('a'),
      testSite.event('b', { consent: denied }),
      testSite.event('c', server),
    );
    await isIndexed(offsets);
    expect(await bodies(offsets)).toEqual(['bytes', 'bytes', 'redacted']);
  });

  it.each([
    ['before it', true],
    ['after it', false],
  ] as const)('is kept by a granted duplicate that came %s', async (_, copyFirst) => {
    openBench(1_000);
    testSite.identity();
    const duplicate = testSite.event(secret, { name: 'Purchase' });
    const event = testSite.event(secret, server);
    const offsets = await testSite.append(...(copyFirst ? [duplicate, event] : [event, duplicate]));
    await isIndexed(offsets);
    expect(await bodies(offsets)).toEqual(['bytes', 'bytes']);
    expect((await testSite.store.getAbsentReasons(testSite.site, offsets)).size).toBe(0);
  });

  it.each([
    ['before it', true],
    ['after it', false],
  ] as const)('is not kept by a denied duplicate that came %s', async (_, copyFirst) => {
    openBench(1_000);
    testSite.identity();
    const duplicate = testSite.event('a', { name: 'Purchase', consent: denied });
    const event = testSite.event('a', server);
    const offsets = await testSite.append(...(copyFirst ? [duplicate, event] : [event, duplicate]));
    await isIndexed(offsets);
    expect(await bodies(offsets)).toEqual(copyFirst ? ['bytes', 'redacted'] : ['redacted', 'bytes']);
  });

  it('is redacted if its duplicate is pending too', async () => {
    openBench(1_000);
    testSite.identity();
    const offsets = await testSite.append(testSite.event('a', server), testSite.event('a', { ...server, reporter: 'webhook' }));
    await isIndexed(offsets);
    expect(await bodies(offsets)).toEqual(['redacted', 'redacted']);
  });

  it('is kept with both server reports by a granted duplicate', async () => {
    openBench(1_000);
    testSite.identity();
    const offsets = await testSite.append(
      testSite.event(secret, server),
      testSite.event(secret, { ...server, reporter: 'webhook' }),
      testSite.event(secret, { name: 'Purchase' }),
    );
    await isIndexed(offsets);
    expect(await bodies(offsets)).toEqual(['bytes', 'bytes', 'bytes']);
  });

  it.each([
    ['before it', true],
    ['after it', false],
  ] as const)('is not kept by a granted duplicate that came %s if the id is guessable', async (_, copyFirst) => {
    openBench(1_000);
    testSite.identity();
    const identity = { forms: {}, clickIds: {}, anonymousId: 'stranger' };
    const duplicate = testSite.event('purchase-1001', { name: 'Purchase', identity });
    const event = testSite.event('purchase-1001', server);
    const offsets = await testSite.append(...(copyFirst ? [duplicate, event] : [event, duplicate]));
    await isIndexed(offsets);
    expect(await bodies(offsets)).toEqual(copyFirst ? ['bytes', 'redacted'] : ['redacted', 'bytes']);
  });

  it('is kept by a granted duplicate with a guessable id if the shop names the same visitor', async () => {
    openBench(1_000);
    testSite.identity();
    const identity = { forms: {}, clickIds: {}, anonymousId: 'us' };
    const offsets = await testSite.append(
      testSite.event('purchase-1001', { ...server, identity }),
      testSite.event('purchase-1001', { name: 'Purchase', identity }),
    );
    await isIndexed(offsets);
    expect(await bodies(offsets)).toEqual(['bytes', 'bytes']);
  });

  it('is not created by a denial in a checkout with a guessable id', async () => {
    openBench(1_000);
    testSite.identity();
    const commerce = { checkoutId: 'cart-17' };
    const silent = { stated: 'unknown', effective: 'granted' } as const;
    const offsets = await testSite.append(
      testSite.event('b', { name: 'InitiateCheckout', reporter: 'browser', commerce, consent: denied }),
      testSite.event('a', { ...server, commerce, consent: silent }),
    );
    await isIndexed(offsets);
    expect(await bodies(offsets)).toEqual(['bytes', 'bytes']);
  });

  it('is redacted at the start if its wait ended while no consumer ran', async () => {
    openBench(1_000);
    const offsets = await testSite.append(
      testSite.event('a', { ...server, receivedAt: testSite.clock.now() - 3_600 * secondMs }),
    );
    testSite.identity();
    await isIndexed(offsets);
    expect(await bodies(offsets)).toEqual(['redacted']);
  });
});
