import { describe, expect, it } from 'vitest';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Event } from '../event/event.ts';
import { secondMs } from '../event/units.ts';
import { compileRules } from '../rules/evaluate.ts';
import { createConsumerSite, waitUntil } from './delivery.fixture.ts';
import { useRefundedOrder } from './refunds.fixture.ts';
import { buildReply, isProbe, isQuestion, laterPlatform, mapTo, tinyPlatform } from './tiny-platform.fixture.ts';

const scene = useRefundedOrder();
const { openBench, twoReporters, purchase, refund, sentValues, outcomesAre, readOrder } = scene;

describe('a refund before the purchase was delivered', () => {
  /** Connects a site that holds purchases for two minutes. */
  async function hold(...events: readonly Event[]) {
    scene.testSite.connection({ site: createConsumerSite(scene.testSite.site, 120) });
    await twoReporters();
    const offsets = await scene.testSite.append(...events);
    await waitUntil(async () => (await scene.testSite.store.countByOutcome(scene.testSite.consumerId)).waiting === 1);
    return offsets;
  }

  it('has the held purchase sent with what is left, once, and counts as restated', async () => {
    openBench(50);
    const held = await hold(purchase());
    const offsets = [...held, ...(await scene.testSite.append(refund('r-1', 25.4)))];
    await outcomesAre(offsets, 'waiting', 'awaiting-purchase');
    await outcomesAre(offsets, 'delivered', 'restated');
    expect(sentValues()).toEqual([100]);
    expect(await readOrder()).toMatchObject({ total: 125_400, told: 125_400, left: 100_000 });
    const { issues = [] } =
      (await scene.testSite.store.getOutcomes(scene.testSite.consumerId, offsets)).get(offsets[0] ?? '') ?? {};
    expect(issues.map(({ code }) => code)).toEqual(['reduced-by-refund']);
    const later = await scene.testSite.append(refund('r-2', 10));
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
    scene.testSite.connection({ destination: { ...tinyPlatform, map }, ...(rules && { rules }) });
    const gone = { orderId: '1002', value: 10, currency: 'EUR' };
    await scene.testSite.deliver(refund('r-1', 25.4), refund('r-2', undefined, { orderId: '1002' }));
    await scene.testSite.deliver(purchase(), { ...purchase({ commerce: gone }), id: 'purchase-1002' });
    await waitUntil(() => scene.testSite.sender.accepted.length === 3);
    const sent = scene.testSite.sender.deliveries.flatMap(({ body }): unknown => JSON.parse(body));
    expect(sent).toEqual(['', '~first', '~odd'].map((suffix) => ({ id: `purchase-1001${suffix}`, value: 100 })));
    expect(await scene.testSite.store.listRefunds(scene.testSite.site, ['1001'])).toHaveLength(1);
  });

  it('has the purchase not sent if nothing is left', async () => {
    openBench(50);
    const held = await hold(purchase());
    const offsets = [...held, ...(await scene.testSite.append(refund('r-1', 100), refund('cancelled-1001')))];
    await outcomesAre(offsets, 'refunded', 'retracted', 'retracted');
    expect(sentValues()).toEqual([]);
    expect(await readOrder()).toBeUndefined();
    expect(await scene.testSite.countUnaccounted()).toBe(0);
  });

  it('is applied to a purchase that comes later', async () => {
    openBench(50);
    scene.testSite.connection();
    const [first = ''] = await scene.testSite.append(refund('r-1', 25.4));
    await outcomesAre([first], 'awaiting-purchase');
    const [second = ''] = await scene.testSite.append(purchase());
    await outcomesAre([second, first], 'delivered', 'restated');
    expect(sentValues()).toEqual([100]);
    expect(await scene.testSite.countUnaccounted()).toBe(0);
  });

  it('is applied to a purchase in a backlog, and to one whose last request failed', async () => {
    openBench(200);
    // By its value, because a request may be on its way when the second refund is stored.
    scene.testSite.sender.answer = (request) => buildReply(isProbe(request) || request.body.includes('"value":100') ? 200 : 503);
    const offsets = await scene.testSite.append(purchase(), refund('r-1', 5.4));
    await waitUntil(async () => (await scene.testSite.store.listRefunds(scene.testSite.site, ['1001'])).length === 1);
    scene.testSite.connection();
    await waitUntil(() => scene.testSite.sender.requests.length > 0);
    offsets.push(...(await scene.testSite.append(refund('r-2', 20))));
    await waitUntil(async () => (await scene.testSite.store.listRefunds(scene.testSite.site, ['1001'])).length === 2);
    await outcomesAre(offsets, 'delivered', 'restated', 'restated');
    expect([sentValues()[0], sentValues().at(-1), scene.testSite.sender.accepted]).toEqual([120, 100, ['purchase-1001']]);
  });

  it('in another currency leaves the purchase as it is, and the purchase says so', async () => {
    openBench(50);
    scene.testSite.connection();
    const offsets = await scene.testSite.append(refund('r-1', 5, { currency: 'USD' }), purchase());
    await outcomesAre(offsets, 'unsupported', 'delivered');
    expect(sentValues()).toEqual([125.4]);
    const outcome = (await scene.testSite.store.getOutcomes(scene.testSite.consumerId, offsets)).get(offsets[1] ?? '');
    expect(outcome?.issues.map(({ code }) => code)).toEqual(['refund-not-applied']);
  });

  it("changes no bytes of a request in doubt, and the ledger has the platform's value", async () => {
    openBench(200);
    let isAnswered = false;
    scene.testSite.sender.answer = () => (isAnswered ? buildReply(200) : { unknown: 'TIMEOUT' });
    scene.testSite.connection();
    const offsets = await scene.testSite.append(refund('r-1', 25.4), purchase());
    await waitUntil(() => scene.testSite.sender.requests.length > 1);
    offsets.push(...(await scene.testSite.append(refund('r-2', 20))));
    await waitUntil(async () => (await scene.testSite.store.listRefunds(scene.testSite.site, ['1001'])).length === 2);
    isAnswered = true;
    await outcomesAre(offsets, 'unsupported', 'delivered', 'unsupported');
    expect(new Set(scene.testSite.sender.requests.map(({ body }) => body)).size).toBe(1);
    expect(await readOrder()).toMatchObject({ told: 125_400, left: 100_000 });
  });

  it('that comes while the verdict is due waits for it', async () => {
    openBench(20_000);
    let isVerdictDue = false;
    scene.testSite.sender.answer = (request) => {
      if (!isQuestion(request)) return buildReply(202, '{"ticket":"t"}');
      const settled = [{ outcome: 'delivered', issues: [] }];
      return buildReply(200, JSON.stringify(isVerdictDue ? { settled, issues: [] } : { still: true }));
    };
    scene.testSite.connection({ destination: laterPlatform });
    const offsets = await scene.testSite.append(refund('r-1', 25.4), purchase());
    await outcomesAre(offsets, 'awaiting-purchase', 'awaiting-verdict');
    offsets.push(...(await scene.testSite.append(refund('r-2', 20))));
    await outcomesAre(offsets, 'awaiting-purchase', 'awaiting-verdict', 'awaiting-purchase');
    isVerdictDue = true;
    await outcomesAre(offsets, 'unsupported', 'delivered', 'unsupported');
    expect(sentValues()).toEqual([100]);
    expect(await readOrder()).toMatchObject({ told: 125_400, left: 100_000 });
    expect(await scene.testSite.countUnaccounted()).toBe(0);
  });

  it('of a purchase that the connection did not send has no purchase', async () => {
    openBench(50);
    scene.testSite.connection();
    const consent = { stated: 'granted', effective: 'granted' } as const;
    const offsets = await scene.testSite.append(purchase({ bot: true, consent }), refund('r-1', 25.4));
    await outcomesAre(offsets, 'bot', 'no-purchase');
    await scene.testSite.pass(secondMs);
    expect(sentValues()).toEqual([]);
  });
});
