import { expect, it } from 'vitest';
import { clickIdKeys } from '../../event/match-keys.ts';
import { minuteMs } from '../../event/units.ts';
import { createSha256, waitUntil } from '../delivery.fixture.ts';
import { useTestStorage } from '../test-site.fixture.ts';
import { reportMatchKeys } from './report-match-keys.ts';

const storage = useTestStorage();

it('reportMatchKeys returns the keys from profiles and the reasons for the missing ones', async () => {
  const testSite = storage.createSite(1);
  testSite.identity();
  const now = testSite.clock.now();
  const visitor = (id: string) => ({ forms: {}, clickIds: {}, anonymousId: id });
  const msclkid = { value: 'c'.repeat(32), at: now - minuteMs };
  const offsets = await testSite.append(
    testSite.event('view-1', { time: now - minuteMs, identity: { ...visitor('v1'), clickIds: { msclkid } } }),
    testSite.event('ord-1', {
      name: 'Purchase',
      time: now,
      identity: { ...visitor('v1'), forms: { emailMicrosoft: createSha256('a') } },
    }),
  );
  await waitUntil(async () => (await testSite.store.getIdentityCursor(testSite.site)) === offsets.at(-1));
  const { recalled, missing, explain } = await reportMatchKeys(testSite.log, testSite.store, testSite.site, offsets[1] ?? '');
  expect(recalled).toContainEqual({ key: 'clickIds.msclkid', from: 'visitor' });
  const otherClickIds = clickIdKeys.filter((key) => key !== 'msclkid');
  expect(missing.map(({ key }) => key)).toEqual([...otherClickIds, 'phone', 'external-id', 'address', 'agent']);
  expect(missing.find(({ key }) => key === 'phone')).toMatchObject({
    says: expect.stringContaining('phone'),
    remedy: expect.stringContaining('`user.phone`'),
  });
  expect(explain({ subject: 'click-id', source: 'acmeclid' })?.remedy).toContain('`acmeclid`');
  const gone = await reportMatchKeys(testSite.log, testSite.store, testSite.site, '0000000000999999');
  expect(gone).toMatchObject({ recalled: [], missing: [] });
  expect(gone.explain({ subject: 'email' })).toBeUndefined();
  await testSite.dispose();
});
