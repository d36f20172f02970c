import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HttpRequest, ReceiptVerdict } from '../destinations/kit/destination.ts';
import { minuteMs } from '../event/units.ts';
import { createConsumerSite, waitUntil } from './delivery.fixture.ts';
import type { SendResult } from './sending/http-sender.ts';
import { type TestSite, TestStorage } from './test-site.fixture.ts';
import { buildReply, getIds, isQuestion, laterPlatform, sampleIssue, tinyPlatform } from './tiny-platform.fixture.ts';

let testSite: TestSite;
let storage: TestStorage;
beforeAll(async () => {
  storage = await TestStorage.open();
});
afterEach(() => testSite.dispose());
afterAll(() => storage.close());

const verdict = (one: ReceiptVerdict) => buildReply(200, JSON.stringify(one));
const still = verdict({ still: true });
const results = (...outcomes: ('delivered' | 'rejected' | 'unverified')[]) =>
  verdict({ settled: outcomes.map((outcome) => ({ outcome, issues: outcome === 'rejected' ? [sampleIssue] : [] })), issues: [] });

/** A platform that receives every request, and answers questions with `answer`. */
class LaterVendor {
  tickets = 0;
  answer: (ticket: string, request: HttpRequest) => SendResult = () => still;
  readonly reply = (request: HttpRequest): SendResult => {
    if (isQuestion(request)) return this.answer(new URL(request.url).searchParams.get('ticket') ?? '', request);
    this.tickets += 1;
    return buildReply(202, `{"ticket":"t${this.tickets}"}`);
  };
}

function open(factor = 20_000, { connect = true } = {}) {
  testSite = storage.createSite(factor);
  const vendor = new LaterVendor();
  testSite.sender.answer = vendor.reply;
  testSite.identity();
  return { vendor, ...(connect && testSite.connection({ destination: laterPlatform })) };
}
const outcomesAre = (offsets: readonly string[], ...outcomes: string[]) =>
  waitUntil(async () => JSON.stringify(await testSite.getOutcomes(offsets)) === JSON.stringify(outcomes));
const counts = () => testSite.store.countByOutcome(testSite.consumerId);
const questions = () => testSite.sender.requests.filter(isQuestion);
const sentIds = () => testSite.sender.deliveries.map(getIds);
const findIssues = async (offset: string) =>
  (await testSite.store.getOutcomes(testSite.consumerId, [offset])).get(offset)?.issues.map(({ code }) => code);

