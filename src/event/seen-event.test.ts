import { describe, expect, it } from 'vitest';
import { readSeenEvents } from './seen-event.ts';

describe('the events that a page shows', () => {
  it('have names and paths, and no value', () => {
    const input = [{ name: 'order_done', keys: ['basket.total', 'basket.lines.sku'], value: 5 }, { name: '.purchase' }, 5, null];
    expect(readSeenEvents(input)).toEqual([
      { name: 'order_done', keys: ['basket.total', 'basket.lines.sku'] },
      { name: '.purchase', keys: [] },
    ]);
  });

  it.each(['jane.doe@shop.example', '+1 425 555 1234', 'user4255551234', 'Jane Doe', '', 'x'.repeat(65), '1001', 5, {}, '<b>'])(
    'have no name or path %j, which may be of a person or no code',
    (text) => {
      expect(readSeenEvents([{ name: text, keys: [] }])).toEqual([]);
      expect(readSeenEvents([{ name: 'seen', keys: [text, 'kept'] }])).toEqual([{ name: 'seen', keys: ['kept'] }]);
    },
  );

  it('are at most 50, with 20 paths each', () => {
    const many = Array.from({ length: 60 }, (_, n) => ({ name: `n${n}`, keys: Array.from({ length: 30 }, (_, k) => `k${k}`) }));
    const read = readSeenEvents(many);
    expect([read.length, read[0]?.keys.length]).toEqual([50, 20]);
  });
});
