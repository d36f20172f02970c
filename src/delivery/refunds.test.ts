import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Event } from '../event/event.ts';
import { dayMs, secondMs } from '../event/units.ts';
import { compileRules } from '../rules/evaluate.ts';
import { createBench } from './consumers/consumer-bench.fixture.ts';
import { createConsumerSite, waitUntil } from './delivery.fixture.ts';
import { type TestSite, useTestStorage } from './test-site.fixture.ts';
import { buildReply, isProbe, isQuestion, laterPlatform, mapTo, tinyPlatform } from './tiny-platform.fixture.ts';

let testSite: TestSite;
const storage = useTestStorage();
const openBench = (factor: number) => {
  testSite = storage.createSite(factor);
  testSite.identity();
};
const { twoReporters } = createBench(() => testSite);

const purchase = (more: Partial<Event> = {}) =>
  testSite.event('purchase-1001', {
    ...{ name: 'Purchase', reporter: 'webhook', commerce: { orderId: '1001', value: 125.4, currency: 'EUR' } },
    ...more,
  });
const refund = (id: string, value?: number, more: Partial<Event['commerce']> = {}) =>
  testSite.event(id, {
    ...{ name: value === undefined ? 'OrderCancelled' : 'Refund', reporter: 'server', notSent: 'record-only' },
    commerce: { orderId: '1001', ...(value !== undefined && { value, currency: 'EUR' }), ...more },
  });
const sentValues = () =>
  testSite.sender.deliveries.flatMap(({ body }) => {
    const payloads: { id: string; value: number }[] = JSON.parse(body);
    return payloads.filter(({ id }) => id === 'purchase-1001').map(({ value }) => value);
  });
const outcomesAre = (offsets: readonly string[], ...outcomes: (string | undefined)[]) =>
  waitUntil(async () => JSON.stringify(await testSite.getOutcomes(offsets)) === JSON.stringify(outcomes));
const readOrder = async () => (await testSite.store.listDeliveredOrders(testSite.site, ['1001']))[0]?.purchase;