describe('a platform that gives its verdicts later', () => {
  it('has its events await the verdict, which settles each of them', async () => {
    const { vendor } = open();
    const offsets = await testSite.append(...['e1', 'e2', 'e3'].map((id) => testSite.event(id)));
    await outcomesAre(offsets, 'awaiting-verdict', 'awaiting-verdict', 'awaiting-verdict');
    expect(await counts()).toEqual({ 'awaiting-verdict': 3, waiting: 0 });
    expect(await testSite.store.getNextDueTime(testSite.consumerId)).toBeUndefined();
    await waitUntil(() => questions().length >= 2);
    vendor.answer = () => results('delivered', 'rejected', 'unverified');
    await outcomesAre(offsets, 'delivered', 'dead', 'unverified');
    expect(await counts()).toEqual({ 'awaiting-verdict': 0, waiting: 0, delivered: 1, dead: 1, unverified: 1 });
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 9)).toMatchObject([
      { eventId: 'e2', cause: 'rejected', issues: [sampleIssue] },
    ]);
    expect(sentIds()).toEqual([['e1', 'e2', 'e3']]);
    expect(await testSite.store.getNextAskTime(testSite.consumerId)).toBeUndefined();
    expect(await testSite.store.listAttempts(testSite.consumerId, offsets[0] ?? '')).toMatchObject([
      { settled: { result: 'delivered' } },
    ]);
  });

  it('sends further events while a verdict is due', async () => {
    const { vendor } = open(2_000);
    for (const id of ['e1', 'e2', 'e3']) {
      const offsets = await testSite.append(testSite.event(id));
      await outcomesAre(offsets, 'awaiting-verdict');
    }
    vendor.answer = () => results('delivered');
    await waitUntil(async () => (await counts()).delivered === 3);
    expect(sentIds()).toEqual([['e1'], ['e2'], ['e3']]);
    expect(new Set(questions().map(({ url }) => url)).size).toBe(3);
  });

  it('is asked again after the process was killed between ticket and verdict', async () => {
    const { vendor } = open(20_000, { connect: false });
    const first = testSite.connection({ destination: laterPlatform });
    const offsets = await testSite.append(testSite.event('e1'), testSite.event('e2'));
    await outcomesAre(offsets, 'awaiting-verdict', 'awaiting-verdict');
    await first.stop();
    vendor.answer = () => results('delivered', 'rejected');
    const reopened = await storage.reopenStore();
    testSite.connection({ destination: laterPlatform, store: reopened });
    await outcomesAre(offsets, 'delivered', 'dead');
    expect(sentIds()).toEqual([['e1', 'e2']]);
    await testSite.dispose();
    await reopened.close();
  });

  it('leaves its events unverified, never delivered, when no verdict comes', async () => {
    open(50_000);
    const offsets = await testSite.append(testSite.event('e1'));
    await outcomesAre(offsets, 'unverified');
    expect(await findIssues(offsets[0] ?? '')).toEqual(['no-verdict']);
    expect(await counts()).toEqual({ 'awaiting-verdict': 0, waiting: 0, unverified: 1 });
    expect(questions().length).toBeGreaterThan(10);
    expect(await testSite.store.listAttempts(testSite.consumerId, offsets[0] ?? '')).toMatchObject([
      { settled: { result: 'unverified' } },
    ]);
  });

  it('leaves its events unverified when it cannot be asked', async () => {
    const { vendor } = open(200_000);
    let asked = 0;
    vendor.answer = () => {
      asked += 1;
      return [buildReply(503), buildReply(403), { notSent: 'ECONNREFUSED' }, { unknown: 'TIMEOUT' }][asked % 4] ?? still;
    };
    const offsets = await testSite.append(testSite.event('e1'));
    await outcomesAre(offsets, 'unverified');
    expect((await testSite.state()).pause).toBeNull();
    expect((await testSite.state()).breaker.failures).toBe(0);
  });

  it('settles events without a usable ticket as unverified', async () => {
    const { vendor } = open(100);
    testSite.sender.answer = (request) => {
      vendor.reply(request);
      return buildReply(202, JSON.stringify({ ticket: vendor.tickets === 1 ? '' : 'x'.repeat(1_025) }));
    };
    for (const id of ['e1', 'e2']) await outcomesAre(await testSite.append(testSite.event(id)), 'unverified');
    expect(await testSite.store.getNextAskTime(testSite.consumerId)).toBeUndefined();
  });

  it('has its events sent again alone when the verdict names none of the refused ones', async () => {
    const { vendor } = open();
    vendor.answer = (ticket) => {
      if (ticket === 't1') return verdict({ bisect: [] });
      return ticket === 't3' ? verdict({ bisect: [sampleIssue] }) : results('delivered');
    };
    const offsets = await testSite.append(...['e1', 'e2', 'e3'].map((id) => testSite.event(id)));
    await outcomesAre(offsets, 'delivered', 'dead', 'delivered');
    expect(sentIds()).toEqual([['e1', 'e2', 'e3'], ['e1'], ['e2'], ['e3']]);
    expect(await counts()).toEqual({ 'awaiting-verdict': 0, waiting: 0, delivered: 2, dead: 1 });
  });

  it('has its events sent again after the time that it asks for', async () => {
    const { vendor } = open();
    vendor.answer = (ticket) =>
      ticket === 't1' ? verdict({ resendAfterMs: 6 * 60 * minuteMs, issues: [sampleIssue] }) : results('delivered');
    const from = testSite.clock.now();
    const offsets = await testSite.append(testSite.event('e1'));
    await outcomesAre(offsets, 'waiting');
    const dueAt = (await testSite.store.getNextDueTime(testSite.consumerId)) ?? 0;
    expect(dueAt).toBeGreaterThan(from + 4 * 60 * minuteMs);
    await outcomesAre(offsets, 'delivered');
    expect(sentIds()).toEqual([['e1'], ['e1']]);
  });

  it('names refused events by their positions, and gets the others again', async () => {
    const { vendor } = open(20_000, { connect: false });
    const platform = {
      ...laterPlatform,
      receipt: {
        ...(laterPlatform.receipt ?? { firstAfterMs: 0, giveUpAfterMs: 0, encode: () => tinyPlatform.encode([]) }),
        decode: ({ body }: { body: string }): ReceiptVerdict =>
          body === 'second'
            ? { rejectRows: new Map([[1, [sampleIssue]]]) }
            : { settled: [{ outcome: 'delivered', issues: [] }], issues: [] },
      },
    };
    vendor.answer = (ticket) => buildReply(200, ticket === 't1' ? 'second' : '');
    testSite.connection({ destination: platform });
    const offsets = await testSite.append(...['e1', 'e2', 'e3'].map((id) => testSite.event(id)));
    await outcomesAre(offsets, 'delivered', 'dead', 'delivered');
    expect(sentIds().flat().toSorted()).toEqual(['e1', 'e1', 'e2', 'e3', 'e3']);
  });

  it('settles the other events by position after one of them was erased', async () => {
    const { vendor } = open();
    const offsets = await testSite.append(...['e1', 'e2', 'e3'].map((id) => testSite.event(id)));
    await outcomesAre(offsets, 'awaiting-verdict', 'awaiting-verdict', 'awaiting-verdict');
    const erased = offsets.slice(0, 1);
    await testSite.log.redact(testSite.site, erased);
    vendor.answer = () => results('rejected', 'delivered', 'rejected');
    await outcomesAre(offsets, 'erased', 'delivered', 'dead');
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 9)).toMatchObject([{ eventId: 'e3' }]);
  });

  it('gets the report of the shop alone, once, if it refuses an event with the fields of a browser', async () => {
    const { vendor } = open(20_000, { connect: false });
    vendor.answer = () => results('rejected');
    testSite.connection({ destination: laterPlatform, site: createConsumerSite(testSite.site, 0) });
    const [primary = ''] = await testSite.append(
      testSite.event('l1', { name: 'Lead', reporter: 'server' }),
      testSite.event('l1', { name: 'Lead' }),
    );
    await outcomesAre([primary], 'dead');
    expect(sentIds()).toEqual([['l1'], ['l1']]);
  });

  it('pauses the connection after too many rejections, and a later verdict on a test request ends the pause', async () => {
    const { vendor } = open();
    vendor.answer = () => results(...Array.from({ length: 60 }, () => 'rejected' as const));
    const events = Array.from({ length: 60 }, (_, index) => testSite.event(`e${index}`, { reporter: 'server' }));
    await testSite.append(...events);
    await waitUntil(async () => (await testSite.state()).pause?.cause === 'schema');
    vendor.answer = () => results('delivered');
    const offsets = await testSite.append(testSite.event('later', { reporter: 'server' }));
    await outcomesAre(offsets, 'delivered');
    await waitUntil(async () => (await testSite.state()).pause === null);
  });

  it('is asked on its own schedule while the connection pauses for too many rejections', async () => {
    open(1_000, { connect: false });
    const { receipt } = laterPlatform;
    const destination = { ...laterPlatform, ...(receipt && { receipt: { ...receipt, firstAfterMs: minuteMs } }) };
    const first = testSite.connection({ destination });
    await outcomesAre(await testSite.append(testSite.event('e1')), 'awaiting-verdict');
    await first.stop();
    await testSite.prepare({
      ...(await testSite.state()),
      pause: { cause: 'schema', issue: sampleIssue, since: 0, probeAt: null },
    });
    const [from, asked] = [testSite.clock.now(), questions().length];
    testSite.connection({ destination });
    await waitUntil(() => questions().length >= asked + 6);
    expect(testSite.clock.now() - from).toBeLessThan(60 * minuteMs);
  });

  it('is not asked while an operator pauses the connection, and settles afterwards', async () => {
    const { vendor, consumer } = open();
    const offsets = await testSite.append(testSite.event('e1'));
    await outcomesAre(offsets, 'awaiting-verdict');
    await consumer?.pause();
    vendor.answer = () => results('delivered');
    const asked = questions().length;
    await testSite.pass(120 * minuteMs);
    expect(questions()).toHaveLength(asked);
    await consumer?.resume();
    await outcomesAre(offsets, 'delivered');
  });

  it('is not sent an event again by a replay before its verdict', async () => {
    const { vendor, consumer } = open(2_000);
    const offsets = await testSite.append(testSite.event('e1'));
    await outcomesAre(offsets, 'awaiting-verdict');
    expect(await consumer?.replays.resend(offsets, true)).toMatchObject({ 'awaiting-verdict': 1 });
    vendor.answer = () => results('unverified');
    await outcomesAre(offsets, 'unverified');
    vendor.answer = () => results('delivered');
    expect(await consumer?.replays.resend(offsets, false)).toMatchObject({ eligible: 1 });
    await outcomesAre(offsets, 'delivered');
    expect(sentIds()).toEqual([['e1'], ['e1']]);
  });

  it('leaves its events unverified when retention removes them from the event log', async () => {
    const { consumer } = open(2_000);
    const offsets = await testSite.append(testSite.event('e1'));
    await outcomesAre(offsets, 'awaiting-verdict');
    await consumer?.expire(offsets[0] ?? '');
    expect(await testSite.getOutcomes(offsets)).toEqual(['unverified']);
    expect(await testSite.store.getNextAskTime(testSite.consumerId)).toBeUndefined();
    expect(await counts()).toEqual({ 'awaiting-verdict': 0, waiting: 0, unverified: 1 });
  });
});
