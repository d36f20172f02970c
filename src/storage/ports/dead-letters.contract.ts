import { describe, expect, it } from 'vitest';

import { consumer, deadLetter, type StoreBench, start } from './store.fixture.ts';

export function deadLettersContract(bench: StoreBench): void {
  const { commit } = bench;

  describe('dead letters', () => {
    it('dead letters are listed from a position, the newest first', async () => {
      await commit({
        deadLetters: ['1', '2', '3', '4'].map((offset) => deadLetter(offset, { at: start + (offset === '4' ? 0 : 1) })),
      });
      const listed = async (limit: number, from?: { at: number; offset: string }) =>
        (await bench.store.listDeadLetters(consumer, limit, from)).map(({ offset }) => offset);
      expect(await listed(9)).toEqual(['3', '2', '1', '4']);
      expect(await listed(9, { at: start + 1, offset: '2' })).toEqual(['2', '1', '4']);
      expect(await listed(2, { at: start + 1, offset: '2' })).toEqual(['2', '1']);
      expect(await listed(9, { at: start, offset: '' })).toEqual([]);
    });

    it('an expired range grows while nothing lies between, and stays one row', async () => {
      await commit({ expired: { after: '', lastOffset: '3', events: 3, at: start } });
      await commit({ expired: { after: '3', lastOffset: '7', events: 2, at: start + 5 } });
      await commit({ expired: { after: '8', lastOffset: '9', events: 1, at: start + 6 } });
      expect(await bench.store.listExpiredRanges(consumer)).toEqual([
        { after: '8', lastOffset: '9', events: 1, at: start + 6 },
        { after: '', lastOffset: '7', events: 5, at: start + 5 },
      ]);
    });

    it('dead letters keep bytes and reasons, the newest first, up to the limit', async () => {
      const letters = [deadLetter('1'), deadLetter('3', { at: start + 1, cause: 'corrupt' }), deadLetter('2')];
      await commit({ deadLetters: letters });
      const found = await bench.store.listDeadLetters(consumer, 10);
      expect(found.map(({ offset }) => offset)).toEqual(['3', '2', '1']);
      expect(found[2]).toEqual({ ...deadLetter('1'), bytes: Buffer.from(deadLetter('1').bytes) });
      expect((await bench.store.listDeadLetters(consumer, 1)).map(({ offset }) => offset)).toEqual(['3']);
      expect(await bench.store.listDeadLetters('shop/bing-2', 10)).toEqual([]);
    });

    it('a removed dead letter is absent, and its replacement stays', async () => {
      await commit({ deadLetters: [deadLetter('1'), deadLetter('2')] });
      await commit({ removeDeadLetters: ['1', '2'], deadLetters: [deadLetter('2', { cause: 'expired' })] });
      expect((await bench.store.listDeadLetters(consumer, 10)).map(({ offset, cause }) => [offset, cause])).toEqual([
        ['2', 'expired'],
      ]);
    });

    it('offsets of dead letters are found in a list or after an offset', async () => {
      await commit({ deadLetters: ['5', '1', '3'].map((offset) => deadLetter(offset)) });
      expect(await bench.store.findDeadLetterOffsets(consumer, ['3', '4', '1'])).toEqual(['1', '3']);
      expect(await bench.store.findDeadLetterOffsets(consumer, { after: '', limit: 2 })).toEqual(['1', '3']);
      expect(await bench.store.findDeadLetterOffsets(consumer, { after: '3', limit: 2 })).toEqual(['5']);
      expect(await bench.store.findDeadLetterOffsets('shop/bing-2', { after: '', limit: 2 })).toEqual([]);
    });

    it('dead letters are grouped by cause and by the code of their last issue, and found by it', async () => {
      const issue = (code: string) => ({ field: 'id', code, message: `Rule “${code}” \u0000 \ud83d \\ud83d.` });
      const refused = { issues: [issue('note'), issue('refused')] };
      await commit({
        deadLetters: [
          deadLetter('1', refused),
          deadLetter('2', { ...refused, at: start + 2, eventName: 'Lead', eventId: 'lead-2' }),
          deadLetter('3', { cause: 'expired', ...refused }),
          deadLetter('4', { issues: [issue('refused'), issue('note')] }),
          deadLetter('5', { issues: [], cause: 'corrupt' }),
        ],
      });
      const groups = await bench.store.groupDeadLetters(consumer, 9);
      expect(groups.map(({ cause, code, events }) => [cause, code, events])).toEqual([
        ['rejected', 'refused', 2],
        ['corrupt', '', 1],
        ['expired', 'refused', 1],
        ['rejected', 'note', 1],
      ]);
      expect(groups[0]).toMatchObject({ firstAt: start, lastAt: start + 2 });
      expect(groups[0]?.sample).toEqual({ offset: '2', eventName: 'Lead', eventId: 'lead-2', issues: refused.issues });
      expect((await bench.store.groupDeadLetters(consumer, 1)).map(({ events }) => events)).toEqual([1]);
      expect(await bench.store.groupDeadLetters('shop/bing-2', 9)).toEqual([]);
      const find = (cause: 'rejected' | 'corrupt', code: string, after = '') =>
        bench.store.findDeadLetterOffsets(consumer, { after, limit: 9, reason: { cause, code } });
      expect([await find('rejected', 'refused'), await find('rejected', 'refused', '1'), await find('corrupt', '')]).toEqual([
        ['1', '2'],
        ['2'],
        ['5'],
      ]);
    });

    it('an expired range is removed by its last offset', async () => {
      for (const [after, through] of [
        ['0', '2'],
        ['4', '9'],
      ] as const)
        await commit({ expired: { after, lastOffset: through, events: 1, at: start } });
      await commit({ removeExpired: ['2', '4'] });
      expect((await bench.store.listExpiredRanges(consumer)).map(({ lastOffset: through }) => through)).toEqual(['9']);
    });
  });
}
