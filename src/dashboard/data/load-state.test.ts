import { describe, expect, it } from 'vitest';
import { getLoadState, isAwaited, joinLoadStates } from './load-state.ts';

const error = new Error('not reached');
const loading = { data: undefined, error: null };
const failed = { data: undefined, error };
const none: { data: readonly string[]; error: null } = { data: [], error: null };
const count = (list: readonly string[]) => list.length;

describe('a load state', () => {
  it('distinguishes loading, a failure, and the answer that there is nothing', () => {
    expect(getLoadState(loading, count)).toEqual({ state: 'loading' });
    expect(getLoadState(failed, count)).toEqual({ state: 'failed', error });
    expect(getLoadState(none, count)).toEqual({ state: 'loaded', data: 0 });
    expect(getLoadState({ ...none, error }, count)).toEqual({ state: 'loaded', data: 0 });
  });

  it('is loaded once both of two are, and failed if either is', () => {
    const join = (...queries: readonly Parameters<typeof getLoadState<readonly string[], number>>[0][]) => {
      const [a = loading, b = loading] = queries;
      return joinLoadStates(getLoadState(a, count), getLoadState(b, count), (one, other) => one + other);
    };
    expect(join(none, none)).toEqual({ state: 'loaded', data: 0 });
    expect(join(none, loading)).toEqual({ state: 'loading' });
    expect(join(loading, failed)).toEqual({ state: 'failed', error });
  });

  it('is awaited until the first answer or the first failure', () => {
    expect(isAwaited({ isPending: true, failureCount: 0 })).toBe(true);
    expect(isAwaited({ isPending: true, failureCount: 1 })).toBe(false);
    expect(isAwaited({ isPending: false, failureCount: 0 })).toBe(false);
  });
});
