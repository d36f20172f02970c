import type { Access, SiteRole } from '../http/account-schema.ts';
import { siteRoles } from '../http/account-schema.ts';
import type { ApiErrorCode } from '../http/api-errors.ts';
import type { Route } from '../http/route.ts';

/** Returns whether an account has a role on a site, or a stronger one. Without an account, the caller is on the admin socket. */
export function hasSiteRole(access: Access | undefined, site: string, role: SiteRole): boolean {
  const own = access === undefined ? 'owner' : getSiteRole(access, site);
  return own !== undefined && siteRoles.indexOf(own) <= siteRoles.indexOf(role);
}

function getSiteRole({ role, sites }: Access, site: string): SiteRole | undefined {
  return role === 'per-site' ? sites.find((one) => one.site === site)?.role : role;
}

/** Returns the sites of a list on which an account has a role. */
export function listPermitted<Item>(
  access: Access | undefined,
  role: SiteRole,
  items: readonly Item[],
  getSite: (item: Item) => string,
): readonly Item[] {
  return items.filter((item) => hasSiteRole(access, getSite(item), role));
}

type Refusal = Extract<ApiErrorCode, 'no-such-site' | 'owner-only' | 'editor-only'>;

/**
 * Returns the error of a request that the account may not make. An account without a role on the site gets the error of a site that does
 * not exist, so that it cannot learn which sites exist.
 */
export function findRefusal(access: Access | undefined, right: Route['right'], site: string | undefined): Refusal | undefined {
  if (access === undefined || right === 'account') return undefined;
  if (right === 'gateway-owner' || site === undefined) return access.role === 'owner' ? undefined : 'owner-only';
  if (hasSiteRole(access, site, right)) return undefined;
  if (!hasSiteRole(access, site, 'viewer')) return 'no-such-site';
  return right === 'editor' ? 'editor-only' : 'owner-only';
}
