import { describe, expect, it } from 'vitest';
import type { TotalsView } from '../../../../api/client.ts';
import { noMoney, noOrders } from '../../../data/no-orders.fixture.ts';
import { sumConnections, summarizeDay } from './day-summary.ts';

const totals: TotalsView = {
  site: 'shop',
  received: 20,
  copies: 3,
  refused: 2,
  connections: [
    {
      connection: 'bing',
      outcomes: {
        delivered: 10,
        'awaiting-verdict': 4,
        unverified: 6,
        waiting: 2,
        dead: 1,
        duplicate: 3,
        'no-identifier': 1,
        bot: 4,
        filtered: 0,
      },
      undelivered: 1,
      unmerged: 4,
      earlier: 1,
      lost: 0,
      money: noMoney,
    },
    { connection: 'ads', outcomes: { delivered: 20 }, undelivered: 0, unmerged: 0, earlier: 0, lost: -3, money: noMoney },
  ],
  ...noOrders,
};

describe('day summary', () => {
  it('counts duplicate reports separately and skips by reason, most frequent first', () => {
    const day = summarizeDay([totals], 'shop');
    expect(day).toMatchObject({ received: 20, duplicates: 3, rejected: 2 });
    expect(day.connections[0]).toEqual({
      connection: 'bing',
      accepted: 10,
      skipped: 5,
      merged: 3,
      reasons: [
        { reason: 'bot', events: 4 },
        { reason: 'no-identifier', events: 1 },
      ],
      waiting: 2,
      awaiting: 4,
      unverified: 6,
      unsent: 1,
      beforeStart: 1,
      dead: 1,
      lost: 0,
    });
    expect(sumConnections(day, 'accepted')).toBe(30);
  });

  it('is empty for a site without events', () => {
    expect(summarizeDay([totals], 'other')).toEqual({ received: 0, duplicates: 0, rejected: 0, connections: [] });
  });
});
