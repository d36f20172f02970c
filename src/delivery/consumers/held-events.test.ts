import { describe, expect, it } from 'vitest';
import { secondMs } from '../../event/units.ts';
import { createConsumerSite, createSha256, waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { createBench } from './consumer-bench.fixture.ts';

let testSite: TestSite;
const storage = useTestStorage();
const openBench = (factor: number) => {
  testSite = storage.createSite(factor);
};
const { drained, twoReporters } = createBench(() => testSite);

describe('a held purchase', () => {
  const browser = () => testSite.event('ord-1', { name: 'Purchase', page: { url: 'https://shop.example/thanks' } });
  const webhook = () => testSite.event('ord-1', { name: 'Purchase', reporter: 'webhook', commerce: { value: 125.4 } });
  const createHoldingSite = (purchaseHoldSeconds: number) => createConsumerSite(testSite.site, purchaseHoldSeconds);

  it('waits for a report of the shop if the site has webhooks, even before the first one', async () => {
    openBench(50);
    testSite.identity();
    testSite.connection({ site: createConsumerSite(testSite.site, 'auto', ['a secret']) });
    await testSite.append(browser());
    await waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);
    await testSite.append(webhook());
    await waitUntil(() => testSite.sender.accepted.includes('ord-1'));
    expect(testSite.sender.accepted).toEqual(['ord-1']);
  });

  it('is sent with merged values once its duplicate comes; the duplicate is skipped', async () => {
    openBench(50);
    testSite.identity();
    const from = testSite.clock.now();
    testSite.connection({ site: createHoldingSite(900) });
    await twoReporters();
    const [first] = await testSite.append(browser(), testSite.event('other'));
    await waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);
    await waitUntil(() => testSite.sender.accepted.includes('other'));
    const [duplicate] = await testSite.append(webhook());
    await drained([duplicate ?? '']);
    expect(testSite.clock.now() - from).toBeLessThan(600 * secondMs);
    expect(JSON.parse(testSite.sender.requests.at(-1)?.body ?? '')).toEqual([
      { id: 'ord-1', value: 125.4, url: 'https://shop.example/thanks', reporters: ['browser', 'webhook'] },
    ]);
    expect(await testSite.getOutcomes([first ?? '', duplicate ?? ''])).toEqual(['delivered', 'duplicate']);
  });

  it('waits past its end for a report that was received within it and is not read yet', async () => {
    openBench(10);
    const identity = testSite.identity();
    testSite.connection({ site: createHoldingSite(60) });
    await twoReporters();
    const [first] = await testSite.append(browser());
    await waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);
    await identity.stop();
    const [duplicate] = await testSite.append(webhook());
    testSite.clock.pace(50);
    await testSite.pass(120 * secondMs);
    expect(await testSite.getOutcomes([first ?? ''])).toEqual(['waiting']);
    testSite.identity();
    await drained([first ?? '', duplicate ?? '']);
    expect(await testSite.getOutcomes([first ?? '', duplicate ?? ''])).toEqual(['delivered', 'duplicate']);
    expect(JSON.parse(testSite.sender.requests.at(-1)?.body ?? '')).toMatchObject([{ reporters: ['browser', 'webhook'] }]);
  });

  it('is not sent if its shopper withdraws while it waits', async () => {
    openBench(50);
    testSite.identity();
    testSite.connection({ site: createHoldingSite(120) });
    await twoReporters();
    const identity = { forms: {}, clickIds: {}, anonymousId: 'us' };
    const first = { ...browser(), identity };
    const offsets = await testSite.append(first);
    await waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);
    const consent = { stated: 'denied', effective: 'denied' } as const;
    offsets.push(
      ...(await testSite.append(testSite.event('w', { name: '$consent', identity, consent, time: first.time + secondMs }))),
    );
    await drained(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['consent-denied', undefined]);
    expect(testSite.sender.accepted).not.toContain('ord-1');
  });

  it('does not wait if its duplicate came while the hold was decided', async () => {
    openBench(20);
    testSite.identity();
    testSite.connection({ site: createHoldingSite(900) });
    await twoReporters();
    const from = testSite.clock.now();
    const offsets = await testSite.append(browser());
    // A plan without a request is committed after two seconds.
    await testSite.pass(secondMs);
    offsets.push(...(await testSite.append(webhook())));
    await drained(offsets);
    expect(testSite.clock.now() - from).toBeLessThan(600 * secondMs);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate']);
  });

  it('is sent alone when its hold ends', async () => {
    openBench(500);
    testSite.identity();
    testSite.connection({ site: createHoldingSite(60) });
    await twoReporters();
    const from = testSite.clock.now();
    const offsets = await testSite.append(browser());
    await waitUntil(() => testSite.sender.accepted.includes('ord-1'));
    expect(testSite.clock.now() - from).toBeGreaterThanOrEqual(60 * secondMs);
    await drained(offsets);
  });

  it('is not held if the site has one reporter of purchases, whatever the setting', async () => {
    openBench(50);
    testSite.identity();
    testSite.connection({ site: createHoldingSite(900) });
    await drained(await testSite.append(browser()));
    expect(testSite.sender.accepted).toEqual(['ord-1']);
  });

  it('is held with `auto` only if the site has more than one reporter of purchases', async () => {
    openBench(10);
    testSite.identity();
    testSite.connection();
    const browserReport = await testSite.append(testSite.event('ord-0', { name: 'Purchase' }));
    await drained(browserReport);
    await drained(await testSite.append(testSite.event('ord-2', { name: 'Purchase', reporter: 'server', receivedAt: 0 })));
    await testSite.append(browser());
    await waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);
    expect(testSite.sender.accepted).toEqual(['ord-0', 'ord-2']);
  });
});

