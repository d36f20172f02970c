import { describe, expect, it } from 'vitest';
import { confirmLabel, dialogBody, dialogTitle } from './account-action.ts';

describe('before an account is changed', () => {
  it('is said what will come of it, and of the own account that it is the own', () => {
    expect(dialogBody({ what: 'remove', name: 'vera', isSelf: false })).toContain('vera is signed out everywhere');
    expect(dialogBody({ what: 'remove', name: 'ada', isSelf: true })).toContain('your own account');
    expect(dialogBody({ what: 'password', name: 'ada', isSelf: true })).toContain('You are signed out everywhere');
    expect(dialogBody({ what: 'role', name: 'ada', isSelf: true, role: 'viewer' })).toMatch(/^You may then look/);
    expect(dialogBody({ what: 'role', name: 'vera', isSelf: false, role: 'owner' })).toMatch(/^vera may then do everything/);
  });

  it('is asked by name', () => {
    expect(dialogTitle({ what: 'role', name: 'vera', isSelf: false, role: 'owner' })).toBe('Make vera an owner?');
    expect(dialogTitle({ what: 'remove', name: 'vera', isSelf: false })).toBe('Remove vera?');
    expect(confirmLabel({ what: 'role', name: 'vera', isSelf: false, role: 'viewer' })).toBe('Make a viewer');
  });
});
