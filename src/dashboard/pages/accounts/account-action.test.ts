import { describe, expect, it } from 'vitest';
import { getConfirmLabel, getDialogBody, getDialogTitle } from './account-action.ts';

describe('account action', () => {
  it('explains its consequences, also for the own account', () => {
    expect(getDialogBody({ what: 'remove', name: 'vera', isSelf: false })).toContain('vera will be signed out everywhere');
    expect(getDialogBody({ what: 'remove', name: 'ada', isSelf: true })).toContain('your own account');
    expect(getDialogBody({ what: 'password', name: 'ada', isSelf: true })).toContain('You will be signed out everywhere');
    expect(getDialogBody({ what: 'role', name: 'ada', isSelf: true, role: 'viewer' })).toMatch(/^You will be able to see/);
    expect(getDialogBody({ what: 'role', name: 'vera', isSelf: false, role: 'owner' })).toMatch(
      /^vera will be able to change everything/,
    );
  });

  it('names the account', () => {
    expect(getDialogTitle({ what: 'role', name: 'vera', isSelf: false, role: 'owner' })).toBe('Make vera an owner?');
    expect(getDialogTitle({ what: 'remove', name: 'vera', isSelf: false })).toBe('Remove vera?');
    expect(getConfirmLabel({ what: 'role', name: 'vera', isSelf: false, role: 'viewer' })).toBe('Make viewer');
  });
});
