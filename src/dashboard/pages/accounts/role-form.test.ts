import { expect, test } from 'vitest';
import { describeAccess, toAccess, toRoleForm } from './role-form.ts';

const sites = [
  { site: 'one', role: 'editor' },
  { site: 'two', role: 'viewer' },
] as const;

test('a role form keeps the roles of an account on the sites that exist', () => {
  const [one, two] = [{ id: 'one' }, { id: 'two' }];
  expect(toAccess(toRoleForm({ role: 'per-site', sites }, [one, two]))).toEqual({ role: 'per-site', sites });
  expect(toAccess(toRoleForm({ role: 'per-site', sites }, [one]))).toEqual({ role: 'per-site', sites: [sites[0]] });
  expect(toAccess(toRoleForm({ role: 'viewer', sites: [] }, undefined))).toEqual({ role: 'viewer' });
  expect(toAccess({ role: 'owner', sites: { one: 'viewer' } })).toEqual({ role: 'owner' });
});

test('describeAccess names the role and the sites', () => {
  const all = [{ id: 'one', name: 'The first' }];
  expect(describeAccess({ role: 'owner', sites: [] }, all)).toBe('Owner');
  expect(describeAccess({ role: 'editor', sites: [] }, all)).toBe('Editor of all sites');
  expect(describeAccess({ role: 'per-site', sites }, all)).toBe('Editor of The first, Viewer of two');
  expect(describeAccess({ role: 'per-site', sites: [] }, all)).toBe('No sites');
});
