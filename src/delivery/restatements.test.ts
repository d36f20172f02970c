import { describe, expect, it } from 'vitest';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import { dayMs } from '../event/units.ts';
import { compileRules } from '../rules/evaluate.ts';
import { waitUntil } from './delivery.fixture.ts';
import { useRefundedOrder } from './refunds.fixture.ts';
import { buildReply, isQuestion, laterPlatform, mapTo, tinyPlatform } from './tiny-platform.fixture.ts';

const scene = useRefundedOrder();
const { openBench, purchase, refund, sentValues, outcomesAre, readOrder } = scene;

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
    scene.testSite.sender.answer = (request) => {
      if (!isQuestion(request)) return buildReply(202, `{"ticket":"t${tickets++}"}`);
      const isDue = Number(new URL(request.url).searchParams.get('ticket')?.slice(1)) < verdicts.given;
      const settled = [{ outcome: 'delivered', issues: [] }];
      return buildReply(200, JSON.stringify(isDue ? { settled, issues: [] } : { still: true }));
    };
    const { restatement } = restating();
    scene.testSite.connection({ destination: { ...laterPlatform, ...(restatement && { restatement }) } });
    return verdicts;
  };

  it('restates what is left once for each refund, and never a whole refund', async () => {
    openBench(50);
    scene.testSite.connection({ destination: restating() });
    await scene.testSite.deliver(purchase());
    const offsets = await scene.testSite.deliver(refund('r-1', 25.4));
    expect([await readLeft(), sentValues()]).toEqual([100_000, [125.4, 100]]);
    offsets.push(...(await scene.testSite.deliver(refund('r-2', 20))));
    expect([await readLeft(), sentValues()]).toEqual([80_000, [125.4, 100, 80]]);
    offsets.push(...(await scene.testSite.deliver(refund('cancelled-1001'))));
    expect(await scene.testSite.getOutcomes(offsets)).toEqual(['restated', 'restated', 'unsupported']);
    expect([await readLeft(), sentValues()]).toEqual([80_000, [125.4, 100, 80]]);
    expect(await scene.testSite.countUnaccounted()).toBe(0);
  });

  it('waits for the verdict on the purchase, and counts once its own verdict came', async () => {
    openBench(20_000);
    const verdicts = connectWithVerdicts(0);
    const offsets = await scene.testSite.append(purchase());
    await outcomesAre(offsets, 'awaiting-verdict');
    offsets.push(...(await scene.testSite.append(refund('r-1', 25.4))));
    await outcomesAre(offsets, 'awaiting-verdict', 'awaiting-purchase');
    verdicts.given = 1;
    await outcomesAre(offsets, 'delivered', 'awaiting-verdict');
    expect(await readLeft()).toBeUndefined();
    verdicts.given = 2;
    await outcomesAre(offsets, 'delivered', 'restated');
    expect([await readLeft(), sentValues()]).toEqual([100_000, [125.4, 100]]);
    expect(await scene.testSite.countUnaccounted()).toBe(0);
  });

  it('in doubt repeats its bytes and counts once, also after a restart', async () => {
    openBench(200);
    const { stop } = scene.testSite.connection({ destination: restating() });
    await scene.testSite.deliver(purchase());
    scene.testSite.sender.answer = () => ({ unknown: 'TIMEOUT' });
    const offsets = await scene.testSite.append(refund('r-1', 25.4));
    await waitUntil(() => scene.testSite.sender.requests.length > 2);
    await stop();
    const later = await scene.testSite.append(refund('r-2', 20));
    scene.testSite.sender.answer = () => buildReply(200);
    scene.testSite.connection({ destination: restating() });
    await outcomesAre([...offsets, ...later], 'restated', 'restated');
    const values = sentValues();
    expect([values[0], new Set(values.slice(1, -1)), values.at(-1)]).toEqual([125.4, new Set([100]), 80]);
    expect(await readLeft()).toBe(80_000);
  });

  it('in doubt is not repeated once the shopper withdrew, or the order was erased', async () => {
    for (const change of ['withdrawal', 'erasure'] as const) {
      openBench(200);
      const { stop } = scene.testSite.connection({ destination: restating() });
      const identity = { forms: {}, clickIds: {}, anonymousId: 'us' };
      await scene.testSite.deliver(purchase({ identity }));
      scene.testSite.sender.answer = () => ({ unknown: 'TIMEOUT' });
      const offsets = await scene.testSite.append(refund('r-1', 25.4));
      await waitUntil(() => scene.testSite.sender.requests.length > 1);
      await stop();
      const { site, store } = scene.testSite;
      const consent = { stated: 'denied', effective: 'denied' } as const;
      if (change === 'withdrawal') {
        await scene.testSite.append(scene.testSite.event('w', { name: '$consent', identity, consent }));
        const isKnown = async () => (await store.getProfiles(site, ['us'])).get('us')?.deniedAt !== undefined;
        await waitUntil(isKnown);
      } else await store.beginErasure({ site, offsets: [], orderIds: ['1001'], visitors: [], now: scene.testSite.clock.now() });
      const requests = scene.testSite.sender.requests.length;
      scene.testSite.sender.answer = () => buildReply(200);
      scene.testSite.connection({ destination: restating() });
      await outcomesAre(offsets, change === 'withdrawal' ? 'consent-denied' : 'no-purchase');
      expect(scene.testSite.sender.requests).toHaveLength(requests);
      expect(await readLeft()).toBeUndefined();
      expect(await scene.testSite.countUnaccounted()).toBe(0);
    }
  });

  it('is sent once with all refunds of a batch, and counts for no match quality and no delivery time', async () => {
    openBench(50);
    scene.testSite.connection({ destination: restating() });
    await scene.testSite.deliver(purchase());
    const { store, site, consumerId } = scene.testSite;
    const until = scene.testSite.clock.now() + dayMs;
    const matches = async () => [
      await store.getMatchCounts(consumerId, '0000-00-00', '9999-12-31'),
      (await store.getEventCounts(site, [consumerId], 0, until, until)).connections.get(consumerId)?.deliveryTimes,
    ];
    const before = await matches();
    expect(before[1]).toHaveLength(1);
    const offsets = await scene.testSite.deliver(refund('r-1', 25.4), refund('r-2', 20));
    expect(await scene.testSite.getOutcomes(offsets)).toEqual(['restated', 'restated']);
    expect([await readLeft(), sentValues()]).toEqual([80_000, [125.4, 80]]);
    expect(await matches()).toEqual(before);
    expect(await scene.testSite.countUnaccounted()).toBe(0);
  });

  it("changes a purchase that the platform's tag told, too, once it is delivered", async () => {
    openBench(50);
    scene.testSite.connection({ destination: restating() });
    const [first = ''] = await scene.testSite.append(refund('r-1', 25.4));
    await outcomesAre([first], 'awaiting-purchase');
    const [second = ''] = await scene.testSite.append(purchase({ page: { browserTags: { tiny: 'ran' } } }));
    await outcomesAre([second, first], 'delivered', 'restated');
    expect([await readLeft(), sentValues()]).toEqual([100_000, [125.4, 100]]);
  });

  it('is too old if the refund is older than the platform takes', async () => {
    openBench(50);
    scene.testSite.connection({ destination: restating() });
    await scene.testSite.deliver(purchase());
    const late = { ...refund('r-1', 25.4), time: scene.testSite.clock.now() - 8 * dayMs };
    expect(await scene.testSite.getOutcomes(await scene.testSite.deliver(late))).toEqual(['too-old-on-arrival']);
    expect(sentValues()).toEqual([125.4]);
  });

  it('counts once if two purchases of the order are settled by one verdict', async () => {
    openBench(20_000);
    let isVerdictDue = false;
    scene.testSite.sender.answer = (request) => {
      if (!isQuestion(request)) return buildReply(202, '{"ticket":"t"}');
      const settled = [purchase(), purchase()].map(() => ({ outcome: 'delivered', issues: [] }));
      return buildReply(200, JSON.stringify(isVerdictDue ? { settled, issues: [] } : { still: true }));
    };
    scene.testSite.connection({ destination: laterPlatform });
    const [first = ''] = await scene.testSite.append(refund('r-1', 25.4));
    await outcomesAre([first], 'awaiting-purchase');
    const both = await scene.testSite.append(purchase(), { ...purchase(), id: 'purchase-1001-again' });
    await outcomesAre([first, ...both], 'awaiting-purchase', 'awaiting-verdict', 'awaiting-verdict');
    isVerdictDue = true;
    await outcomesAre([first, ...both], 'restated', 'delivered', 'delivered');
    expect(await scene.testSite.countUnaccounted()).toBe(0);
  });

  it('waits for the verdict on an earlier change of the order', async () => {
    openBench(20_000);
    const verdicts = connectWithVerdicts(1);
    const offsets = await scene.testSite.append(purchase());
    await outcomesAre(offsets, 'delivered');
    offsets.push(...(await scene.testSite.append(refund('r-1', 25.4))));
    await outcomesAre(offsets, 'delivered', 'awaiting-verdict');
    offsets.push(...(await scene.testSite.append(refund('r-2', 20))));
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
    scene.testSite.connection({ destination: restating(), ...(rules && { rules }) });
    const [offset = ''] = await scene.testSite.deliver(purchase());
    expect(await scene.testSite.getOutcomes([offset])).toEqual(['delivered']);
    expect((await readOrder())?.eventName).toBe('Refund');
  });

  it.each([
    ['another action counts it now', 'unsupported', { destination: () => restating('action-2') }],
    ['the shopper withdrew', 'consent-denied', { destination: () => restating(), isWithdrawn: true }],
    ['the platform takes no refunds', 'unsupported', { destination: () => tinyPlatform }],
  ] as const)('is not sent if %s', async (_, outcome, { destination, ...more }) => {
    openBench(50);
    const { stop } = scene.testSite.connection({ destination: restating() });
    const identity = { forms: {}, clickIds: {}, anonymousId: 'us' };
    await scene.testSite.deliver(purchase({ identity }));
    await stop();
    const consent = { stated: 'denied', effective: 'denied' } as const;
    if ('isWithdrawn' in more) await scene.testSite.append(scene.testSite.event('w', { name: '$consent', identity, consent }));
    scene.testSite.connection({ destination: destination() });
    expect(await scene.testSite.getOutcomes(await scene.testSite.deliver(refund('r-1', 25.4)))).toEqual([outcome]);
    expect(sentValues()).toEqual([125.4]);
  });
});
