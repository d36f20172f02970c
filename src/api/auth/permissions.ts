import type { ApiErrorCode } from '../http/api-errors.ts';
import type { Route } from '../http/route.ts';
import { type Access, hasSiteRole, isAnyOwner, type SiteRole } from '../http/site-roles.ts';

/** Rights of the caller of the admin API. Without an account, the caller is on the admin socket and may do everything. */

type Refusal = Extract<ApiErrorCode, 'no-such-site' | 'owner-only' | 'editor-only'>;

/**
 * Returns the error of a request that the account may not make. An account without a role on the site gets the error of a site that does
 * not exist, so that it cannot learn which sites exist.
 */
export function findRefusal(access: Access | undefined, right: Route['right'], site: string | undefined): Refusal | undefined {
  if (access === undefined || right === 'account') return undefined;
  if (right === 'gateway-owner') return hasSiteRole(access, undefined, 'owner') ? undefined : 'owner-only';
  if (right === 'site-owner') return isAnyOwner(access) ? undefined : 'owner-only';
  if (hasSiteRole(access, site, right)) return undefined;
  if (!hasSiteRole(access, site, 'viewer')) return 'no-such-site';
  return right === 'editor' ? 'editor-only' : 'owner-only';
}

/** Returns whether an account may grant these roles. An owner of some sites may grant roles on those sites only. */
export function canGrant(access: Access | undefined, granted: Access): boolean {
  if (access === undefined || hasSiteRole(access, undefined, 'owner')) return true;
  const { role, sites } = granted;
  return role === 'per-site' && sites.length > 0 && sites.every(({ site }) => hasSiteRole(access, site, 'owner'));
}

/** Returns the items of a list that belong to sites on which the account has a role. */
export function listPermitted<Item>(
  access: Access | undefined,
  role: SiteRole,
  items: readonly Item[],
  getSite: (item: Item) => string,
): readonly Item[] {
  return access === undefined ? items : items.filter((item) => hasSiteRole(access, getSite(item), role));
}
