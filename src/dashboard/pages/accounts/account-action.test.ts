import { expect, test } from 'vitest';
import { getDialogTitle, getRemovalText } from './account-action.ts';

test('a removal states its consequences, also for the own account', () => {
  expect(getRemovalText({ name: 'vera', isSelf: false })).toContain('vera will be signed out everywhere');
  expect(getRemovalText({ name: 'ada', isSelf: true })).toContain('your own account');
});

test('the title of a dialog names the account', () => {
  expect(getDialogTitle({ kind: 'remove', name: 'vera', isSelf: false })).toBe('Remove vera?');
  expect(getDialogTitle({ kind: 'password', name: 'vera', isSelf: false })).toBe('Reset password of vera');
});
