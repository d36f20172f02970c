import { type BytesLease, createByteBudget } from './byte-budget.ts';

const maxEvents = 5_000;
const maxBytes = 16 * 1_048_576;

/** One request's share of what is in flight. Both `take…` say whether there was room; `release` gives all of it back, once. */
export interface InFlightLease {
  takeBytes(bytes: number): boolean;
  takeEvents(events: number): boolean;
  release(): void;
}

/** What is read and not yet durable, over all requests. */
export interface InFlightLimit {
  /** `undefined` where there is no room for another request. `network` is the client's; it is used if networks have a limit of their own. */
  enter(network?: string): InFlightLease | undefined;
}

/** Limits what is in flight to 5,000 events and 16 MiB, and with `bytesPerNetwork` also the bytes of each client network. */
export function createInFlightLimit(bounds: { readonly bytesPerNetwork?: number } = {}): InFlightLimit {
  const { bytesPerNetwork: perNetwork } = bounds;
  const budget = createByteBudget({ total: maxBytes, ...(perNetwork !== undefined && { perNetwork }) });
  let events = 0;
  return {
    enter(network) {
      const body: BytesLease = budget(network);
      if (events >= maxEvents || !body.fits(1)) return undefined;
      let ownEvents = 0;
      return {
        takeBytes: body.take,
        takeEvents(count) {
          if (events + count > maxEvents) return false;
          events += count;
          ownEvents += count;
          return true;
        },
        release() {
          events -= ownEvents;
          ownEvents = 0;
          body.release();
        },
      };
    },
  };
}
