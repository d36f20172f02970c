import { expect, test } from 'vitest';
import { shop } from '../../ingest/site.fixture.ts';
import { setup } from './setup.ts';

test('§1.7 the check of a site warns of a connection that records nothing', () => {
  const connect = (id: string, mode: string) => ({ id, destination: 'pinterest', enabled: true, settings: { mode } });
  expect(setup.checkSite?.(shop, [connect('live', 'live'), connect('trial', 'test')])).toEqual([
    { subject: 'trial', says: expect.stringContaining('records none of its events') },
  ]);
});