describe('a pending event', () => {
  const secret = 'lead-4f1d8a90c3b7e526';
  const server = (id = secret) =>
    testSite.event(id, { reporter: 'server', consent: { stated: 'unknown', effective: 'pending' } });

  it('is skipped as denied after 90 s, and its body is redacted', async () => {
    openBench(500);
    testSite.identity();
    testSite.connection();
    const from = testSite.clock.now();
    const offsets = await testSite.append(server());
    await waitUntil(async () => (await testSite.getOutcomes(offsets))[0] === 'consent-denied');
    expect(testSite.clock.now() - from).toBeGreaterThanOrEqual(90 * secondMs);
    await waitUntil(async () => 'redacted' in ((await testSite.log.get(testSite.site, offsets))[0]?.body ?? {}));
    expect(testSite.sender.requests).toEqual([]);
  });

  it('is sent as soon as its duplicate grants consent', async () => {
    openBench(20);
    testSite.identity();
    testSite.connection();
    const from = testSite.clock.now();
    await testSite.append(server());
    await waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);
    const duplicate = await testSite.append(testSite.event(secret));
    await waitUntil(() => testSite.sender.accepted.length === 1);
    expect(testSite.clock.now() - from).toBeLessThan(80 * secondMs);
    await drained(duplicate);
  });

  it.each([
    ['first', true],
    ['after it', false],
  ] as const)('lets a duplicate that came %s be sent alone, if the duplicate may be forged', async (_, copyFirst) => {
    openBench(500);
    testSite.identity();
    testSite.connection();
    const from = testSite.clock.now();
    const duplicate = testSite.event('lead-17', { identity: { forms: {}, clickIds: {}, anonymousId: 'browser' } });
    const event = { ...server('lead-17'), identity: { forms: { emailMicrosoft: createSha256('a') }, clickIds: {} } };
    const offsets = await testSite.append(...(copyFirst ? [duplicate, event] : [event, duplicate]));
    await drained(offsets);
    expect(testSite.clock.now() - from).toBeGreaterThanOrEqual(90 * secondMs);
    expect(testSite.sender.accepted).toEqual(['lead-17']);
    await waitUntil(async () => (await testSite.log.get(testSite.site, offsets)).some(({ body }) => 'redacted' in body));
    const hasBody = (await testSite.log.get(testSite.site, offsets)).map(({ body }) => 'bytes' in body);
    expect(hasBody).toEqual(copyFirst ? [true, false] : [false, true]);
    const [body = ''] = testSite.sender.deliveries.map((request) => request.body);
    expect(JSON.parse(body)[0].reporters).toEqual(['browser']);
  });
});
