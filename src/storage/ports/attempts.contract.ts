import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { consumer, openAttempt, type StoreBench, start } from './store.fixture.ts';

export function attemptsContract(bench: StoreBench): void {
  const { commit, restart } = bench;

  describe('attempts', () => {
    it('an open attempt survives a crash byte for byte with the digest of its body', async () => {
      const open = openAttempt('a1', ['5', '2', '9'], { cursorAfter: '9' });
      await commit({ open });
      await restart();
      expect(await bench.store.getOpenAttempt(consumer)).toEqual({ ...open, sent: 1 });
      const [record] = await bench.store.listAttempts(consumer, '2');
      expect(record).toMatchObject({ consumer: consumer, body: open.body, offsets: ['5', '2', '9'] });
      expect(record?.bodySha256).toBe(createHash('sha256').update(open.body).digest('hex'));
    });

    it('an open attempt keeps what rules and refunds changed, of each event its own', async () => {
      const rules = [{ digest: 'd', effects: [], name: 'Sale' }, null, { digest: 'e', effects: [] }];
      const changes = [{ left: [null, 75_000, 1] }, { rules }, { rules, left: [null, 75_000, 1] }];
      for (const [index, change] of changes.entries()) {
        const open = openAttempt(`a${index}`, ['5', '2', '9'], change);
        await commit({ open });
        await restart();
        expect(await bench.store.getOpenAttempt(consumer)).toEqual({ ...open, sent: 1 });
        await commit({ settle: { id: open.id, at: start, result: 'retry', issues: [] } });
      }
    });

    it('an attempt without a response stays open, and each further send is counted', async () => {
      const open = openAttempt('a1', ['5']);
      await commit({ open });
      await commit({ settle: { id: 'a1', at: start, result: 'unknown', issues: [] } });
      expect(await bench.store.getOpenAttempt(consumer)).toEqual({ ...open, sent: 1 });
      await commit({ open: { ...open, startedAt: start + 5 } });
      expect(await bench.store.getOpenAttempt(consumer)).toEqual({ ...open, sent: 2 });
      await commit({ settle: { id: 'a1', at: start, result: 'delivered', status: 200, issues: [] } });
      expect(await bench.store.getOpenAttempt(consumer)).toBeUndefined();
    });

    it('each other result closes the attempt with the response', async () => {
      for (const result of ['delivered', 'peel', 'split', 'retry', 'blocked'] as const) {
        await commit({ open: openAttempt(result, ['5'], { startedAt: start + result.length }) });
        const issues = [{ field: 'response', code: 'code', message: 'What to do.' }];
        await commit({ settle: { id: result, at: start + 9, result, status: 400, answer: '{"ok":0}', issues } });
        expect(await bench.store.getOpenAttempt(consumer)).toBeUndefined();
        const found = (await bench.store.listAttempts(consumer, '5')).find(({ id }) => id === result);
        expect(found?.settled).toEqual({ at: start + 9, result, status: 400, answer: '{"ok":0}', issues });
      }
    });

    it("attempts are found by an event's offset, by start time, for one consumer", async () => {
      const settle = (id: string) => commit({ settle: { id, at: start, result: 'retry', issues: [] } });
      await commit({ open: openAttempt('late', ['1', '5', '9'], { startedAt: start + 2 }) });
      await settle('late');
      await commit({ open: openAttempt('beside', ['1', '9'], { startedAt: start + 1 }) });
      await settle('beside');
      await commit({ open: openAttempt('early', ['5'], { startedAt: start }) });
      expect((await bench.store.listAttempts(consumer, '5')).map(({ id }) => id)).toEqual(['early', 'late']);
      expect(await bench.store.listAttempts('shop/bing-2', '5')).toEqual([]);
    });

    it('the attempts of an event are found whether or not they overlap earlier ones', async () => {
      const offsets = [['1', '2'], ['3', '5'], ['2', '5'], ['6'], ['7', '9'], ['4'], ['9'], ['8', '9']];
      for (const [index, list] of offsets.entries()) {
        const id = `a${index}`;
        await commit({ open: openAttempt(id, list, { startedAt: start + index }) });
        await commit({ settle: { id, at: start, result: 'retry', issues: [] } });
      }
      for (const offset of '123456789') {
        const expected = offsets.flatMap((list, index) => (list.includes(offset) ? [`a${index}`] : []));
        expect((await bench.store.listAttempts(consumer, offset)).map(({ id }) => id)).toEqual(expected);
      }
    });
  });
}
