import type { UseQueryResult } from '@tanstack/react-query';

/** Data that is not loaded yet, that a request failed to load, or that is known. "None" is known data. */
export type LoadState<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: Error }
  | { readonly state: 'loaded'; readonly data: T };

/** Returns the state of a query with its data converted. Data stays known while a later request fails. */
export function getLoadState<T, R>(
  query: Pick<UseQueryResult<T, Error>, 'data' | 'error'>,
  convert: (data: T) => R,
): LoadState<R> {
  if (query.data !== undefined) return { state: 'loaded', data: convert(query.data) };
  return query.error ? { state: 'failed', error: query.error } : { state: 'loading' };
}

/**
 * Returns whether the first answer of a query is still expected. What changes the height of a page waits for it, so that nothing moves, but
 * it does not wait for a failed request.
 */
export function isAwaited({ isPending, failureCount }: Pick<UseQueryResult, 'isPending' | 'failureCount'>): boolean {
  return isPending && failureCount === 0;
}

/** Combines the data of two states. A failure of either is a failure of both. */
export function joinLoadStates<A, B, R>(a: LoadState<A>, b: LoadState<B>, join: (a: A, b: B) => R): LoadState<R> {
  if (a.state === 'failed') return a;
  if (b.state === 'failed') return b;
  return a.state === 'loaded' && b.state === 'loaded' ? { state: 'loaded', data: join(a.data, b.data) } : { state: 'loading' };
}
