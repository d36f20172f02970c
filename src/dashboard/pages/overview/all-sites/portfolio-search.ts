import { isAccountName } from '../../../../api/client.ts';
import { nobody, type Sorting, type SortKey, sortKeys } from './site-table-rows.ts';

/** The search parameters of the overview. */
export interface PortfolioSearch {
  /** The site to show alone. */
  readonly site?: string;
  /** Part of the name or id of the sites to list. */
  readonly q?: string;
  /** The account to which the listed sites are assigned, or `nobody`. */
  readonly assignee?: string;
  readonly sort?: SortKey;
  /** The order of a figure is descending unless this is `up`, that of a name or status is ascending unless it is `down`. */
  readonly order?: 'up' | 'down';
  /** From 2 on. */
  readonly page?: number;
}

export const defaultSorting: Sorting = { by: 'state', isDown: false };

/** Reads the search parameters. Ignores invalid values, because URLs are untrusted. */
export function parsePortfolioSearch({
  site,
  q,
  assignee,
  sort,
  order,
  page,
}: Readonly<Record<string, unknown>>): PortfolioSearch {
  const key = sortKeys.find((one) => one === sort);
  const number = typeof page === 'string' && /^\d{1,4}$/.test(page) ? Number(page) : page;
  return {
    ...(typeof site === 'string' && { site }),
    ...(typeof q === 'string' && q.trim() !== '' && { q: q.slice(0, 100) }),
    ...(typeof assignee === 'string' && (assignee === nobody || isAccountName(assignee)) && { assignee }),
    ...(key !== undefined && { sort: key }),
    ...((order === 'up' || order === 'down') && { order }),
    ...(typeof number === 'number' && Number.isInteger(number) && number > 1 && { page: number }),
  };
}

const isText = (by: SortKey) => by === 'name' || by === 'state';

export function readSorting({ sort = defaultSorting.by, order }: PortfolioSearch): Sorting {
  return { by: sort, isDown: order === undefined ? !isText(sort) : order === 'down' };
}

/** Returns the search parameters of a sorting. Those of the default are undefined. */
export function writeSorting({ by, isDown }: Sorting): {
  readonly sort: SortKey | undefined;
  readonly order: 'up' | 'down' | undefined;
} {
  return {
    sort: by === defaultSorting.by ? undefined : by,
    order: isDown === !isText(by) ? undefined : isDown ? 'down' : 'up',
  };
}
