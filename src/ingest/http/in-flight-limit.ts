import { type BytesLease, createByteBudget } from './byte-budget.ts';

const maxEvents = 5_000;
const maxBytes = 16 * 1_048_576;

/**
 * The part of the limit that one request holds. `takeBytes` and `takeEvents` return false if the limit is reached; `release` returns
 * everything, once.
 */
export interface InFlightLease {
  takeBytes(bytes: number): boolean;
  takeEvents(events: number): boolean;
  release(): void;
}

/** The limit of bytes and events that are read and not yet durable, over all requests. */
export interface InFlightLimit {
  /** Returns `undefined` if the limit is reached. `network` is the client's; it is used if networks have a limit of their own. */
  enter(network?: string): InFlightLease | undefined;
}

/** Creates a limit of 5,000 events and 16 MiB in flight, and with `bytesPerNetwork` also of each client network's bytes. */
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
        takeBytes: body.reserve,
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
