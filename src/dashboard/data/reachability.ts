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

/** How much of the page's data was loaded before the outage. */
export type KnownData = 'all' | 'some' | 'none';

/** Returns how much of the page's data is known. The signed-in account is no data of the page. */
export function findKnownData(queries: readonly { readonly isShown: boolean; readonly hasData: boolean }[]): KnownData {
  const shown = queries.filter(({ isShown }) => isShown);
  const known = shown.filter(({ hasData }) => hasData).length;
  return known === 0 ? 'none' : known === shown.length ? 'all' : 'some';
}

const knownDataTexts = {
  all: 'This page shows older data.',
  some: 'Parts of this page could not be loaded, and the rest shows older data.',
  none: 'This page could not be loaded.',
} as const satisfies Record<KnownData, string>;

/** Describes an outage: what the page still shows, and the next step. */
export function describeOutage(unreached: Unreached, known: KnownData): string {
  return `${knownDataTexts[known]} Check that the ${unreached} is running. This page retries automatically.`;
}

/** Returns whether the gateway answers another request, after one got no answer. Then that one failed, and the gateway is reached. */
export async function isGatewayReached(ask: () => Promise<Pick<Response, 'status' | 'headers'>>): Promise<boolean> {
  try {
    return !isProxyError(await ask());
  } catch {
    return false;
  }
}

/** Returns whether the code is of a request that reached neither the gateway nor its database, so that a repeat may. */
export function isUnreached(code: string): boolean {
  return code === 'unreachable' || code === 'database-away';
}

/** Returns whether the gateway answered that it does not reach its database. */
export function isDatabaseAway({ status, body }: { readonly status: number; readonly body: string }): boolean {
  return status === 503 && body.includes('"code":"database-away"');
}

/** Returns whether a proxy answered in the place of a gateway that it cannot reach. The gateway itself answers with JSON. */
export function isProxyError({ status, headers }: Pick<Response, 'status' | 'headers'>): boolean {
  return [502, 503, 504].includes(status) && !(headers.get('content-type') ?? '').includes('json');
}
