import { describe, expect, it } from 'vitest';
import { defaultSorting, parsePortfolioSearch, readSorting, writeSorting } from './portfolio-search.ts';
import { sortKeys } from './site-table-rows.ts';

describe('the search parameters of the overview', () => {
  it('are read from text, without invalid ones', () => {
    expect(
      parsePortfolioSearch({ site: 'shop', q: ' bee', assignee: '-', sort: 'name', order: 'down', page: '3', range: '28d' }),
    ).toEqual({
      site: 'shop',
      q: ' bee',
      assignee: '-',
      sort: 'name',
      order: 'down',
      page: 3,
    });
    expect(
      parsePortfolioSearch({ site: 1, q: '  ', assignee: ' no name', sort: 'toString', order: 'sideways', page: '-2' }),
    ).toEqual({});
    for (const page of ['1', '0', 'x', '1.5', 1, 2.5, ['2']]) expect(parsePortfolioSearch({ page })).toEqual({});
  });

  it('keep every sorting, and have none for the default', () => {
    for (const by of sortKeys)
      for (const isDown of [true, false]) {
        const sorting = { by, isDown };
        expect(readSorting(parsePortfolioSearch(writeSorting(sorting)))).toEqual(sorting);
      }
    expect(writeSorting(defaultSorting)).toEqual({ sort: undefined, order: undefined });
  });
});
