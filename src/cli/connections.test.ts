import { expect, it } from 'vitest';
import { formatErrors } from './connections.ts';

const at = Date.UTC(2026, 10, 24, 10);
const row = { events: 3, firstAt: at, lastAt: at, trend: [3] };
const period = { since: at - 3_600_000, until: at + 3_600_000, stepMs: 3_600_000, events: 3, trend: [3] };

it('errors are printed by code with the words that Convey has, and by event name', () => {
  const codes = [{ code: 'ECONNREFUSED', says: 'Connection \u001b[31mrefused.', before: 1, ...row }];
  const [head, columns, code, , , name] = formatErrors({ ...period, codes, names: [{ name: 'Lead', ...row }] }).split('\n');
  expect(head).toBe('Since 2026-11-24 09:00:00 UTC:');
  expect(columns).toMatch(/^code +events +before +why$/);
  expect(code).toMatch(/^ECONNREFUSED +3 +1 +Connection \ufffd\[31mrefused\.$/);
  expect(name).toMatch(/^Lead +3 +–$/);
  const others = [{ name: 'other', says: 'Long names.', ...row }];
  expect(formatErrors({ ...period, codes, names: others })).toMatch(/other +3 +– +Long names\.$/);
});

it('a period without errors says from when on there was none', () => {
  expect(formatErrors({ ...period, events: 0, codes: [], names: [] })).toBe(
    'No failed request and no refused event was counted since 2026-11-24 09:00:00 UTC.',
  );
  expect(formatErrors({ ...period, countedSince: at, events: 0, codes: [], names: [] })).toContain(
    'since 2026-11-24 10:00:00 UTC',
  );
});
