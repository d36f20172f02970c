import { describe, expect, it } from 'vitest';
import { maxAskIntervalMs, type Receipt } from './receipts.ts';
import { consumer, openAttempt, type StoreBench, start } from './store.fixture.ts';

const receipt = (attempt: string, more: Partial<Receipt> = {}): Receipt => ({
  attempt,
  ticket: `ticket of ${attempt}`,
  receivedAt: start,
  askAt: start + 10,
  asks: 0,
  members: [
    { offset: '2', isMerged: true },
    { offset: '1', isResend: true },
    { offset: '3', left: 75_000 },
  ],
  ...more,
});

export function receiptsContract(bench: StoreBench): void {
  const { commit } = bench;
  const due = (now: number) => bench.store.findDueReceipt(consumer, now);

  describe('receipts', () => {
    it('a receipt survives a crash with the attempt that it belongs to', async () => {
      await commit({ open: openAttempt('a', ['2', '1', '3']) });
      const settle = { id: 'a', at: start, result: 'awaiting-verdict', status: 200, issues: [] } as const;
      await commit({ settle, putReceipt: receipt('a') });
      await bench.restart();
      expect(await due(start + 10)).toEqual(receipt('a'));
      expect(await bench.store.getOpenAttempt(consumer)).toBeUndefined();
      expect((await bench.store.listAttempts(consumer, '1')).map(({ settled }) => settled?.result)).toEqual(['awaiting-verdict']);
    });

    it('the question that has been due for the longest time is next', async () => {
      await commit({ putReceipt: receipt('a', { askAt: start + 30 }) });
      await commit({ putReceipt: receipt('b', { askAt: start + 20 }) });
      expect(await due(start + 19)).toBeUndefined();
      expect((await due(start + 99))?.attempt).toBe('b');
      expect(await bench.store.getNextAskTime(consumer)).toBe(start + 20);
      expect(await bench.store.getNextAskTime('shop/bing-2')).toBeUndefined();
      expect(await bench.store.findDueReceipt('shop/bing-2', start + 99)).toBeUndefined();
    });

    it('a later receipt of the same attempt replaces it, and an ended one is gone', async () => {
      await commit({ putReceipt: receipt('a') });
      await commit({ putReceipt: receipt('a', { askAt: start + 50, asks: 1 }) });
      expect(await due(start + 10)).toBeUndefined();
      expect(await due(start + 50)).toEqual(receipt('a', { askAt: start + 50, asks: 1 }));
      expect(await bench.store.getReceipt(consumer, 'a')).toEqual(receipt('a', { askAt: start + 50, asks: 1 }));
      expect(await bench.store.getReceipt(consumer, 'b')).toBeUndefined();
      expect(await bench.store.getReceipt('shop/bing-2', 'a')).toBeUndefined();
      await commit({ endReceipt: 'a' });
      expect(await due(start + 99)).toBeUndefined();
      expect(await bench.store.getReceipt(consumer, 'a')).toBeUndefined();
    });

    it('receipts are listed by their earliest event', async () => {
      await commit({ putReceipt: receipt('a') });
      await commit({ putReceipt: receipt('b', { members: [{ offset: '5' }] }) });
      const upTo = async (through: string) =>
        (await bench.store.listReceiptsUpTo(consumer, through)).map(({ attempt }) => attempt);
      expect(await upTo('0')).toEqual([]);
      expect(await upTo('1')).toEqual(['a']);
      expect(await upTo('5')).toEqual(['a', 'b']);
    });

    it('a clock rollback shortens the wait for a question', async () => {
      await commit({ putReceipt: receipt('a', { askAt: start + 9 * maxAskIntervalMs }) });
      await commit({ correctedClock: start });
      expect(await bench.store.getNextAskTime(consumer)).toBe(start + maxAskIntervalMs);
    });

    it('an erasure of the attempt leaves the positions of the events', async () => {
      await commit({ open: openAttempt('a', ['2', '1', '3']) });
      await commit({ settle: { id: 'a', at: start, result: 'awaiting-verdict', issues: [] }, putReceipt: receipt('a') });
      await bench.store.eraseAttempts([{ id: 'a', offsets: ['2', '3'], body: '{}' }], start);
      expect((await due(start + 10))?.members.map(({ offset }) => offset)).toEqual(['2', '1', '3']);
    });
  });
}
