import { expect, it } from 'vitest';
import { parseConnectionSearch } from './connection-tab.ts';

it.each([
  [{ tab: 'failed' }, { tab: 'failed' }],
  [{ tab: 'activity' }, { tab: 'activity' }],
  [
    { tab: 'settings', link: 'a' },
    { tab: 'settings', link: 'a' },
  ],
  [{ link: 'a' }, { tab: 'settings', link: 'a' }],
  [{ tab: 'health' }, {}],
  [{ tab: ['failed'], link: 7 }, {}],
  [{ tab: 'nothing' }, {}],
  [{}, {}],
])('the search parameters %j of a connection lead to the tab of %j', (given, expected) => {
  expect(parseConnectionSearch(given)).toEqual(expected);
});
