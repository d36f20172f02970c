import { describe, expect, it } from 'vitest';
import { compareAccuracy, groupGaps } from './compare-accuracy.ts';

const sums = (connection: string, accepted: number, explained: number, missing: number) => ({
  connection,
  orders: accepted + explained + missing,
  accepted,
  explained,
  missing,
});

describe('compareAccuracy', () => {
  it('puts the connection first that lacks the most orders', () => {
    const rows = compareAccuracy([sums('bing', 90, 10, 0), sums('meta', 95, 0, 5), sums('tiktok', 80, 20, 0)], undefined);
    expect(rows.map(({ connection }) => connection)).toEqual(['meta', 'tiktok', 'bing']);
  });

  it('has the share of accepted orders beside that of the period before, and none without orders', () => {
    const now = [sums('bing', 9, 1, 0), sums('meta', 0, 0, 0)];
    expect(compareAccuracy(now, [sums('bing', 4, 4, 0), sums('meta', 1, 0, 0)])).toMatchObject([
      { connection: 'meta', before: { part: 1, all: 1 } },
      { connection: 'bing', share: { part: 9, all: 10 }, before: { part: 4, all: 8 } },
    ]);
    expect(compareAccuracy(now, undefined)[0]).not.toHaveProperty('share');
  });
});

describe('groupGaps', () => {
  const gap = (name: 'rejected' | 'bot' | 'earlier', orders: number, isExplained: boolean, says = `${name}.`) => ({
    gap: name,
    orders,
    isExplained,
    says,
    remedy: '',
    amounts: [],
  });

  it('names a reason once for all connections that have it, missing orders first', () => {
    const groups = groupGaps([
      { connection: 'bing', gaps: [gap('bot', 9, true), gap('rejected', 1, false)] },
      { connection: 'meta', gaps: [gap('rejected', 4, false), gap('bot', 9, true), gap('earlier', 6, false)] },
    ]);
    expect(groups.map((one) => [one.gap, one.orders, one.connections.map(({ connection }) => connection)])).toEqual([
      ['earlier', 6, ['meta']],
      ['rejected', 4, ['meta', 'bing']],
      ['bot', 9, ['bing', 'meta']],
    ]);
  });

  it('names a reason once whose text has a sentence of a platform, without that sentence', () => {
    const groups = groupGaps([
      { connection: 'meta', gaps: [gap('bot', 2, true, 'A bot. Meta says no.')] },
      { connection: 'bing', gaps: [gap('bot', 3, true, 'A bot.')] },
    ]);
    expect(groups.map(({ says, orders, connections }) => [says, orders, connections.length])).toEqual([['A bot.', 3, 2]]);
  });

  it('keeps reasons apart that a platform explains in words of its own', () => {
    const groups = groupGaps([
      { connection: 'bing', gaps: [gap('rejected', 1, false, 'Microsoft rejected it.')] },
      { connection: 'meta', gaps: [gap('rejected', 2, false, 'Meta rejected it.')] },
    ]);
    expect(groups.map(({ says }) => says)).toEqual(['Meta rejected it.', 'Microsoft rejected it.']);
  });
});
