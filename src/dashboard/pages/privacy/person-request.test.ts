import { describe, expect, it } from 'vitest';
import type { ErasureReport } from '../../../api/client.ts';
import { countReceived, joinCounts, mergeRecipients, type Recipient } from './person-request.ts';

const report: ErasureReport = {
  dryRun: true,
  found: true,
  events: 1_205,
  copies: 0,
  signals: 0,
  visitors: 1,
  links: 3,
  deadLetters: 0,
  attempts: 0,
  exports: 0,
  received: [],
};
const bing: Recipient = { connection: 'bing', destination: 'microsoft', events: 4, inDoubt: 1, first: 10, last: 20 };

describe('the counts of a report', () => {
  it('are joined without those that are 0', () => {
    expect(joinCounts(report)).toBe('1,205 events, 1 visitor profile, and 3 identity links');
    expect(joinCounts({ ...report, events: 0, visitors: 0, links: 0 })).toBe('');
  });
});

describe('recipients', () => {
  it('stay when a later report of the same person lacks them', () => {
    expect(mergeRecipients([bing], [])).toEqual([bing]);
    const meta = { connection: 'meta', events: 1, inDoubt: 0, first: 5, last: 5 };
    expect(mergeRecipients([bing], [{ ...bing, events: 2, inDoubt: 0, first: 12, last: 30 }, meta])).toEqual([
      { ...bing, last: 30 },
      meta,
    ]);
  });

  it('are listed with the events possibly sent only if there are any', () => {
    expect([countReceived(bing), countReceived({ events: 1, inDoubt: 0 })]).toEqual(['4 events, 1 possibly sent', '1 event']);
  });
});
