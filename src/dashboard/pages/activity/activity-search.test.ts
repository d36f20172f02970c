import { expect, it } from 'vitest';
import { parseActivitySearch, toApiSelection, toDownloadLink } from './activity-search.ts';

const range = { since: 1_795_514_400_000, until: 1_796_119_200_000 };

it('search parameters are read if they are valid, and ignored if not', () => {
  const search = { site: 'shop', subject: 'Replays', actor: 'cli' };
  expect(parseActivitySearch({ ...search, since: '1795514400000' })).toEqual(search);
  expect(parseActivitySearch({ site: '../x', subject: 'toString', actor: 'jane@shop.example' })).toEqual({});
});

it('the list and the download have the same filters and range', () => {
  const search = parseActivitySearch({ site: 'shop', subject: 'Rules', actor: 'cli' });
  expect(toApiSelection(search, range)).toEqual({ site: 'shop', actor: 'cli', kind: ['rules-changed'], ...range });
  expect(toDownloadLink(search, range)).toBe(
    '/api/activity/export?site=shop&actor=cli&since=1795514400000&until=1796119200000&kind=rules-changed',
  );
  expect(toDownloadLink({}, range)).toBe('/api/activity/export?since=1795514400000&until=1796119200000');
});
