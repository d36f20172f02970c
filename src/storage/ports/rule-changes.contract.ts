import { describe, expect, it } from 'vitest';
import { maxRuleChanges, type RuleChange } from './rule-changes.ts';
import type { StoreBench } from './store.fixture.ts';

/** The contract of the history of rules. */
export function ruleChangesContract(bench: StoreBench): void {
  const change = (digest: string, more: Partial<RuleChange> = {}): RuleChange => ({
    site: 'shop',
    digest,
    at: 1_795_514_400_000,
    by: 'jane',
    rules: [{ id: 'a', name: 'A', when: { field: 'name', is: 'present' }, then: { skip: true }, enabled: true }],
    ...more,
  });

  describe('rule changes', () => {
    it('are listed by site, the newest first, after a crash', async () => {
      const [one, two] = [change('one'), change('two', { connection: 'ads', rules: [] })];
      for (const some of [one, two, change('other', { site: 'other' })]) await bench.store.addRuleChange(some);
      await bench.restart();
      expect(await bench.store.listRuleChanges('shop')).toEqual([two, one]);
    });

    it('have no two equal versions in a row, although several processes add the same one at the same time', async () => {
      await Promise.all(Array.from({ length: 8 }, () => bench.store.addRuleChange(change('same'))));
      await bench.store.addRuleChange(change('same', { connection: 'ads' }));
      for (const digest of ['other', 'same']) await bench.store.addRuleChange(change(digest));
      const listed = await bench.store.listRuleChanges('shop');
      expect(listed.map(({ digest, connection }) => [digest, connection])).toEqual([
        ['same', undefined],
        ['other', undefined],
        ['same', 'ads'],
        ['same', undefined],
      ]);
    });

    it('are removed with their connection, or with their site', async () => {
      const [own, ads, bing] = [change('own'), change('ads', { connection: 'ads' }), change('bing', { connection: 'bing' })];
      const other = change('other', { site: 'other' });
      for (const some of [own, ads, bing, other]) await bench.store.addRuleChange(some);
      await bench.store.removeRuleChanges('shop', 'ads');
      await bench.restart();
      expect(await bench.store.listRuleChanges('shop')).toEqual([bing, own]);
      await bench.store.removeRuleChanges('shop');
      expect([await bench.store.listRuleChanges('shop'), await bench.store.listRuleChanges('other')]).toEqual([[], [other]]);
    });

    it('keep a bounded number of versions of one list', async () => {
      await bench.store.addRuleChange(change('own', { connection: 'ads' }));
      for (let index = 0; index <= maxRuleChanges; index += 1)
        await bench.store.addRuleChange(change(`v${index}`, { rules: [] }));
      const kept = (await bench.store.listRuleChanges('shop')).map(({ digest }) => digest);
      expect(kept).toHaveLength(maxRuleChanges + 1);
      const newest = (await bench.store.listRuleChanges('shop', 2)).map(({ digest }) => digest);
      expect(newest).toEqual([`v${maxRuleChanges}`, `v${maxRuleChanges - 1}`, 'own']);
      expect([kept[0], kept.includes('v0'), kept.includes('own')]).toEqual([`v${maxRuleChanges}`, false, true]);
    });
  });
}
