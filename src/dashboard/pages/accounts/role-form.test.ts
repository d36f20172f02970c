import { expect, test } from 'vitest';
import { describeAccess, toAccess, toRoleForm } from './role-form.ts';

const sites = [
  { site: 'one', role: 'editor' },
  { site: 'two', role: 'viewer' },
] as const;

test('a role form keeps the roles of an account', () => {
  expect(toAccess(toRoleForm({ role: 'per-site', sites }))).toEqual({ role: 'per-site', sites });
  expect(toAccess(toRoleForm({ role: 'viewer', sites: [] }))).toEqual({ role: 'viewer' });
  expect(toAccess({ role: 'owner', sites: { one: 'viewer' } })).toEqual({ role: 'owner' });
});

test('describeAccess names the role and the sites', () => {
  expect(describeAccess({ role: 'owner', sites: [] })).toBe('Owner');
  expect(describeAccess({ role: 'editor', sites: [] })).toBe('Editor of all sites');
  expect(describeAccess({ role: 'per-site', sites })).toBe('Editor of one, Viewer of two');
  expect(describeAccess({ role: 'per-site', sites: [] })).toBe('No sites');
});
