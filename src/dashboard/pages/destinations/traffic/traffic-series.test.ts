import { describe, expect, it } from 'vitest';
import { toTraffic } from './traffic-series.ts';

const series = {
  starts: [1_000, 1_500],
  received: [4, 6],
  connections: [
    { connection: 'other', outcomes: { delivered: [9, 9] } },
    {
      connection: 'bing',
      outcomes: {
        delivered: [2, 3],
        'consent-denied': [1, 0],
        bot: [1, 1],
        dead: [0, 1],
        waiting: [0, 1],
        undelivered: [0, 0],
        duplicate: [2, 2],
      },
    },
  ],
} as const;

describe('traffic of a connection', () => {
  const { buckets, total, merged } = toTraffic(series, 'bing');

  it('is counted by interval', () => {
    expect(
      buckets.map(({ at, received, delivered, skipped, rejected, retrying, unsent }) => [
        at,
        received,
        delivered,
        skipped,
        rejected,
        retrying,
        unsent,
      ]),
    ).toEqual([
      [1_000, 4, 2, 2, 0, 0, 0],
      [1_500, 6, 3, 1, 1, 1, 0],
    ]);
  });

  it('counts each event once and no duplicate reports', () => {
    expect(total.received).toBe(total.delivered + total.skipped + total.rejected + total.retrying + total.unsent);
    expect(merged).toBe(4);
  });

  it('lists the skip reasons, most frequent first', () => {
    expect(total.reasons).toEqual([
      { reason: 'bot', events: 2 },
      { reason: 'consent-denied', events: 1 },
    ]);
    expect(buckets[1]?.reasons).toEqual([{ reason: 'bot', events: 1 }]);
  });

  it('counts the events before the connection was added', () => {
    expect(toTraffic({ ...series, received: [7, 6] }, 'bing').beforeStart).toBe(3);
    expect(toTraffic({ ...series, received: [0, 0] }, 'bing').beforeStart).toBe(0);
  });

  it('is empty for a connection that is not running', () => {
    expect(toTraffic(series, 'gone').total).toMatchObject({ received: 10, delivered: 0, reasons: [] });
  });
});
