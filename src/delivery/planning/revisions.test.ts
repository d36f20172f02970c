import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../destinations/kit/destination.ts';
import type { Event } from '../../event/event.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { ConnectionConsumerOptions } from '../consumers/connection-consumer.ts';
import { buildEvent, buildRecord, createConsumerSite, start, waitUntil } from '../delivery.fixture.ts';
import { type TestSite, useTestStorage } from '../test-site.fixture.ts';
import { buildReply, getIds, sampleIssue } from '../tiny-platform.fixture.ts';
import { Batch } from './batch.ts';

const storage = useTestStorage();
let testSite: TestSite;

function open(more: Partial<ConnectionConsumerOptions> = {}): void {
  testSite = storage.createSite(100);
  testSite.identity();
  testSite.connection({ site: createConsumerSite(testSite.site, 0), ...more });
}

const granted = { stated: 'granted', effective: 'granted' } as const;
const denied = { stated: 'denied', effective: 'denied' } as const;

/** Returns a browser's report that claims the purchase `ago` before now. */
function claim(more: Partial<Event> = {}, ago = 2 * hourMs): Event {
  const at = testSite.clock.now() - ago;
  return testSite.event('ord-1', {
    name: 'Purchase',
    time: at,
    receivedAt: at,
    commerce: { value: 0.01, currency: 'USD' },
    ...more,
  });
}

function sale(more: Partial<Event> = {}): Event {
  const commerce = { value: 199, currency: 'USD', orderId: '1001' };
  return testSite.event('ord-1', { name: 'Purchase', reporter: 'server', consent: granted, commerce, ...more });
}

/** Returns the accepted values of the purchase. */
function valuesSent(): readonly unknown[] {
  return testSite.sender.deliveries
    .filter((request) => getIds(request).includes('ord-1'))
    .flatMap(({ body }) => JSON.parse(body))
    .filter(({ id }: { id: string }) => id === 'ord-1')
    .map(({ value }: { value: unknown }) => value);
}

/** Erases browsers' reports of events that stay. `left` are the sales among the other reports of these events. */
async function eraseReports(offsets: readonly Offset[], left: readonly Offset[] = []): Promise<void> {
  const now = testSite.clock.now();
  const keys = { keys: [], orderId: '1001', reporter: 'server', consent: granted } as const;
  const index = left.map((offset) => ({ ...keys, offset, receivedAt: now, time: now, name: 'Purchase', id: 'ord-1' }));
  await testSite.store.beginErasure({ site: testSite.site, offsets, reportsAlone: new Set(offsets), index, visitors: [], now });
  await testSite.log.redact(testSite.site, offsets);
}

async function getIssues(offset: Offset | undefined): Promise<readonly string[]> {
  const found = await testSite.store.getOutcomes(testSite.consumerId, [offset ?? '']);
  return (found.get(offset ?? '')?.issues ?? []).map(({ code }) => code);
}

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
      testSite = storage.createSite(400);
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

