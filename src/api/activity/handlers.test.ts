import { expect, it } from 'vitest';
import { exportRows } from './handlers.ts';

const row = (seq: number) => ({ seq, at: seq, kind: 'site-added', actor: 'cli', site: 'shop', entry: '{}', hash: 'ab' });
const store = { readActivity: async (after: number) => Array.from({ length: 500 }, (_, nth) => row(after + nth + 1)) };

it('an export checks the rights of its reader before each page, and ends with an error when they are gone', async () => {
  let pages = 0;
  const reader = exportRows(store, async () => {
    pages += 1;
    if (pages > 2) throw new Error('the account may no longer read the activity');
    return pages === 1 ? {} : { sites: [] };
  }).getReader();
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toContain('"seq":500');
  expect((await reader.read()).value).toHaveLength(0);
  await expect(reader.read()).rejects.toThrow('may no longer read');
});
