import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secondMs } from '../event/units.ts';
import { createConsumerSite, waitUntil } from './delivery.fixture.ts';
import { useRefundedOrder } from './refunds.fixture.ts';
import { buildReply } from './tiny-platform.fixture.ts';

const scene = useRefundedOrder();
const { openBench, purchase, refund, sentValues, readOrder } = scene;

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
      const site = createConsumerSite(scene.testSite.site, isHeld ? 120 : 'auto', isHeld ? ['a secret'] : []);
      scene.testSite.sender.answer = (_, index) => replies[answered[index] ?? 'accepted'];
      scene.testSite.connection({ site });
      const refunds = new Map<number, string>();
      const purchases: string[] = [];
      for (const [index, step] of order.entries()) {
        const isRefund = typeof step === 'number';
        const event = isRefund ? refund(`r-${step}`, amounts[step]) : purchase(step === 'copy' ? { reporter: 'browser' } : {});
        const [offset = ''] = await scene.testSite.append(event);
        if (isRefund) refunds.set(step, offset);
        else purchases.push(offset);
        await scene.testSite.pass((waits[index] ?? 0) * secondMs);
      }
      await scene.testSite.waitUntilSettled([...purchases, ...refunds.values()]);
      await waitUntil(async () => {
        const next = await scene.testSite.store.getNextDueTime(scene.testSite.consumerId);
        return next === undefined && (await scene.testSite.countUnaccounted()) === 0;
      });
      const outcomes = new Map<number, string | undefined>();
      for (const [step, offset] of refunds) outcomes.set(step, (await scene.testSite.getOutcomes([offset]))[0]);
      const accepted = scene.testSite.sender.accepted.filter((id) => id === 'purchase-1001').length;
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
      await scene.testSite.dispose();
    });
    await fc.assert(scenario, { numRuns: 20 });
  });
});
