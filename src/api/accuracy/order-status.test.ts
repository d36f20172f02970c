import { describe, expect, it } from 'vitest';
import type { Issue } from '../../event/issue.ts';
import { hourMs } from '../../event/units.ts';
import type { StoredOutcome } from '../../storage/ports/outcomes.ts';
import { getOrderStatus } from './order-status.ts';

const now = Date.parse('2026-11-25T13:00:00Z');

describe('getOrderStatus', () => {
  const old = now - 2 * hourMs;
  const getStatus = (
    known: Partial<StoredOutcome> | undefined,
    {
      receivedAt = now,
      cursor = '9',
      after = '1',
      why,
    }: { receivedAt?: number; cursor?: string; after?: string; why?: 'hold' | 'retry' } = {},
  ) =>
    getOrderStatus(
      { offset: '5', receivedAt },
      {
        state: { cursor, begins: { after, at: 0, events: 0 } },
        stored: known && { offset: '5', outcome: 'delivered', issues: [], ...known },
        deferred: why && { reason: why },
        now,
      },
    );
  const issue = (code: string): Issue => ({ field: 'time', code, message: '' });

  it('returns the status of the outcome', () => {
    expect(getStatus({})).toBe('accepted');
    expect(getStatus({ issues: [issue('totals-differ')] })).toBe('noted');
    expect(getStatus({ issues: [issue('reduced-by-refund')] })).toBe('accepted');
    expect(getStatus({ issues: [issue('claimed')] })).toBe('claimed');
    expect(getStatus({ outcome: 'consent-denied' })).toBe('consent-denied');
    expect(getStatus({ outcome: 'consent-denied', issues: [issue('consent-differs')] })).toBe('claimed');
    expect(getStatus({ outcome: 'dead' })).toBe('rejected');
    expect(getStatus({ outcome: 'dead', issues: [issue('expired')] })).toBe('expired');
    expect(getStatus({ outcome: 'dead', issues: [issue('corrupt')] })).toBe('damaged');
  });

  it('returns waiting for an hour, and then the reason', () => {
    expect(getStatus({ outcome: 'waiting' }, { why: 'retry' })).toBe('waiting');
    expect(getStatus({ outcome: 'waiting' }, { why: 'retry', receivedAt: old })).toBe('retrying');
    expect(getStatus({ outcome: 'waiting' }, { why: 'hold', receivedAt: old })).toBe('unsent');
    expect(getStatus(undefined, { cursor: '4' })).toBe('waiting');
    expect(getStatus(undefined, { cursor: '4', receivedAt: old })).toBe('unsent');
    expect(getStatus(undefined, { cursor: '4', receivedAt: now - hourMs + 1 })).toBe('waiting');
  });

  it('returns a status by position if there is no outcome', () => {
    expect(getStatus(undefined, { after: '5' })).toBe('earlier');
    expect(getStatus({ isRetired: true }, { after: '5' })).toBe('earlier');
    expect(getStatus(undefined)).toBe('lost');
    expect(
      getOrderStatus({ offset: '5', receivedAt: now }, { state: undefined, stored: undefined, deferred: undefined, now }),
    ).toBe('earlier');
  });
});
