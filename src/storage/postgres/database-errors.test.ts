import { expect, test } from 'vitest';
import { describeDatabaseError } from './database-errors.ts';

test('a missing right is reported with its table and the setting', () => {
  const error = Object.assign(new Error('permission denied for table nodes'), { code: '42501' });
  expect(describeDatabaseError(error)).toMatch(
    /^The role of `store` lacks a right: permission denied for table nodes\. Grant it /,
  );
  expect(describeDatabaseError(error, '--to')).toContain('The role of `--to` lacks a right');
});
