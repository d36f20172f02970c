import type { Access, Role, SiteRole } from '../../../api/client.ts';

/** The roles of an account as a form has them. The roles on sites are kept while another option is chosen. */
export interface RoleFormValue {
  readonly role: Role;
  readonly sites: Readonly<Record<string, SiteRole>>;
}

/**
 * Converts roles to a form. Leaves out a role on a site that no longer exists, because no field shows it and no request may contain it.
 * @param allSites undefined until they are loaded.
 */
export function toRoleForm({ role, sites }: Access, allSites: readonly { readonly id: string }[] | undefined): RoleFormValue {
  const known = sites.filter(({ site }) => allSites?.some(({ id }) => id === site) ?? true);
  return { role, sites: Object.fromEntries(known.map((one) => [one.site, one.role])) };
}

/** Converts a form to the members of a request. */
export function toAccess({ role, sites }: RoleFormValue): {
  readonly role: Role;
  readonly sites?: { site: string; role: SiteRole }[];
} {
  if (role !== 'per-site') return { role };
  return { role, sites: Object.entries(sites).map(([site, siteRole]) => ({ site, role: siteRole })) };
}

export const roleLabels = { owner: 'Owner', editor: 'Editor', viewer: 'Viewer' } as const satisfies Record<SiteRole, string>;

/** The roles on all sites, the weakest first. */
export const roleOptions = [
  { value: 'viewer', label: 'Viewer of all sites', description: 'Sees everything except accounts and personal data files.' },
  {
    value: 'editor',
    label: 'Editor of all sites',
    description: 'Also changes settings, connections and keys, and replays events.',
  },
  { value: 'owner', label: 'Owner', description: 'Can do everything, also add sites and manage accounts.' },
  { value: 'per-site', label: 'Selected sites', description: 'Sees only the sites that you select.' },
] as const satisfies readonly { readonly value: Role; readonly label: string; readonly description: string }[];

/** Describes roles in a few words: `Owner`, `Viewer of all sites`, `Editor of The shop`. */
export function describeAccess(
  { role, sites }: Access,
  allSites: readonly { readonly id: string; readonly name: string }[],
): string {
  if (role === 'owner') return 'Owner';
  if (role !== 'per-site') return `${roleLabels[role]} of all sites`;
  if (sites.length === 0) return 'No sites';
  const getName = (site: string) => allSites.find(({ id }) => id === site)?.name ?? site;
  return sites.map((one) => `${roleLabels[one.role]} of ${getName(one.site)}`).join(', ');
}
