import { describe, expect, it } from 'vitest';
import { formatOrderSummary, getAccuracyNotes, getGapOutcomes } from './accuracy-labels.ts';

describe('the line of orders', () => {
  it('says how many came to what, and leaves out what there is none of', () => {
    expect(formatOrderSummary({ orders: 1_128, accepted: 1_121, explained: 5, missing: 2 })).toBe(
      '1,128 orders: 1,121 accepted, 5 explained, 2 missing',
    );
    expect(formatOrderSummary({ orders: 1, accepted: 1, explained: 0, missing: 0 })).toBe('1 order: 1 accepted, none missing');
  });

  it('tells what is in none of the numbers', () => {
    expect(getAccuracyNotes({ notCounted: { 'test-order': 1 }, noted: 0 }, 2)).toEqual([
      'Not counted: 1 test order.',
      'Not counted: 2 purchases that browsers or servers told, and no webhook of the shop.',
    ]);
    expect(getAccuracyNotes({ notCounted: {}, noted: 0 }, 0)).toEqual([]);
  });

  it('leads to the events of a gap, where a list shows them', () => {
    expect(getGapOutcomes('rejected')).toEqual(['dead']);
    expect(getGapOutcomes('consent-denied')).toEqual(['consent-denied']);
    expect(getGapOutcomes('never-seen')).toEqual([]);
  });
});
