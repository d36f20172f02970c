import { describe, expect, it } from 'vitest';
import { describeUnfinished, listErasureCounts } from './erasure-texts.ts';
import type { ErasureReport } from './schemas.ts';

const report: ErasureReport = {
  dryRun: false,
  found: true,
  events: 1,
  copies: 2,
  signals: 3,
  visitors: 4,
  links: 5,
  deadLetters: 6,
  attempts: 7,
  exports: 8,
  received: [],
};

describe('the texts about an erasure', () => {
  it('count everything that is removed', () => {
    expect(listErasureCounts(report).map(([, count]) => count)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('advise to repeat it unless it is finished or a rewrite ends it', () => {
    expect(describeUnfinished(report)).toBeUndefined();
    const unfinished = { ...report, unfinished: true } as const;
    expect(describeUnfinished(unfinished)).toContain('repeat the erasure');
    expect(describeUnfinished({ ...unfinished, spools: ['shop-1', 'shop-2'] })).toContain('the spool of shop-1, shop-2.');
    expect(describeUnfinished({ ...unfinished, awaitsRewrite: true })).toContain('Do not repeat');
    expect(describeUnfinished({ ...unfinished, dryRun: true })).toContain('An earlier erasure of this site has not ended');
  });
});
