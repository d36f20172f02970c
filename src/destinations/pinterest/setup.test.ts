import { expect, test } from 'vitest';
import { shop } from '../../ingest/site.fixture.ts';
import { setup } from './setup.ts';

test('§1.7 the check of a site warns of a connection that records nothing', () => {
  const connect = (id: string, testMode: string) => ({ id, destination: 'pinterest', enabled: true, settings: { testMode } });
  expect(setup.checkSite?.(shop, [connect('live', 'off'), connect('trial', 'on')])).toEqual([
    { subject: 'trial', says: expect.stringContaining('records none of its events') },
  ]);
});
