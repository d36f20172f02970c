import { describe, expect, it } from 'vitest';
import type { Event } from '../../event/event.ts';
import { dayMs, minuteMs } from '../../event/units.ts';
import type { Store } from '../../storage/ports/store.ts';
import { createConsumerSite, waitUntil } from '../delivery.fixture.ts';
import { buildReply } from '../tiny-platform.fixture.ts';
import {
  claim,
  createSite,
  denied,
  eraseReports,
  getIssues,
  granted,
  open,
  sale,
  testSite,
  valuesSent,
} from './shop-reports.fixture.ts';

describe("the shop's report of a purchase that was settled by a browser's report", () => {
  it.each([
    ['a denial', 'consent-denied', () => claim({ consent: denied, deniedId: '9'.repeat(32) })],
    ["a crawler's agent", 'bot', () => claim({ bot: true })],
    ['a time of seven days ago', 'too-old-on-arrival', () => claim({ time: testSite.clock.now() - 7 * dayMs }, 0)],
    ['a member that the platform refuses', 'dead', () => claim({ properties: { reject: true } })],
  ])("is sent once with the shop's values: %s", async (_, outcome, browser) => {
    open();
    const [first = ''] = await testSite.deliver(browser());
    expect(await testSite.getOutcomes([first])).toEqual([outcome]);
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 10)).toHaveLength(outcome === 'dead' ? 1 : 0);
    const [copy = ''] = await testSite.deliver(sale({ properties: { reject: false } }));
    await testSite.waitUntilSettled([first, copy]);
    expect(await testSite.getOutcomes([first, copy])).toEqual(['delivered', 'duplicate']);
    expect(valuesSent()).toEqual([199]);
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 10)).toEqual([]);
    expect(await testSite.store.countByOutcome(testSite.consumerId)).toMatchObject({
      delivered: 1,
      duplicate: 1,
      waiting: 0,
      [outcome]: 0,
    });
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it("is sent once although the platform had refused the browser's report", async () => {
    open();
    testSite.sender.answer = ({ body }) =>
      body.includes('0.01') ? buildReply(400, JSON.stringify({ bad: [0] })) : buildReply(200);
    const offsets = await testSite.deliver(claim());
    expect(await testSite.getOutcomes(offsets)).toEqual(['dead']);
    offsets.push(...(await testSite.deliver(sale())));
    await testSite.waitUntilSettled(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate']);
    expect(testSite.sender.accepted).toEqual(['ord-1']);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('is decided once if a webhook and a server report it at the same moment', async () => {
    open();
    const offsets = await testSite.deliver(claim({ bot: true }));
    offsets.push(...(await testSite.append(sale(), sale({ reporter: 'webhook' }))));
    await testSite.waitUntilSettled(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate', 'duplicate']);
    expect(valuesSent()).toEqual([199]);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it("is skipped again if the shop's own report is skipped", async () => {
    open();
    const offsets = await testSite.deliver(claim({ bot: true }));
    offsets.push(...(await testSite.deliver(sale({ bot: true }))));
    await testSite.pass(minuteMs);
    expect(await testSite.getOutcomes(offsets)).toEqual(['bot', 'duplicate']);
    expect(testSite.sender.accepted).toEqual([]);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('is not sent if the shopper was erased', async () => {
    open();
    const offsets = await testSite.deliver(claim({ bot: true }));
    await testSite.log.redact(testSite.site, offsets);
    offsets.push(...(await testSite.deliver(sale())));
    await testSite.pass(minuteMs);
    expect(await testSite.getOutcomes(offsets)).toEqual(['bot', 'duplicate']);
    expect(testSite.sender.accepted).toEqual([]);
  });

  it("is sent if an erasure removed only the browser's report", async () => {
    open();
    const offsets = await testSite.deliver(claim({ bot: true }));
    await eraseReports(offsets);
    offsets.push(...(await testSite.deliver(sale())));
    await testSite.waitUntilSettled(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate']);
    expect(valuesSent()).toEqual([199]);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('is delivered once, whichever commit fails', async () => {
    for (const failing of [1, 2, 3, 4, 5, 6]) {
      createSite(400);
      let commits = 0;
      let isArmed = false;
      const faulty: Store = {
        ...testSite.store,
        async commitDelivery(lease, commit) {
          if (!isArmed) return testSite.store.commitDelivery(lease, commit);
          commits += 1;
          // An odd commit fails before it is durable, an even one afterwards.
          if (commits === failing && failing % 2 === 0) await testSite.store.commitDelivery(lease, commit);
          if (commits === failing) throw new Error('disk I/O error');
          return testSite.store.commitDelivery(lease, commit);
        },
      };
      testSite.identity();
      testSite.connection({ site: createConsumerSite(testSite.site, 0), store: faulty });
      const offsets = await testSite.deliver(claim({ bot: true }));
      isArmed = true;
      offsets.push(...(await testSite.append(sale())));
      await testSite.waitUntilSettled(offsets);
      expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate']);
      expect(new Set(valuesSent())).toEqual(new Set([199]));
      // Only a request with a response that was not settled is sent twice, byte for byte.
      expect(testSite.sender.accepted.length - 1).toBeLessThanOrEqual((await testSite.state()).inDoubt);
      expect(await testSite.countUnaccounted()).toBe(0);
      await testSite.dispose();
    }
  });
});

describe("the shop's report of a purchase that was delivered with a browser's report", () => {
  it('is not sent, reports different totals, and marks the purchase as claimed', async () => {
    open();
    const offsets = await testSite.deliver(claim());
    offsets.push(...(await testSite.deliver(sale())));
    await waitUntil(async () => (await getIssues(offsets[0])).includes('claimed'));
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate']);
    expect(await getIssues(offsets[1])).toEqual(['totals-differ']);
    expect(valuesSent()).toEqual([0.01]);
    expect(await testSite.countUnaccounted()).toBe(0);
    offsets.push(...(await testSite.deliver(sale({ reporter: 'webhook' }))));
    expect(await getIssues(offsets[0])).toEqual(['claimed']);
  });

  it('has no issue if the totals are the same, or if both reports were merged before', async () => {
    open();
    const offsets = await testSite.deliver(claim({ commerce: { value: 199, currency: 'USD' } }));
    offsets.push(...(await testSite.deliver(sale())));
    await testSite.pass(minuteMs);
    expect(await getIssues(offsets[0])).toEqual([]);
    expect(await getIssues(offsets[1])).toEqual([]);
    const joined = [claim(), sale()].map((event) => ({ ...event, id: 'ord-2' }));
    offsets.push(...(await testSite.deliver(...joined)));
    expect(await getIssues(offsets[2])).toEqual(['totals-differ']);
    expect(await getIssues(offsets[3])).toEqual([]);
  });
});

describe("a stranger's report with another total under the id of a purchase", () => {
  const by = (anonymousId: string) => ({ identity: { forms: {}, clickIds: {}, anonymousId } });
  const price = { commerce: { value: 199, currency: 'USD' } };
  const own = () => claim({ ...by('us'), ...price }, 0);
  const named = (more: Partial<Event> = {}) => sale({ ...by('us'), ...more });
  const stranger = () => claim({ consent: { ...granted, adUserData: 'denied' } }, 0);

  it.each<[string, () => Event, () => Event]>([
    ['names its visitor', own, named],
    ['names nobody', () => claim(price, 0), sale],
  ])('marks a delivered purchase of a shopper as nothing if the shop %s', async (_, ofShopper, ofShop) => {
    open();
    const offsets = await testSite.deliver(ofShopper());
    for (const report of [stranger, ofShop, () => ({ ...ofShop(), reporter: 'webhook' }) as const])
      offsets.push(...(await testSite.deliver(report())));
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate', 'duplicate', 'duplicate']);
    for (const offset of offsets) expect(await getIssues(offset)).toEqual([]);
  });

  it("marks a purchase as claimed if it was sent before the shop's, also beside the shopper's own report", async () => {
    open();
    const offsets = await testSite.deliver(claim());
    offsets.push(...(await testSite.deliver({ ...own(), consent: { ...granted, adPersonalization: 'denied' } }, named())));
    await waitUntil(async () => (await getIssues(offsets[0])).includes('claimed'));
    expect(valuesSent()).toEqual([0.01]);
  });

  it("marks a purchase as nothing if the shop's report and the shopper's own were sent", async () => {
    open();
    const offsets = await testSite.deliver(stranger(), own(), named());
    offsets.push(...(await testSite.deliver(named({ reporter: 'webhook' }))));
    expect(valuesSent()).toEqual([199]);
    for (const offset of offsets) expect(await getIssues(offset)).toEqual([]);
  });
});

describe("a browser's denial within an hour of the shop's grant", () => {
  it('stops the purchase, and both reports get an issue', async () => {
    open();
    const offsets = await testSite.deliver(claim({ consent: denied, deniedId: '9'.repeat(32) }, 30 * minuteMs));
    offsets.push(...(await testSite.deliver(sale())));
    await waitUntil(async () => (await getIssues(offsets[0])).length > 0);
    expect(await testSite.getOutcomes(offsets)).toEqual(['consent-denied', 'duplicate']);
    expect(await getIssues(offsets[0])).toEqual(['consent-differs']);
    expect(await getIssues(offsets[1])).toEqual(['consent-differs']);
    expect(testSite.sender.accepted).toEqual([]);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('has another issue if the shop states no grant', async () => {
    open();
    const silent = { consent: { stated: 'unknown', effective: 'granted' } } as const;
    const offsets = await testSite.deliver(claim({ consent: denied, deniedId: '9'.repeat(32) }, 30 * minuteMs));
    offsets.push(...(await testSite.deliver(sale(silent))));
    await waitUntil(async () => (await getIssues(offsets[0])).length > 0);
    expect(await testSite.getOutcomes(offsets)).toEqual(['consent-denied', 'duplicate']);
    expect(await getIssues(offsets[0])).toEqual(['denied-by-browser']);
    expect(testSite.sender.accepted).toEqual([]);
  });
});
