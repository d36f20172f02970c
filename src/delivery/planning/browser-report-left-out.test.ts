import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../destinations/kit/destination.ts';
import type { Event } from '../../event/event.ts';
import { waitUntil } from '../delivery.fixture.ts';
import { buildReply, getIds } from '../tiny-platform.fixture.ts';
import { claim, eraseReports, getIssues, open, sale, testSite, valuesSent } from './shop-reports.fixture.ts';

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
