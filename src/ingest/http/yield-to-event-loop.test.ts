import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { yieldToEventLoop } from './yield-to-event-loop.ts';

test('large pieces of work run in order, with turns for others between them', async () => {
  const seen: string[] = [];
  let isOver = false;
  const others = (async () => {
    while (!isOver) {
      seen.push('other');
      await nextTurn();
    }
  })();
  await Promise.all(Array.from({ length: 5 }, (_, n) => yieldToEventLoop().then(() => seen.push(`large ${n}`))));
  isOver = true;
  await others;
  expect(seen.filter((one) => one !== 'other')).toEqual(['large 0', 'large 1', 'large 2', 'large 3', 'large 4']);
  for (let n = 1; n < 5; n++)
    expect(seen.slice(seen.indexOf(`large ${n - 1}`), seen.indexOf(`large ${n}`)), `before large ${n}`).toContain('other');
});
