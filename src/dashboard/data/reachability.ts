import { useSyncExternalStore } from 'react';

/** The part that does not answer. */
type Unreached = 'gateway' | 'database';

/** Whether the gateway answers this page, and its database the gateway. */
export interface Reachability {
  /** Records that a request got an answer. */
  recordAnswer(): void;
  /** Records that a request got no answer at this time, from the gateway or from its database. */
  recordFailure(at: number, from?: Unreached): void;
  /** Returns the time of the first request without an answer, in UNIX milliseconds. Undefined while the gateway answers. */
  getOutageStart(): number | undefined;
  /** Returns the part that did not answer the last request. */
  getUnreached(): Unreached;
  subscribe(onChange: () => void): () => void;
}

export function createReachability(): Reachability {
  let outageStart: number | undefined;
  let unreached: Unreached = 'gateway';
  const listeners = new Set<() => void>();
  const set = (start: number | undefined, from: Unreached = 'gateway') => {
    if (start === outageStart && from === unreached) return;
    outageStart = start;
    unreached = from;
    for (const listener of listeners) listener();
  };
  return {
    recordAnswer: () => set(undefined),
    recordFailure: (at, from) => set(outageStart ?? at, from),
    getOutageStart: () => outageStart,
    getUnreached: () => unreached,
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

/** Returns the part that has not answered, while `useOutageStart` returns a time. */
export function useUnreached(): Unreached {
  return useSyncExternalStore(reachability.subscribe, reachability.getUnreached);
}

/** Returns whether the gateway answered that it does not reach its database. */
export function isDatabaseAway({ status, body }: { readonly status: number; readonly body: string }): boolean {
  return status === 503 && body.includes('"code":"database-away"');
}

/** Returns whether a proxy answered in the place of a gateway that it cannot reach. The gateway itself answers with JSON. */
export function isProxyError({ status, headers }: Pick<Response, 'status' | 'headers'>): boolean {
  return [502, 503, 504].includes(status) && !(headers.get('content-type') ?? '').includes('json');
}
