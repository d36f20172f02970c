import { describe, expect, it } from 'vitest';
import type { ConnectionView } from '../../../../api/client.ts';
import { healthyConnection } from '../../../data/connection-view.fixture.ts';
import { compareNeeds, findNeed, type Need, sortByNeed } from './compare-needs.ts';

const retried: ConnectionView = { ...healthyConnection, id: 'retried', health: 'unhealthy', nextTryAt: 9 };
const revoked: ConnectionView = { ...retried, id: 'revoked', pausedSince: 1 };
const degraded: ConnectionView = { ...retried, id: 'degraded', health: 'degraded' };
const paused: ConnectionView = { ...healthyConnection, id: 'paused', health: 'paused', pausedSince: 1 };
const losing: ConnectionView = { ...degraded, id: 'losing', losesAt: 50 };

describe('problems', () => {
  it('are ordered by need: lost events, a person, a retry, and then warnings', () => {
    const needs: readonly Need[] = [
      { level: 'problem', losesAt: 5 },
      { level: 'problem', losesAt: 9 },
      { level: 'problem' },
      { level: 'problem', isRetried: true },
      { level: 'warning' },
      { level: 'warning', isRetried: true },
    ];
    expect(needs.toReversed().toSorted(compareNeeds)).toEqual(needs);
  });

  it('of a connection need a person when it is paused, although Convey looks whether the cause is gone', () => {
    expect(findNeed(revoked)).toEqual({ level: 'problem' });
    expect(findNeed(retried)).toEqual({ level: 'problem', isRetried: true });
    expect(findNeed({ health: 'unhealthy' })).toEqual({ level: 'problem', isRetried: true });
    expect(findNeed(healthyConnection)).toBeUndefined();
  });

  it('of connections have the same order as those of a site', () => {
    const views = [healthyConnection, degraded, retried, paused, revoked, losing];
    expect(sortByNeed(views, views).map(({ id }) => id)).toEqual(['losing', 'revoked', 'retried', 'paused', 'degraded', 'bing']);
    expect(sortByNeed([{ id: 'bing' }, { id: 'stopped' }], views).map(({ id }) => id)).toEqual(['stopped', 'bing']);
  });
});
