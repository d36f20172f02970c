import { expect, test } from 'vitest';
import { formatPayload } from './events.ts';

test('formatPayload writes one member a line, and limits the lines', () => {
  expect(formatPayload({ name: 'purchase', user: { em: '***' } })).toEqual([
    '      request  {',
    '        "name": "purchase",',
    '        "user": {',
    '          "em": "***"',
    '        }',
    '      }',
  ]);
  const long = formatPayload(Array.from({ length: 200 }, () => 'a\u2028b'));
  expect(long).toHaveLength(101);
  expect(long[1]).toBe('        "a\ufffdb",');
  expect(long.at(-1)).toBe('      … 102 more lines');
});
