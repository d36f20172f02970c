import { expect, it } from 'vitest';
import { parseActivitySearch, toApiSelection, toDownloadLink, toSince } from './activity-search.ts';

it('search parameters are read if they are valid, and ignored if not', () => {
  const search = { site: 'shop', subject: 'Replays', actor: 'cli', since: '1795514400000' };
  expect(parseActivitySearch(search)).toEqual({ ...search, since: 1_795_514_400_000 });
  expect(parseActivitySearch({ site: '../x', subject: 'toString', actor: 'jane@shop.example', since: 'x' })).toEqual({});
});

it('the list and the download have the same filters', () => {
  const search = parseActivitySearch({ site: 'shop', subject: 'Rules', actor: 'cli' });
  expect(toApiSelection(search)).toEqual({ site: 'shop', actor: 'cli', kind: ['rules-changed'] });
  expect(toDownloadLink(search)).toBe('/api/activity/export?site=shop&actor=cli&kind=rules-changed');
  expect(toDownloadLink({})).toBe('/api/activity/export');
});

it('a period begins at an hour, so that its URL stays the same', () => {
  expect(toSince('24', 1_795_514_400_000 + 5_000)).toBe(1_795_514_400_000 - 24 * 3_600_000);
});
