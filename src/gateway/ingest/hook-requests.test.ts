import { beforeEach, describe, expect, it } from 'vitest';
import { hourMs, minuteMs } from '../../event/units.ts';
import { HookRequests } from './hook-requests.ts';

let now = 0;
let timers: (() => void)[] = [];
let requests: HookRequests;

beforeEach(() => {
  now = 1_000;
  timers = [];
  const after = (_: number, ring: () => void) => {
    timers.push(ring);
    return () => void timers.pop();
  };
  requests = new HookRequests(() => now, { after });
});

describe('the requests of hooks', () => {
  it('are remembered with their result and without their body', () => {
    requests.note('shop', 'crm', { result: 'ignored', reason: 'No event fits.', body: '{"a":1}' });
    expect(requests.getLast('shop', 'crm')).toEqual({ at: 1_000, result: 'ignored', reason: 'No event fits.' });
    expect(requests.getLast('shop', 'other')).toBeUndefined();
    expect(requests.watch('shop', 'crm')).toBeUndefined();
  });

  it('have a body while an operator asks for it', () => {
    expect(requests.watch('shop', 'crm')).toBeUndefined();
    requests.note('shop', 'crm', { result: 'accepted', body: '{"a":1}' });
    requests.note('shop', 'other', { result: 'accepted', body: '{"b":1}' });
    now += minuteMs;
    expect(requests.watch('shop', 'crm')).toEqual({ text: '{"a":1}', at: 1_000 });
    expect(requests.watch('shop', 'other')).toBeUndefined();
  });

  it('lose a body after an hour, also if an operator still asks', () => {
    requests.watch('shop', 'crm');
    requests.note('shop', 'crm', { result: 'accepted', body: '{}' });
    for (let at = 0; at < 5; at += 1) {
      now += 14 * minuteMs;
      requests.watch('shop', 'crm');
    }
    expect(now).toBeGreaterThan(hourMs);
    expect(requests.watch('shop', 'crm')).toBeUndefined();
  });

  it('lose a body by a timer when no operator asks any more', () => {
    requests.watch('shop', 'crm');
    requests.note('shop', 'crm', { result: 'accepted', body: '{}' });
    expect(timers).toHaveLength(1);
    now += hourMs;
    timers.pop()?.();
    expect(timers).toHaveLength(0);
    expect(requests.watch('shop', 'crm')).toBeUndefined();
  });

  it('keep no new body when the operator stopped asking', () => {
    requests.watch('shop', 'crm');
    now += 16 * minuteMs;
    requests.note('shop', 'crm', { result: 'accepted', body: '{}' });
    expect(requests.watch('shop', 'crm')).toBeUndefined();
  });

  it('keep 20 bodies at most', () => {
    const ids = Array.from({ length: 25 }, (_, index) => `hook-${index}`);
    for (const id of ids) {
      requests.watch('shop', id);
      now += 1;
      requests.note('shop', id, { result: 'accepted', body: '{}' });
    }
    expect(ids.filter((id) => requests.watch('shop', id) !== undefined)).toEqual(ids.slice(5));
  });
});
