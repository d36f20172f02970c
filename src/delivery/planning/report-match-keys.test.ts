import { afterAll, beforeAll, expect, it } from 'vitest';
import { minuteMs } from '../../event/units.ts';
import { createSha256, Engines, until } from '../delivery.fixture.ts';
import { reportMatchKeys } from './report-match-keys.ts';

let engines: Engines;
beforeAll(async () => {
  engines = await Engines.open();
});
afterAll(() => engines.close());

it('reportMatchKeys returns the keys from profiles and the reasons for the missing ones', async () => {
  const bench = engines.bench(1);
  bench.identity();
  const now = bench.clock.now();
  const visitor = (id: string) => ({ forms: {}, clickIds: {}, anonymousId: id });
  const msclkid = { value: 'c'.repeat(32), at: now - minuteMs };
  const offsets = await bench.append(
    bench.event('view-1', { time: now - minuteMs, identity: { ...visitor('v1'), clickIds: { msclkid } } }),
    bench.event('ord-1', {
      name: 'Purchase',
      time: now,
      identity: { ...visitor('v1'), forms: { emailMicrosoft: createSha256('a') } },
    }),
  );
  await until(async () => (await bench.store.getIdentityCursor(bench.site)) === offsets.at(-1));
  const { recalled, missing } = await reportMatchKeys(bench.log, bench.store, bench.site, offsets[1] ?? '');
  expect(recalled).toContainEqual({ key: 'clickIds.msclkid', from: 'visitor' });
  expect(missing.map(({ key }) => key)).toEqual(['phone', 'external-id', 'address', 'agent']);
  expect(missing[0]).toMatchObject({ says: expect.stringContaining('phone'), remedy: expect.stringContaining('`user.phone`') });
  expect(await reportMatchKeys(bench.log, bench.store, bench.site, '0000000000999999')).toEqual({ recalled: [], missing: [] });
  await bench.dispose();
});
