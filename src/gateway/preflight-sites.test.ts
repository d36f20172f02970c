import { expect, test } from 'vitest';
import { shop } from '../ingest/site.fixture.ts';
import type { ConnectionEntry, SiteEntry } from '../sites/merge-sites.ts';
import { checkEntries } from './preflight-sites.ts';

const connection: ConnectionEntry = {
  id: 'bing',
  destination: 'microsoft',
  origin: 'dashboard',
  enabled: true,
  settings: {},
  secrets: [],
  problem: 'Does not run.',
};
const entry = (one: ConnectionEntry): SiteEntry => ({
  origin: 'dashboard',
  site: shop,
  runs: true,
  lostSecrets: [],
  connections: [one],
  revision: '',
});

test('a connection that cannot run is a problem, and one to the simulator in the gateway a warning', () => {
  const check = (one: ConnectionEntry) => [...checkEntries([entry(one)])].map(({ level, subject }) => `${level} ${subject}`);
  expect(check(connection)).toEqual(['problem shop/bing']);
  expect(check({ ...connection, isSimulated: true })).toEqual(['warning shop/bing']);
});
