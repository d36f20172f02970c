/** Roles on a site, the strongest first. Each includes those after it. */
export const siteRoles = ['owner', 'editor', 'viewer'] as const;
export type SiteRole = (typeof siteRoles)[number];

/** Roles of an account: on all sites, or `per-site`. */
export const roles = [...siteRoles, 'per-site'] as const;
export type Role = (typeof roles)[number];

/** The roles of an account. `sites` is empty unless `role` is `per-site`. */
export interface Access {
  readonly role: Role;
  readonly sites: readonly { readonly site: string; readonly role: SiteRole }[];
}

/** Returns whether an account has a role on a site, or a stronger one. Without a site: on all sites. */
export function hasSiteRole(access: Access, site: string | undefined, role: SiteRole): boolean {
  const own = getSiteRole(access, site);
  return own !== undefined && siteRoles.indexOf(own) <= siteRoles.indexOf(role);
}

function getSiteRole({ role, sites }: Access, site: string | undefined): SiteRole | undefined {
  return role === 'per-site' ? sites.find((one) => one.site === site)?.role : role;
}

/** Returns whether an account is an owner of all sites or of at least one. */
export function isAnyOwner(access: Access): boolean {
  return hasSiteRole(access, undefined, 'owner') || access.sites.some(({ role }) => role === 'owner');
}

/** Formats roles as the command line accepts them: `viewer`, or `shop=editor other=viewer`. */
export function formatRoles({ role, sites }: Access): string {
  if (role !== 'per-site') return role;
  return sites.length === 0 ? 'no site' : sites.map((one) => `${one.site}=${one.role}`).join(' ');
}
