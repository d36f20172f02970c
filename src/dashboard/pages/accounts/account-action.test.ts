import { describe, expect, it } from 'vitest';
import { getConfirmLabel, getDialogBody, getDialogTitle } from './account-action.ts';

describe('before an account is changed', () => {
  it('is said what will come of it, and of the own account that it is the own', () => {
    expect(getDialogBody({ what: 'remove', name: 'vera', isSelf: false })).toContain('vera is signed out everywhere');
    expect(getDialogBody({ what: 'remove', name: 'ada', isSelf: true })).toContain('your own account');
    expect(getDialogBody({ what: 'password', name: 'ada', isSelf: true })).toContain('You are signed out everywhere');
    expect(getDialogBody({ what: 'role', name: 'ada', isSelf: true, role: 'viewer' })).toMatch(/^You may then look/);
    expect(getDialogBody({ what: 'role', name: 'vera', isSelf: false, role: 'owner' })).toMatch(/^vera may then do everything/);
  });

  it('is asked by name', () => {
    expect(getDialogTitle({ what: 'role', name: 'vera', isSelf: false, role: 'owner' })).toBe('Make vera an owner?');
    expect(getDialogTitle({ what: 'remove', name: 'vera', isSelf: false })).toBe('Remove vera?');
    expect(getConfirmLabel({ what: 'role', name: 'vera', isSelf: false, role: 'viewer' })).toBe('Make a viewer');
  });
});