describe('a refund before the purchase was delivered', () => {
  /** Connects a site that holds purchases for two minutes. */
  async function hold(...events: readonly Event[]) {
    testSite.connection({ site: createConsumerSite(testSite.site, 120) });
    await twoReporters();
    const offsets = await testSite.append(...events);
    await waitUntil(async () => (await testSite.store.countByOutcome(testSite.consumerId)).waiting === 1);
    return offsets;
  }

  it('has the held purchase sent with what is left, once, and counts as restated', async () => {
    openBench(50);
    const held = await hold(purchase());
    const offsets = [...held, ...(await testSite.append(refund('r-1', 25.4)))];
    await outcomesAre(offsets, 'waiting', 'awaiting-purchase');
    await outcomesAre(offsets, 'delivered', 'restated');
    expect(sentValues()).toEqual([100]);
    expect(await readOrder()).toMatchObject({ total: 125_400, told: 125_400, left: 100_000 });
    const { issues = [] } = (await testSite.store.getOutcomes(testSite.consumerId, offsets)).get(offsets[0] ?? '') ?? {};
    expect(issues.map(({ code }) => code)).toEqual(['reduced-by-refund']);
    const later = await testSite.append(refund('r-2', 10));
    await outcomesAre(later, 'unsupported');
    expect(sentValues()).toEqual([100]);
  });

  it('reduces the events that rules add, whatever their name, and drops them if nothing is left', async () => {
    openBench(50);
    const when = { field: 'name', is: 'equals', value: 'Purchase' } as const;
    const add = (id: string, name: string) => ({ id, name: id, when, then: { also: { name } }, enabled: true });
    const rules = compileRules('bing', [add('first', 'FirstOrder'), add('odd', 'Refund')], []);
    const readId = ({ id, commerce }: Event) => ({ id, value: commerce.value ?? null });
    const map: BoundDestination['map'] = (event) => mapTo(readId(event));
    testSite.connection({ destination: { ...tinyPlatform, map }, ...(rules && { rules }) });
    const gone = { orderId: '1002', value: 10, currency: 'EUR' };
    await testSite.deliver(refund('r-1', 25.4), refund('r-2', undefined, { orderId: '1002' }));
    await testSite.deliver(purchase(), { ...purchase({ commerce: gone }), id: 'purchase-1002' });
    await waitUntil(() => testSite.sender.accepted.length === 3);
    const sent = testSite.sender.deliveries.flatMap(({ body }): unknown => JSON.parse(body));
    expect(sent).toEqual(['', '~first', '~odd'].map((suffix) => ({ id: `purchase-1001${suffix}`, value: 100 })));
    expect(await testSite.store.listRefunds(testSite.site, ['1001'])).toHaveLength(1);
  });

  it('has the purchase not sent if nothing is left', async () => {
    openBench(50);
    const held = await hold(purchase());
    const offsets = [...held, ...(await testSite.append(refund('r-1', 100), refund('cancelled-1001')))];
    await outcomesAre(offsets, 'refunded', 'retracted', 'retracted');
    expect(sentValues()).toEqual([]);
    expect(await readOrder()).toBeUndefined();
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('is applied to a purchase that comes later', async () => {
    openBench(50);
    testSite.connection();
    const [first = ''] = await testSite.append(refund('r-1', 25.4));
    await outcomesAre([first], 'awaiting-purchase');
    const [second = ''] = await testSite.append(purchase());
    await outcomesAre([second, first], 'delivered', 'restated');
    expect(sentValues()).toEqual([100]);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('is applied to a purchase in a backlog, and to one whose last request failed', async () => {
    openBench(200);
    // By its value, because a request may be on its way when the second refund is stored.
    testSite.sender.answer = (request) => buildReply(isProbe(request) || request.body.includes('"value":100') ? 200 : 503);
    const offsets = await testSite.append(purchase(), refund('r-1', 5.4));
    await waitUntil(async () => (await testSite.store.listRefunds(testSite.site, ['1001'])).length === 1);
    testSite.connection();
    await waitUntil(() => testSite.sender.requests.length > 0);
    offsets.push(...(await testSite.append(refund('r-2', 20))));
    await waitUntil(async () => (await testSite.store.listRefunds(testSite.site, ['1001'])).length === 2);
    await outcomesAre(offsets, 'delivered', 'restated', 'restated');
    expect([sentValues()[0], sentValues().at(-1), testSite.sender.accepted]).toEqual([120, 100, ['purchase-1001']]);
  });

  it('in another currency leaves the purchase as it is, and the purchase says so', async () => {
    openBench(50);
    testSite.connection();
    const offsets = await testSite.append(refund('r-1', 5, { currency: 'USD' }), purchase());
    await outcomesAre(offsets, 'unsupported', 'delivered');
    expect(sentValues()).toEqual([125.4]);
    const outcome = (await testSite.store.getOutcomes(testSite.consumerId, offsets)).get(offsets[1] ?? '');
    expect(outcome?.issues.map(({ code }) => code)).toEqual(['refund-not-applied']);
  });

  it("changes no bytes of a request in doubt, and the ledger has the platform's value", async () => {
    openBench(200);
    let isAnswered = false;
    testSite.sender.answer = () => (isAnswered ? buildReply(200) : { unknown: 'TIMEOUT' });
    testSite.connection();
    const offsets = await testSite.append(refund('r-1', 25.4), purchase());
    await waitUntil(() => testSite.sender.requests.length > 1);
    offsets.push(...(await testSite.append(refund('r-2', 20))));
    await waitUntil(async () => (await testSite.store.listRefunds(testSite.site, ['1001'])).length === 2);
    isAnswered = true;
    await outcomesAre(offsets, 'unsupported', 'delivered', 'unsupported');
    expect(new Set(testSite.sender.requests.map(({ body }) => body)).size).toBe(1);
    expect(await readOrder()).toMatchObject({ told: 125_400, left: 100_000 });
  });

  it('that comes while the verdict is due waits for it', async () => {
    openBench(20_000);
    let isVerdictDue = false;
    testSite.sender.answer = (request) => {
      if (!isQuestion(request)) return buildReply(202, '{"ticket":"t"}');
      const settled = [{ outcome: 'delivered', issues: [] }];
      return buildReply(200, JSON.stringify(isVerdictDue ? { settled, issues: [] } : { still: true }));
    };
    testSite.connection({ destination: laterPlatform });
    const offsets = await testSite.append(refund('r-1', 25.4), purchase());
    await outcomesAre(offsets, 'awaiting-purchase', 'awaiting-verdict');
    offsets.push(...(await testSite.append(refund('r-2', 20))));
    await outcomesAre(offsets, 'awaiting-purchase', 'awaiting-verdict', 'awaiting-purchase');
    isVerdictDue = true;
    await outcomesAre(offsets, 'unsupported', 'delivered', 'unsupported');
    expect(sentValues()).toEqual([100]);
    expect(await readOrder()).toMatchObject({ told: 125_400, left: 100_000 });
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('of a purchase that the connection did not send has no purchase', async () => {
    openBench(50);
    testSite.connection();
    const consent = { stated: 'granted', effective: 'granted' } as const;
    const offsets = await testSite.append(purchase({ bot: true, consent }), refund('r-1', 25.4));
    await outcomesAre(offsets, 'bot', 'no-purchase');
    await testSite.pass(secondMs);
    expect(sentValues()).toEqual([]);
  });
});

describe('refunds in any order of arrival', () => {
  const amounts = [20, 5.4, 100] as const;
  const total = 125.4;
  type Step = 'purchase' | 'copy' | 0 | 1 | 2;
  const steps = fc.shuffledSubarray<Step>(['purchase', 'copy', 0, 1, 2], { minLength: 2 });
  /** The first answers of the platform; it accepts later requests. */
  const answers = fc.array(fc.constantFrom('accepted', 'unavailable', 'silent'), { maxLength: 3 });
  const pauses = fc.array(fc.constantFrom(0, 0, 30, 150), { minLength: 5, maxLength: 5 });
  const replies = { accepted: buildReply(200), unavailable: buildReply(503), silent: { unknown: 'TIMEOUT' } as const };

  it('leave the platform with one purchase at most, and each refund counts once', async () => {
    const scenario = fc.asyncProperty(steps, answers, pauses, fc.boolean(), async (order, answered, waits, isHeld) => {
      openBench(2_000);
      const site = createConsumerSite(testSite.site, isHeld ? 120 : 'auto', isHeld ? ['a secret'] : []);
      testSite.sender.answer = (_, index) => replies[answered[index] ?? 'accepted'];
      testSite.connection({ site });
      const refunds = new Map<number, string>();
      const purchases: string[] = [];
      for (const [index, step] of order.entries()) {
        const isRefund = typeof step === 'number';
        const event = isRefund ? refund(`r-${step}`, amounts[step]) : purchase(step === 'copy' ? { reporter: 'browser' } : {});
        const [offset = ''] = await testSite.append(event);
        if (isRefund) refunds.set(step, offset);
        else purchases.push(offset);
        await testSite.pass((waits[index] ?? 0) * secondMs);
      }
      await testSite.waitUntilSettled([...purchases, ...refunds.values()]);
      await waitUntil(async () => {
        const next = await testSite.store.getNextDueTime(testSite.consumerId);
        return next === undefined && (await testSite.countUnaccounted()) === 0;
      });
      const outcomes = new Map<number, string | undefined>();
      for (const [step, offset] of refunds) outcomes.set(step, (await testSite.getOutcomes([offset]))[0]);
      const accepted = testSite.sender.accepted.filter((id) => id === 'purchase-1001').length;
      const sum = [...refunds.keys()].reduce<number>((all, step) => all + (amounts[step] ?? 0), 0);
      const { left, told } = (await readOrder()) ?? {};
      if (purchases.length === 0) {
        expect([accepted, ...outcomes.values()]).toEqual([0, ...[...outcomes].map(() => 'awaiting-purchase')]);
      } else if (accepted === 0) {
        expect([...outcomes.values()]).toEqual([...outcomes].map(() => 'retracted'));
        expect(sum).toBeGreaterThanOrEqual(total);
      } else {
        // A request in doubt may have arrived, so it is repeated under the same id with the same bytes.
        expect(accepted).toBe(1);
        expect((left ?? told ?? 0) / 1_000).toBe(sentValues().at(-1));
        const isCurrent = left !== undefined && left === Math.round((total - sum) * 1_000);
        const known = [...outcomes.values()];
        if (isCurrent) expect(new Set(known)).toEqual(new Set(known.map(() => 'restated')));
        else for (const outcome of known) expect(['restated', 'unsupported']).toContain(outcome);
        if (left === undefined) expect(new Set(known)).toEqual(new Set(known.map(() => 'unsupported')));
      }
      await testSite.dispose();
    });
    await fc.assert(scenario, { numRuns: 20 });
  });
});

describe('a refund of a delivered purchase, at a platform that changes values', () => {
  const restating = (target = 'action-1'): BoundDestination => ({
    ...tinyPlatform,
    restatement: {
      maxAgeMs: 45 * dayMs,
      map: ({ id, commerce }) => mapTo({ id, value: commerce.value ?? null, orderId: commerce.orderId ?? null }),
      target: () => target,
    },
  });
  const readLeft = async () => (await readOrder())?.left;

  /** Connects to a platform that restates and has given a number of verdicts, in the order of the requests. */
  const connectWithVerdicts = (given: number) => {
    const verdicts = { given };
    let tickets = 0;
    testSite.sender.answer = (request) => {
      if (!isQuestion(request)) return buildReply(202, `{"ticket":"t${tickets++}"}`);
      const isDue = Number(new URL(request.url).searchParams.get('ticket')?.slice(1)) < verdicts.given;
      const settled = [{ outcome: 'delivered', issues: [] }];
      return buildReply(200, JSON.stringify(isDue ? { settled, issues: [] } : { still: true }));
    };
    const { restatement } = restating();
    testSite.connection({ destination: { ...laterPlatform, ...(restatement && { restatement }) } });
    return verdicts;
  };

  it('restates what is left once for each refund, and never a whole refund', async () => {
    openBench(50);
    testSite.connection({ destination: restating() });
    await testSite.deliver(purchase());
    const offsets = await testSite.deliver(refund('r-1', 25.4));
    expect([await readLeft(), sentValues()]).toEqual([100_000, [125.4, 100]]);
    offsets.push(...(await testSite.deliver(refund('r-2', 20))));
    expect([await readLeft(), sentValues()]).toEqual([80_000, [125.4, 100, 80]]);
    offsets.push(...(await testSite.deliver(refund('cancelled-1001'))));
    expect(await testSite.getOutcomes(offsets)).toEqual(['restated', 'restated', 'unsupported']);
    expect([await readLeft(), sentValues()]).toEqual([80_000, [125.4, 100, 80]]);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('waits for the verdict on the purchase, and counts once its own verdict came', async () => {
    openBench(20_000);
    const verdicts = connectWithVerdicts(0);
    const offsets = await testSite.append(purchase());
    await outcomesAre(offsets, 'awaiting-verdict');
    offsets.push(...(await testSite.append(refund('r-1', 25.4))));
    await outcomesAre(offsets, 'awaiting-verdict', 'awaiting-purchase');
    verdicts.given = 1;
    await outcomesAre(offsets, 'delivered', 'awaiting-verdict');
    expect(await readLeft()).toBeUndefined();
    verdicts.given = 2;
    await outcomesAre(offsets, 'delivered', 'restated');
    expect([await readLeft(), sentValues()]).toEqual([100_000, [125.4, 100]]);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('in doubt repeats its bytes and counts once, also after a restart', async () => {
    openBench(200);
    const { stop } = testSite.connection({ destination: restating() });
    await testSite.deliver(purchase());
    testSite.sender.answer = () => ({ unknown: 'TIMEOUT' });
    const offsets = await testSite.append(refund('r-1', 25.4));
    await waitUntil(() => testSite.sender.requests.length > 2);
    await stop();
    const later = await testSite.append(refund('r-2', 20));
    testSite.sender.answer = () => buildReply(200);
    testSite.connection({ destination: restating() });
    await outcomesAre([...offsets, ...later], 'restated', 'restated');
    const values = sentValues();
    expect([values[0], new Set(values.slice(1, -1)), values.at(-1)]).toEqual([125.4, new Set([100]), 80]);
    expect(await readLeft()).toBe(80_000);
  });

  it('in doubt is not repeated once the shopper withdrew, or the order was erased', async () => {
    for (const change of ['withdrawal', 'erasure'] as const) {
      openBench(200);
      const { stop } = testSite.connection({ destination: restating() });
      const identity = { forms: {}, clickIds: {}, anonymousId: 'us' };
      await testSite.deliver(purchase({ identity }));
      testSite.sender.answer = () => ({ unknown: 'TIMEOUT' });
      const offsets = await testSite.append(refund('r-1', 25.4));
      await waitUntil(() => testSite.sender.requests.length > 1);
      await stop();
      const { site, store } = testSite;
      const consent = { stated: 'denied', effective: 'denied' } as const;
      if (change === 'withdrawal') {
        await testSite.append(testSite.event('w', { name: '$consent', identity, consent }));
        const isKnown = async () => (await store.getProfiles(site, ['us'])).get('us')?.deniedAt !== undefined;
        await waitUntil(isKnown);
      } else await store.beginErasure({ site, offsets: [], orderIds: ['1001'], visitors: [], now: testSite.clock.now() });
      const requests = testSite.sender.requests.length;
      testSite.sender.answer = () => buildReply(200);
      testSite.connection({ destination: restating() });
      await outcomesAre(offsets, change === 'withdrawal' ? 'consent-denied' : 'no-purchase');
      expect(testSite.sender.requests).toHaveLength(requests);
      expect(await readLeft()).toBeUndefined();
      expect(await testSite.countUnaccounted()).toBe(0);
    }
  });

  it('is sent once with all refunds of a batch, and counts for no match quality and no delivery time', async () => {
    openBench(50);
    testSite.connection({ destination: restating() });
    await testSite.deliver(purchase());
    const { store, site, consumerId } = testSite;
    const until = testSite.clock.now() + dayMs;
    const matches = async () => [
      await store.getMatchCounts(consumerId, '0000-00-00', '9999-12-31'),
      (await store.getEventCounts(site, [consumerId], 0, until, until)).connections.get(consumerId)?.deliveryTimes,
    ];
    const before = await matches();
    expect(before[1]).toHaveLength(1);
    const offsets = await testSite.deliver(refund('r-1', 25.4), refund('r-2', 20));
    expect(await testSite.getOutcomes(offsets)).toEqual(['restated', 'restated']);
    expect([await readLeft(), sentValues()]).toEqual([80_000, [125.4, 80]]);
    expect(await matches()).toEqual(before);
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it("changes a purchase that the platform's tag told, too, once it is delivered", async () => {
    openBench(50);
    testSite.connection({ destination: restating() });
    const [first = ''] = await testSite.append(refund('r-1', 25.4));
    await outcomesAre([first], 'awaiting-purchase');
    const [second = ''] = await testSite.append(purchase({ page: { browserTags: { tiny: 'ran' } } }));
    await outcomesAre([second, first], 'delivered', 'restated');
    expect([await readLeft(), sentValues()]).toEqual([100_000, [125.4, 100]]);
  });

  it('is too old if the refund is older than the platform takes', async () => {
    openBench(50);
    testSite.connection({ destination: restating() });
    await testSite.deliver(purchase());
    const late = { ...refund('r-1', 25.4), time: testSite.clock.now() - 8 * dayMs };
    expect(await testSite.getOutcomes(await testSite.deliver(late))).toEqual(['too-old-on-arrival']);
    expect(sentValues()).toEqual([125.4]);
  });

  it('counts once if two purchases of the order are settled by one verdict', async () => {
    openBench(20_000);
    let isVerdictDue = false;
    testSite.sender.answer = (request) => {
      if (!isQuestion(request)) return buildReply(202, '{"ticket":"t"}');
      const settled = [purchase(), purchase()].map(() => ({ outcome: 'delivered', issues: [] }));
      return buildReply(200, JSON.stringify(isVerdictDue ? { settled, issues: [] } : { still: true }));
    };
    testSite.connection({ destination: laterPlatform });
    const [first = ''] = await testSite.append(refund('r-1', 25.4));
    await outcomesAre([first], 'awaiting-purchase');
    const both = await testSite.append(purchase(), { ...purchase(), id: 'purchase-1001-again' });
    await outcomesAre([first, ...both], 'awaiting-purchase', 'awaiting-verdict', 'awaiting-verdict');
    isVerdictDue = true;
    await outcomesAre([first, ...both], 'restated', 'delivered', 'delivered');
    expect(await testSite.countUnaccounted()).toBe(0);
  });

  it('waits for the verdict on an earlier change of the order', async () => {
    openBench(20_000);
    const verdicts = connectWithVerdicts(1);
    const offsets = await testSite.append(purchase());
    await outcomesAre(offsets, 'delivered');
    offsets.push(...(await testSite.append(refund('r-1', 25.4))));
    await outcomesAre(offsets, 'delivered', 'awaiting-verdict');
    offsets.push(...(await testSite.append(refund('r-2', 20))));
    await outcomesAre(offsets, 'delivered', 'awaiting-verdict', 'waiting');
    expect(sentValues()).toEqual([125.4, 100]);
    verdicts.given = 3;
    await outcomesAre(offsets, 'delivered', 'restated', 'restated');
    expect([await readLeft(), sentValues()]).toEqual([80_000, [125.4, 100, 80]]);
  });

  it('is not what a rule makes of another event by its name', async () => {
    openBench(50);
    const when = { field: 'commerce.currency', is: 'equals', value: 'EUR' } as const;
    const rules = compileRules('bing', [{ id: 'name', name: 'name', when, then: { rename: 'Refund' }, enabled: true }], []);
    testSite.connection({ destination: restating(), ...(rules && { rules }) });
    const [offset = ''] = await testSite.deliver(purchase());
    expect(await testSite.getOutcomes([offset])).toEqual(['delivered']);
    expect((await readOrder())?.eventName).toBe('Refund');
  });

  it.each([
    ['another action counts it now', 'unsupported', { destination: () => restating('action-2') }],
    ['the shopper withdrew', 'consent-denied', { destination: () => restating(), isWithdrawn: true }],
    ['the platform takes no refunds', 'unsupported', { destination: () => tinyPlatform }],
  ] as const)('is not sent if %s', async (_, outcome, { destination, ...more }) => {
    openBench(50);
    const { stop } = testSite.connection({ destination: restating() });
    const identity = { forms: {}, clickIds: {}, anonymousId: 'us' };
    await testSite.deliver(purchase({ identity }));
    await stop();
    const consent = { stated: 'denied', effective: 'denied' } as const;
    if ('isWithdrawn' in more) await testSite.append(testSite.event('w', { name: '$consent', identity, consent }));
    testSite.connection({ destination: destination() });
    expect(await testSite.getOutcomes(await testSite.deliver(refund('r-1', 25.4)))).toEqual([outcome]);
    expect(sentValues()).toEqual([125.4]);
  });
});
