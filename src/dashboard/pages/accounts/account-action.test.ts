import { describe, expect, it } from 'vitest';
import { getConfirmLabel, getDialogBody, getDialogTitle } from './account-action.ts';

describe('account action', () => {
  it('explains its consequences, also for the own account', () => {
    expect(getDialogBody({ kind: 'remove', name: 'vera', isSelf: false })).toContain('vera will be signed out everywhere');
    expect(getDialogBody({ kind: 'remove', name: 'ada', isSelf: true })).toContain('your own account');
    expect(getDialogBody({ kind: 'password', name: 'ada', isSelf: true })).toContain('You will be signed out everywhere');
    expect(getDialogBody({ kind: 'role', name: 'ada', isSelf: true, role: 'viewer' })).toMatch(/^You will be able to see/);
    expect(getDialogBody({ kind: 'role', name: 'vera', isSelf: false, role: 'owner' })).toMatch(
      /^vera will be able to change everything/,
    );
  });

  it('names the account', () => {
    expect(getDialogTitle({ kind: 'role', name: 'vera', isSelf: false, role: 'owner' })).toBe('Make vera an owner?');
    expect(getDialogTitle({ kind: 'remove', name: 'vera', isSelf: false })).toBe('Remove vera?');
    expect(getConfirmLabel({ kind: 'role', name: 'vera', isSelf: false, role: 'viewer' })).toBe('Make viewer');
  });
});
