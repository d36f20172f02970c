import { describe, expect, it } from 'vitest';
import { sha256 } from '../../identity/hashing.ts';
import type { NewPaymentFact } from './payment-objects.ts';
import { report, type StoreBench, start } from './store.fixture.ts';

export function paymentObjectsContract(bench: StoreBench): void {
  const { identify, restart } = bench;

  describe('the facts of payments', () => {
    const person = { forms: { emailPlain: sha256('a') }, externalId: sha256('c'), anonymousId: 'visitor-1' };
    const order = { object: 'pi_1', kind: 'order', value: 'in_1', at: start } as const satisfies NewPaymentFact;
    const trial = { object: 'sub_1', kind: 'trial', value: '', at: start, person } as const satisfies NewPaymentFact;
    const sale = { object: 'sub_1', kind: 'sale', value: 'purchase-in_2', at: start + 1 } as const satisfies NewPaymentFact;
    let cursor = 0;
    const put = (...paymentFacts: readonly NewPaymentFact[]) => identify({ cursor: String(++cursor), reports: [], paymentFacts });
    const list = async (...objects: readonly string[]) =>
      (await bench.store.listPaymentFacts('shop', objects)).map(({ object, kind, value }) => [object, kind, value]);
    const owned = async (more: Partial<Parameters<typeof bench.store.findOwnedPaymentFacts>[1]>) =>
      (await bench.store.findOwnedPaymentFacts('shop', { hashes: [], visitors: [], orderIds: [], ...more })).map(
        ({ object }) => object,
      );

    it('the first fact about an object stays, but a trial becomes a sale, and a sale no trial', async () => {
      await put(order, trial);
      await put({ ...order, value: 'in_9' }, sale);
      await put(trial, { ...sale, value: 'purchase-in_3' });
      await restart();
      expect(await list('pi_1', 'sub_1', 'sub_2')).toEqual([
        ['pi_1', 'order', 'in_1'],
        ['sub_1', 'sale', 'purchase-in_2'],
      ]);
      expect(await list()).toEqual([]);
      expect(await bench.store.listPaymentFacts('other', ['pi_1'])).toEqual([]);
    });

    it('a person is found by each value, and stays the owner after the sale', async () => {
      await put(order, trial, { ...trial, object: 'sub_2', person: { ...person, anonymousId: 'visitor-2', forms: {} } });
      await put(sale);
      expect(await owned({ hashes: [sha256('a')] })).toEqual(['sub_1']);
      expect(await owned({ hashes: [sha256('c')] })).toEqual(['sub_1', 'sub_2']);
      expect(await owned({ visitors: ['visitor-2'] })).toEqual(['sub_2']);
      expect(await owned({ orderIds: ['in_1'] })).toEqual(['pi_1']);
      expect(await owned({ hashes: ['visitor-1'], visitors: [sha256('a')], orderIds: ['pi_1'] })).toEqual([]);
    });

    it('an erasure removes the facts that it names, and those about its orders', async () => {
      await put(order, trial, { ...trial, object: 'sub_2' });
      const erasure = { site: 'shop', offsets: [], visitors: [], orderIds: ['in_1'], paymentObjects: ['sub_1'], now: start };
      await bench.store.beginErasure(erasure);
      expect(await list('pi_1', 'sub_1', 'sub_2')).toEqual([['sub_2', 'trial', '']]);
    });

    it('retention removes orders and sales before trials', async () => {
      await put(order, trial, { ...sale, object: 'sub_2', at: start }, { ...order, object: 'pi_2', at: start + 1 });
      const what = { through: '', profilesBefore: 0, deadLettersBefore: 0, countsBefore: 0 };
      const sweep = async (more: object) => {
        for (let some = 1; some > 0; ) some = await bench.store.removeExpired('shop', { ...what, ...more }, 1);
      };
      await sweep({});
      await sweep({ ordersBefore: start + 1, trialsBefore: start });
      expect(await list('pi_1', 'pi_2', 'sub_1', 'sub_2')).toEqual([
        ['pi_2', 'order', 'in_1'],
        ['sub_1', 'trial', ''],
      ]);
      await sweep({ ordersBefore: start + 2, trialsBefore: start + 1 });
      expect(await list('pi_1', 'pi_2', 'sub_1', 'sub_2')).toEqual([]);
    });

    it('a refund that did not happen pays nothing back, whichever report comes first', async () => {
      const refund = (refundId: string, thousandths: number) => ({
        orderId: 'in_1',
        refundId,
        at: start,
        thousandths,
        currency: 'EUR',
      });
      const of = (offset: string, refundId: string, thousandths: number, undoes?: string) =>
        report(offset, 'webhook', {
          ...{ name: 'Refund', id: offset },
          refund: { ...refund(refundId, thousandths), ...(undoes !== undefined && { undoes }) },
        });
      const reports = [
        of('1', 'r-1', 500),
        of('2', 'r-1-failed', 0, 'r-1'),
        of('3', 'r-2-failed', 0, 'r-2'),
        of('4', 'r-2', 700),
      ];
      await identify({ cursor: '4', reports });
      expect(await bench.store.listRefunds('shop', ['in_1'])).toEqual(
        ['r-1', 'r-1-failed', 'r-2', 'r-2-failed'].map((id) => refund(id, 0)),
      );
    });

    it('a refund that came before the fact about its payment joins the order, also one that did not happen', async () => {
      const refund = (refundId: string, thousandths: number, undoes?: string) =>
        report(refundId, 'webhook', {
          ...{ name: 'Refund', id: refundId },
          refund: {
            ...{ orderId: 'pi_1', refundId, at: start, thousandths, currency: 'EUR' },
            ...(undoes !== undefined && { undoes }),
          },
        });
      const reports = [refund('1', 500), refund('2', 700), refund('2-failed', 0, '2')];
      await identify({ cursor: '2-failed', reports });
      await identify({ cursor: '3', reports: [], paymentFacts: [order, { ...order, value: 'in_9' }] });
      const of = async (...orderIds: readonly string[]) =>
        (await bench.store.listRefunds('shop', orderIds)).map(({ refundId, thousandths }) => [refundId, thousandths]);
      expect(await of('in_1')).toEqual([
        ['1', 500],
        ['2', 0],
        ['2-failed', 0],
      ]);
      expect(await of('pi_1', 'in_9')).toEqual([]);
    });
  });
}
