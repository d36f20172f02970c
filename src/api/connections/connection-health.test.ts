import { expect, test } from 'vitest';
import { mentionDeadPurchases } from './connection-health.ts';

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