describe("a waiting sale whose browser's report is erased", () => {
  it.each([
    ['before', 'a 503', buildReply(503)],
    ['before', 'no response', { unknown: 'ECONNRESET' }],
    ['after', 'a 503', buildReply(503)],
  ] as const)("is sent with the shop's values: the report came %s it, after %s", async (order, _, answer) => {
    open();
    testSite.sender.answer = () => answer;
    const isFirst = order === 'before';
    const page = { url: 'https://shop.example/strangers' };
    const offsets = await testSite.append(...(isFirst ? [claim({ page }), sale()] : [sale(), claim({ page })]));
    await waitUntil(() => testSite.sender.deliveries.length > 0);
    await eraseReports([offsets[isFirst ? 0 : 1] ?? ''], [offsets[isFirst ? 1 : 0] ?? '']);
    const sent = testSite.sender.requests.length + 1;
    await waitUntil(() => testSite.sender.requests.length > sent);
    testSite.sender.answer = () => buildReply(200);
    await testSite.waitUntilSettled(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate']);
    const [last] = testSite.sender.deliveries.slice(-1);
    expect(JSON.parse(last?.body ?? '')).toEqual([{ id: 'ord-1', value: 199, url: null, reporters: ['server'] }]);
    expect(await testSite.store.listPurchases(testSite.site, '', '\uffff', 9)).toMatchObject([
      { id: 'ord-1', reporters: ['server'], orderId: '1001' },
    ]);
    expect(await testSite.countUnaccounted()).toBe(0);
  });
});

describe("a sale that the platform refuses with a browser's fields", () => {
  const hostile = 'https://shop.example/refused';
  const both = (browser: Partial<Event> = { page: { url: hostile } }) => testSite.append(claim(browser), sale());

  it.each([
    ['names it', (request: HttpRequest) => buildReply(400, JSON.stringify({ bad: [getIds(request).indexOf('ord-1')] }))],
    ['does not name it', () => buildReply(400, JSON.stringify({ bad: [] }))],
    ['responds like a firewall', () => buildReply(403)],
  ])("is sent with the shop's report alone: the platform %s", async (_, refuse) => {
    open();
    testSite.sender.answer = (request) => (request.body.includes(hostile) ? refuse(request) : buildReply(200));
    // One append, so that the others share a batch with the sale and show that the platform accepts the rest.
    const others = ['a', 'b', 'c'].map((id) => testSite.event(id));
    const all = await testSite.append(...others, claim({ page: { url: hostile } }), sale());
    await testSite.waitUntilSettled(all);
    const offsets = all.slice(others.length);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate']);
    expect(valuesSent()).toContain(199);
    expect(await getIssues(offsets[0])).toContain('browser-report-left-out');
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 10)).toEqual([]);
    expect(testSite.sender.accepted.toSorted()).toEqual(['a', 'b', 'c', 'ord-1']);
    expect((await testSite.state()).pause).toBeNull();
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it("is sent with the shop's report alone if the platform's schema refuses it first", async () => {
    open();
    const offsets = await both({ properties: { reject: true } });
    await testSite.waitUntilSettled(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate']);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it("is a failed event if the platform refuses the shop's report too", async () => {
    open();
    testSite.sender.answer = (request) =>
      request.body.includes('ord-1') ? buildReply(400, JSON.stringify({ bad: [0] })) : buildReply(200);
    const offsets = await both();
    await testSite.waitUntilSettled(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['dead', 'duplicate']);
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 10)).toHaveLength(1);
    expect(await testSite.countUnaccounted()).toBe(0);
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

describe('a site whose purchases must be confirmed', () => {
  const openConfirmed = (factor: number) => {
    testSite = storage.createSite(factor);
    testSite.identity();
    testSite.connection({ site: { ...createConsumerSite(testSite.site, 0), purchases: 'confirmed' } });
  };
  const waiting = () => waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);

  it("holds a browser's purchase, and sends it once the shop reports it", async () => {
    openConfirmed(1_000);
    const offsets = await testSite.append(claim({}, 0), testSite.event('cart'));
    await waiting();
    await waitUntil(() => testSite.sender.accepted.includes('cart'));
    await testSite.pass(20 * minuteMs);
    expect(testSite.sender.accepted).toEqual(['cart']);
    expect((await testSite.store.getUnsent(testSite.site, testSite.consumerId)).oldest).toBeUndefined();
    offsets.push(...(await testSite.append(sale())));
    await testSite.waitUntilSettled(offsets);
    expect(valuesSent()).toEqual([199]);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it("does not send a browser's report alone if the shop's pending report gets no consent", async () => {
    openConfirmed(1);
    const pending = { stated: 'unknown', effective: 'pending' } as const;
    const offsets = await testSite.append(claim({}, 0), sale({ consent: pending }));
    // The connection reads both before the wait for consent ends.
    await waitUntil(async () => (await testSite.getOutcomes(offsets)).join() === 'waiting,duplicate');
    testSite.clock.pace(40_000);
    await testSite.waitUntilSettled(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['unconfirmed', 'duplicate']);
    expect(testSite.sender.accepted).toEqual([]);
  });

  it('skips it after 24 hours, and still sends it if the shop reports it then', async () => {
    openConfirmed(40_000);
    const from = testSite.clock.now();
    const offsets = await testSite.deliver(claim({}, 0));
    expect(testSite.clock.now() - from).toBeGreaterThanOrEqual(24 * hourMs);
    expect(await testSite.getOutcomes(offsets)).toEqual(['unconfirmed']);
    offsets.push(...(await testSite.append(sale())));
    await testSite.waitUntilSettled(offsets);
    await waitUntil(() => testSite.sender.accepted.length > 0);
    await testSite.waitUntilSettled(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate']);
    expect(valuesSent()).toEqual([199]);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it("sends the shop's own purchases and browsers' other events as before", async () => {
    openConfirmed(100);
    await testSite.deliver(testSite.event('lead', { name: 'Lead' }), sale());
    expect(testSite.sender.accepted.toSorted()).toEqual(['lead', 'ord-1']);
  });
});

describe('a report that comes while its event is in an unfinished batch', () => {
  const first = buildRecord('1', buildEvent('a', { name: 'Purchase' }));
  const member = (offset: Offset) => ({
    member: { offset, eventName: 'Purchase', eventId: 'a', bytes: new Uint8Array(), text: '', size: 10, issues: [] },
  });

  it.each([
    ['a member', member('1')],
    ['a skip', { skip: { offset: '1', outcome: 'bot', issues: [] } }],
    [
      'a failed event',
      {
        deadLetter: {
          offset: '1',
          cause: 'rejected',
          issues: [sampleIssue],
          eventName: 'Purchase',
          eventId: 'a',
          bytes: new Uint8Array(),
          at: start,
        },
      },
    ],
  ] as const)('causes a new decision about the event: %s', (_, decision) => {
    const batch = new Batch('', { records: 10, bytes: 1_000 });
    batch.add(first, decision, start);
    batch.add({ offset: '2', at: start }, member('2'), start);
    expect(batch.setAside({ record: first, duplicates: 1 }, start + secondMs)).toBe(true);
    expect(batch.plan()).toMatchObject({
      members: [{ offset: '2' }],
      skips: [],
      deadLetters: [],
      holds: [{ offset: '1', reason: 'retry', dueAt: start + secondMs }],
    });
  });

  it('changes nothing if the batch knew the report', () => {
    const batch = new Batch('', { records: 10, bytes: 1_000 });
    batch.add(first, member('1'), start, { duplicates: 1 });
    expect(batch.setAside({ record: first, duplicates: 1 }, start)).toBe(true);
    expect(batch.plan().members).toHaveLength(1);
    expect(batch.setAside({ record: buildRecord('9', buildEvent('b')), duplicates: 1 }, start)).toBe(false);
  });
});
