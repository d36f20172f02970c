import { expect, test } from 'vitest';
import { describeConnectionHealth, mentionDeadPurchases } from './connection-health.ts';

test('a healthy connection mentions the purchases that it could not deliver', () => {
  const healthy = { health: 'healthy', says: 'Delivering.' } as const;
  expect(mentionDeadPurchases(healthy, 0)).toEqual(healthy);
  expect(mentionDeadPurchases(healthy, 1)).toEqual({
    health: 'healthy',
    says: 'Delivering. 1 purchase could not be delivered: see the dead letters.',
  });
});

test('a connection with another problem mentions only that problem', () => {
  const paused = { health: 'paused', says: 'An operator paused it.' } as const;
  expect(mentionDeadPurchases(paused, 3)).toEqual(paused);
});

test('an enabled connection is unhealthy while no gateway delivers', () => {
  const facts = { state: undefined, hasDelivered: true, undeliveredSince: 1_795_514_400_000 };
  const { health, says } = describeConnectionHealth({ enabled: true, ...facts }, 1_795_514_500_000);
  expect([health, says]).toEqual([
    'unhealthy',
    expect.stringMatching(
      /^No gateway with the role `deliver` runs, since 2026-11-24 \d\d:\d\d.* UTC or earlier\. Events wait and are kept\. Start/,
    ),
  ]);
  const late = describeConnectionHealth({ enabled: true, ...facts, losesAt: 1_795_518_100_000 }, 1_795_514_500_000);
  expect(late.says).toMatch(/too old for the platform in 60 min .* Start such a gateway before then\./);
  expect(late.says).not.toContain('No event is lost');
  expect(describeConnectionHealth({ enabled: false, ...facts }, 1_795_514_500_000).health).toBe('disabled');
});
