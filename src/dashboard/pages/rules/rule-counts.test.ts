import { expect, test } from 'vitest';
import type { RuleCountsView } from '../../../api/client.ts';
import { listRuleCounts } from './rule-counts.ts';

test('a rule of the site has the events of each connection, and that of a connection only its own', () => {
  const view: RuleCountsView = {
    since: 0,
    until: 1,
    connections: [
      { connection: 'bing', rules: [{ rule: 'net', events: 3 }] },
      { connection: 'meta', rules: [{ rule: 'net', events: 2 }] },
      { connection: 'tiktok', rules: [{ rule: 'other', events: 9 }] },
    ],
  };
  expect(listRuleCounts(view, 'net', undefined)).toEqual([
    { connection: 'bing', events: 3 },
    { connection: 'meta', events: 2 },
  ]);
  expect(listRuleCounts(view, 'net', 'meta')).toEqual([{ connection: 'meta', events: 2 }]);
  expect(listRuleCounts(view, 'net', 'tiktok')).toEqual([]);
});
