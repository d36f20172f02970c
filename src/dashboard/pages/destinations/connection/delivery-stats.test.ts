import { expect, it } from 'vitest';
import { healthyConnection } from '../../../data/connection-view.fixture.ts';
import { getDeliveryStats } from './delivery-stats.ts';

const view = {
  ...healthyConnection,
  counts: { delivered: 12 },
  lag: { events: 3, ms: 4_000 },
  waiting: 3,
  deferred: 1,
  deadLetters: 2,
};

it('the figures say how long the oldest event has waited, also if the browser’s clock is behind the gateway’s', () => {
  const stats = getDeliveryStats({ ...view, undeliveredSince: Date.now() + 4_000 });
  expect(stats.filter(({ at }) => at !== undefined)).toEqual([]);
  expect(stats).toContainEqual({ label: 'Waiting', value: '3', description: 'oldest has waited 4 s' });
  expect(stats).toContainEqual({ label: 'Failed events', value: '2', description: 'could not be delivered' });
});

it('the figures show the stop and the next attempt of a paused connection', () => {
  const stats = getDeliveryStats({ ...view, lag: { events: 0, ms: 0 }, waiting: 0, pausedSince: 5, nextTryAt: 9 });
  expect(stats.flatMap(({ at }) => at ?? [])).toEqual([5, 9]);
  expect(stats).toContainEqual({ label: 'Waiting', value: '0', description: 'up to date' });
});
