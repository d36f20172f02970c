import { expect, it } from 'vitest';
import { createSteppedClock } from '../../clock/stepped-clock.ts';
import { createLogger } from '../../logger.ts';
import type { CollectorNotice } from '../../storage/ports/collector-notices.ts';
import { startSharedNotices } from './collector-notices.ts';

it('a notice is stored within seconds when it is new, and then once a minute while it changes', async () => {
  const clock = createSteppedClock(1_795_514_400_000);
  const stored: (readonly [string, number])[] = [];
  let own: readonly CollectorNotice[] = [];
  const notices = startSharedNotices({
    store: {
      putNotices: async (node, put) => void stored.push(...put.map(({ requests }) => [node, requests] as const)),
      listNotices: async () => own,
    },
    node: 'one',
    listOwn: () => own,
    sites: () => [{ id: 'shop' }],
    clock,
    logger: createLogger('silent', { write: () => {} }),
  });
  const pass = async (seconds: number, changes: boolean) => {
    for (let passed = 0; passed < seconds; passed += 1) {
      clock.moveTo(clock.now() + 1_000);
      const requests = (own[0]?.requests ?? 0) + Number(changes);
      if (changes) own = [{ site: 'shop', kind: 'domain-refused', domain: 'other.example', requests, lastAt: clock.now() }];
      for (let turns = 0; turns < 4; turns += 1) await new Promise(setImmediate);
    }
  };
  await pass(1, true);
  await pass(6, false);
  expect(stored).toEqual([['one', 1]]);
  await pass(130, true);
  expect(stored).toHaveLength(3);
  await pass(300, false);
  expect(stored).toHaveLength(4);
  expect((await notices.read('shop')).refusedDomains).toMatchObject([{ requests: 131 }]);
  await notices.stop();
});
