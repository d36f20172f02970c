import type { ApiBody, SiteSettingsView } from '../../../../api/client.ts';

/** A rule of pages as texts. `ignore` has names with spaces between them. */
export interface PageRow {
  readonly match: string;
  readonly as: string;
  readonly ignore: string;
}

type Capture = NonNullable<ApiBody<'PATCH /api/sites/:site'>['capture']>;

export function toPageRows(pages: NonNullable<SiteSettingsView['capture']['pages']>): readonly PageRow[] {
  return pages.map(({ match, as = '', ignore = [] }) => ({ match, as, ignore: ignore.join(' ') }));
}

/** Returns the rules of the rows, or `null` if there is none. */
export function toPageRules(rows: readonly PageRow[]): NonNullable<Capture['pages']> | null {
  if (rows.length === 0) return null;
  return rows.map(({ match, as, ignore }) => {
    const names = ignore.split(/[\s,]+/).filter((name) => name !== '');
    return { match: match.trim(), ...(as.trim() !== '' && { as: as.trim() }), ...(names.length > 0 && { ignore: names }) };
  });
}
