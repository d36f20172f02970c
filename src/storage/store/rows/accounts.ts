import type { Access, AccountRecord, Invitation, SessionRecord, SiteRole } from '../../ports/accounts.ts';

/** The sessions of an account that are kept: the newest. */
export const sessionsKept = 100;

/** A row of a join with the roles on sites: one for each site, or one without a site. */
interface WithSite {
  readonly site: string | null;
  readonly siteRole: SiteRole | null;
}
export type AccountRow = Omit<AccountRecord, 'sites'> & WithSite;
export type InvitationRow = Omit<Invitation, 'sites'> & WithSite;
export type SessionRow = Omit<SessionRecord, 'sites'> & WithSite;

/** Joins the rows of each holder, which follow each other. */
export function groupSites<Key extends string, Row extends WithSite & { readonly [K in Key]: string }>(
  rows: readonly Row[],
  key: Key,
): readonly (Omit<Row, keyof WithSite> & Pick<Access, 'sites'>)[] {
  return [...Map.groupBy(rows, (row) => row[key]).values()].flatMap(([first, ...more]) => {
    if (!first) return [];
    const { site: _, siteRole: __, ...holder } = first;
    const sites = [first, ...more].flatMap(({ site, siteRole }) =>
      site === null || siteRole === null ? [] : [{ site, role: siteRole }],
    );
    return [{ ...holder, sites }];
  });
}
