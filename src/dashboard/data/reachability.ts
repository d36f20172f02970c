import { useSyncExternalStore } from 'react';

/** Whether the gateway answers this page. */
export interface Reachability {
  /** Records that a request got an answer. */
  recordAnswer(): void;
  /** Records that a request got no answer at this time. */
  recordFailure(at: number): void;
  /** Returns the time of the first request without an answer, in UNIX milliseconds. Undefined while the gateway answers. */
  getOutageStart(): number | undefined;
  subscribe(onChange: () => void): () => void;
}

export function createReachability(): Reachability {
  let outageStart: number | undefined;
  const listeners = new Set<() => void>();
  const set = (start: number | undefined) => {
    if (start === outageStart) return;
    outageStart = start;
    for (const listener of listeners) listener();
  };
  return {
    recordAnswer: () => set(undefined),
    recordFailure: (at) => set(outageStart ?? at),
    getOutageStart: () => outageStart,
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
  };
}

/** The reachability of this page's gateway. Every request of the page reports to it. */
export const reachability = createReachability();

/** Returns since when the gateway has not answered, or undefined if it answers. States on the page are out of date meanwhile. */
export function useOutageStart(): number | undefined {
  return useSyncExternalStore(reachability.subscribe, reachability.getOutageStart);
}

/** Returns whether a proxy answered in the place of a gateway that it cannot reach. The gateway itself answers with JSON. */
export function isProxyError({ status, headers }: Pick<Response, 'status' | 'headers'>): boolean {
  return [502, 503, 504].includes(status) && !(headers.get('content-type') ?? '').includes('json');
}
