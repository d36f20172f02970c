import { describe, expect, it } from 'vitest';
import type { Event } from '../../event/event.ts';
import { minuteMs } from '../../event/units.ts';
import type { ConnectionConsumerOptions } from '../consumers/connection-consumer.ts';
import { createConsumerSite, waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';

/** Reports of a stranger's browser under the number of an order, whose shopper declines or grants on a page of their own. */

const storage = useTestStorage();
let testSite: TestSite;

function open(site: Partial<ConnectionConsumerOptions['site']> = {}, factor = 100): void {
  testSite = storage.createSite(factor);
  testSite.identity();
  testSite.connection({ site: { ...createConsumerSite(testSite.site, 0), ...site } });
}

const purchase = (more: Partial<Event>) => testSite.event('order-1002', { name: 'Purchase', ...more });
const stated = (choice: 'granted' | 'denied') => ({ consent: { stated: choice, effective: choice } }) as const;
const grant = () => purchase({ ...stated('granted'), commerce: { value: 199, currency: 'USD' } });
const decline = () => purchase({ ...stated('denied'), deniedId: '9'.repeat(32), commerce: { value: 199, currency: 'USD' } });
const sale = (reporter: 'server' | 'webhook' = 'webhook') =>
  purchase({ ...stated('granted'), reporter, commerce: { value: 199, currency: 'USD', orderId: '1002' } });
const reports = { grant, decline, sale };

async function expectDeclined(offsets: readonly string[], issues: readonly string[] = ['consent-differs']): Promise<void> {
  await testSite.waitUntilSettled(offsets);
  expect(await testSite.getOutcomes(offsets)).toEqual(['consent-denied', ...offsets.slice(1).map(() => 'duplicate')]);
  const [first = ''] = offsets;
  const outcome = (await testSite.store.getOutcomes(testSite.consumerId, [first])).get(first);
  expect(outcome?.issues.map(({ code }) => code)).toEqual(issues);
  expect(testSite.sender.accepted).toEqual([]);
  expect(await testSite.countUnaccounted()).toBe(0);
}

describe("a decline of a purchase that a stranger's browser granted", () => {
  it.each<readonly (keyof typeof reports)[]>([
    ['grant', 'decline', 'sale'],
    ['decline', 'grant', 'sale'],
    ['grant', 'sale', 'decline'],
    ['sale', 'grant', 'decline'],
    ['sale', 'decline', 'grant'],
  ])("counts for the shop's event within the hour: %s, %s, %s", async (...order) => {
    open();
    await expectDeclined(await testSite.append(...order.map((name) => reports[name]())));
    expect(await testSite.store.listPurchases(testSite.site, '', '\uffff', 9)).toMatchObject([
      { id: 'order-1002', reporters: ['browser', 'webhook'] },
    ]);
    expect(await testSite.append(decline()), 'a second one is a repeat').toEqual([]);
  });

  it("counts when the shop's report comes minutes later, after the grant was skipped", async () => {
    open();
    const offsets = await testSite.deliver({ ...grant(), bot: true }, decline());
    expect(await testSite.getOutcomes(offsets)).toEqual(['consent-denied', 'duplicate']);
    await testSite.pass(5 * minuteMs);
    offsets.push(...(await testSite.deliver(sale('server'))));
    const getCodes = async () =>
      (await testSite.store.getOutcomes(testSite.consumerId, offsets)).get(offsets[0] ?? '')?.issues.map(({ code }) => code);
    await waitUntil(async () => (await getCodes())?.length === 1);
    await expectDeclined(offsets);
  });

  it.each([
    ['the hold', { purchaseHoldSeconds: 'auto', webhooks: { secrets: ['a-secret'], purchaseOn: 'create' } }],
    ['the hold of a hook', { purchaseHoldSeconds: 'auto', hooks: [{ id: 'payments', source: 'stripe', secrets: ['a-secret'] }] }],
    ['a confirmation', { purchases: 'confirmed' }],
  ] as const)('counts without the shop while the purchase waits for %s', async (_, site) => {
    open(site, 1);
    const offsets = await testSite.append(grant());
    await waitUntil(async () => (await testSite.getOutcomes(offsets)).join() === 'waiting');
    offsets.push(...(await testSite.append(decline())));
    await waitUntil(async () => (await testSite.store.findDuplicates(testSite.site, '', '\uffff')).size === 1);
    testSite.clock.pace(200_000);
    await expectDeclined(offsets, []);
    const { records } = await testSite.log.latest(testSite.site, 9);
    expect(records).toHaveLength(2);
  });

  it('changes nothing once the purchase was sent', async () => {
    open();
    const offsets = await testSite.deliver(grant());
    offsets.push(...(await testSite.deliver(decline())));
    await testSite.pass(minuteMs);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate']);
    expect(testSite.sender.accepted).toEqual(['order-1002']);
  });
});

describe("a purchase whose browser's report is the shopper's", () => {
  const us = { identity: { forms: {}, clickIds: {}, anonymousId: 'us' } };
  const byPolicy = (effective: 'granted' | 'denied') => ({ consent: { stated: 'unknown', effective } }) as const;
  const named = {
    own: () => purchase({ ...grant(), ...us, ...byPolicy('granted') }),
    granted: () => purchase({ ...grant(), ...us }),
    sale: () => purchase({ ...sale('server'), ...us, ...byPolicy('granted') }),
    silent: () => purchase({ ...sale(), ...byPolicy('granted') }),
    stranger: decline,
    undecided: () => purchase({ ...decline(), ...byPolicy('denied') }),
  };

  it.each<readonly (keyof typeof named)[]>([
    ['own', 'stranger', 'sale'],
    ['stranger', 'own', 'sale'],
    ['sale', 'own', 'stranger'],
    ['granted', 'stranger', 'sale'],
    ['own', 'undecided', 'sale'],
    ['undecided', 'granted', 'silent'],
    ['granted', 'undecided', 'silent'],
  ])('is delivered although another report of the same id denies: %s, %s, %s', async (...order) => {
    open();
    const offsets = await testSite.append(...order.map((name) => named[name]()));
    await testSite.waitUntilSettled(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate', 'duplicate']);
    expect(await testSite.countUnaccounted()).toBe(0);
  });
});
