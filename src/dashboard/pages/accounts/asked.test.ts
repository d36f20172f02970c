import { describe, expect, it } from 'vitest';
import { consequenceOf, labelOf, titleOf } from './asked.ts';

describe('before an account is changed', () => {
  it('is said what will come of it, and of the own account that it is the own', () => {
    expect(consequenceOf({ what: 'remove', name: 'vera', isSelf: false })).toContain('vera is signed out everywhere');
    expect(consequenceOf({ what: 'remove', name: 'ada', isSelf: true })).toContain('your own account');
    expect(consequenceOf({ what: 'password', name: 'ada', isSelf: true })).toContain('You are signed out everywhere');
    expect(consequenceOf({ what: 'role', name: 'ada', isSelf: true, role: 'viewer' })).toMatch(/^You may then look/);
    expect(consequenceOf({ what: 'role', name: 'vera', isSelf: false, role: 'owner' })).toMatch(/^vera may then do everything/);
  });

  it('is asked by name', () => {
    expect(titleOf({ what: 'role', name: 'vera', isSelf: false, role: 'owner' })).toBe('Make vera an owner?');
    expect(titleOf({ what: 'remove', name: 'vera', isSelf: false })).toBe('Remove vera?');
    expect(labelOf({ what: 'role', name: 'vera', isSelf: false, role: 'viewer' })).toBe('Make a viewer');
  });
});
