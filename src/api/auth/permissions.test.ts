import { describe, expect, it } from 'vitest';
import { type Access, hasSiteRole } from '../http/site-roles.ts';
import { canGrant, findRefusal, listPermitted } from './permissions.ts';

const perSite: Access = {
  role: 'per-site',
  sites: [
    { site: 'mine', role: 'owner' },
    { site: 'read', role: 'viewer' },
  ],
};
const all = (role: 'owner' | 'editor' | 'viewer'): Access => ({ role, sites: [] });

describe('hasSiteRole', () => {
  it('includes the weaker roles', () => {
    expect(hasSiteRole(all('owner'), 'any', 'viewer')).toBe(true);
    expect(hasSiteRole(all('editor'), 'any', 'viewer')).toBe(true);
    expect(hasSiteRole(all('editor'), 'any', 'owner')).toBe(false);
    expect(hasSiteRole(all('viewer'), 'any', 'editor')).toBe(false);
  });

  it('returns the role on the site if the account has none on all sites', () => {
    expect(hasSiteRole(perSite, 'mine', 'owner')).toBe(true);
    expect(hasSiteRole(perSite, 'read', 'editor')).toBe(false);
    expect(hasSiteRole(perSite, 'other', 'viewer')).toBe(false);
    expect(hasSiteRole({ role: 'per-site', sites: [] }, 'read', 'viewer')).toBe(false);
  });
});

describe('findRefusal', () => {
  it('hides a site from an account without a role on it', () => {
    for (const right of ['viewer', 'editor', 'owner'] as const) expect(findRefusal(perSite, right, 'other')).toBe('no-such-site');
    expect(findRefusal(perSite, 'editor', 'read')).toBe('editor-only');
    expect(findRefusal(perSite, 'owner', 'read')).toBe('owner-only');
    expect(findRefusal(perSite, 'owner', 'mine')).toBeUndefined();
  });

  it('requires an owner of all sites for the gateway itself', () => {
    expect(findRefusal(perSite, 'gateway-owner', undefined)).toBe('owner-only');
    expect(findRefusal(all('editor'), 'gateway-owner', undefined)).toBe('owner-only');
    expect(findRefusal(all('owner'), 'gateway-owner', undefined)).toBeUndefined();
  });

  it('requires an owner of any site for invitations', () => {
    expect(findRefusal(perSite, 'site-owner', undefined)).toBeUndefined();
    expect(findRefusal(all('owner'), 'site-owner', undefined)).toBeUndefined();
    for (const access of [all('editor'), { ...perSite, sites: perSite.sites.slice(1) }])
      expect(findRefusal(access, 'site-owner', undefined)).toBe('owner-only');
  });

  it('permits everything on the admin socket, where there is no account', () => {
    expect(findRefusal(undefined, 'gateway-owner', undefined)).toBeUndefined();
    expect(findRefusal(undefined, 'owner', 'other')).toBeUndefined();
  });
});

it('canGrant lets an owner of some sites grant any role on those, and no other', () => {
  const on = (...sites: readonly string[]): Access => ({
    role: 'per-site',
    sites: sites.map((site) => ({ site, role: 'owner' })),
  });
  expect(canGrant(perSite, on('mine'))).toBe(true);
  for (const granted of [on('mine', 'read'), on('other'), on(), all('viewer'), all('owner')])
    expect([granted, canGrant(perSite, granted)]).toEqual([granted, false]);
  for (const access of [all('owner'), undefined])
    for (const granted of [on('mine', 'other'), on(), all('owner')]) expect(canGrant(access, granted)).toBe(true);
  expect(canGrant(all('editor'), on('mine'))).toBe(false);
});

it('listPermitted returns the sites on which the account has the role', () => {
  const sites = ['mine', 'read', 'other'];
  const list = (access: Access | undefined, role: 'owner' | 'viewer') => listPermitted(access, role, sites, (site) => site);
  expect(list(perSite, 'viewer')).toEqual(['mine', 'read']);
  expect(list(perSite, 'owner')).toEqual(['mine']);
  expect(list(all('viewer'), 'owner')).toEqual([]);
  expect(list(undefined, 'owner')).toEqual(sites);
});
