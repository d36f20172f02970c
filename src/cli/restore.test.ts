import { expect, test } from 'vitest';
import { describeGrants } from './restore.ts';

test('restored access to accounts is listed with what to do, and without control characters', () => {
  const grant = { site: 'shop', connection: 'bing', platform: 'microsoft', userName: 'o…\u001b[31m', createdAt: 0 };
  const text = describeGrants([
    { ...grant, isEnded: false },
    { ...grant, connection: 'second', isEnded: true },
  ]);
  expect(text).toMatch(/shop +bing +microsoft +o….* as of the backup/);
  expect(text).toMatch(/shop +second +microsoft +o….* ended: connect again/);
  expect(text).toContain('an issue names those that have ended');
  expect(text).not.toContain('\u001b');
});
