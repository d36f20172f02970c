import { createLimitTable, type LimitTable, limitSizes, pinned } from '../limits/limit-table.ts';
import { type BytesLease, createByteBudget } from './byte-budget.ts';

const maxEvents = 5_000;
const maxBytes = 16 * 1_048_576;
const eventsKey = 'events';

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
export function createInFlightLimit(
  bounds: { readonly bytesPerNetwork?: number } = {},
  held: LimitTable = createLimitTable(limitSizes.browserInFlight),
): InFlightLimit {
  const { bytesPerNetwork: perNetwork } = bounds;
  const budget = createByteBudget({ total: maxBytes, ...(perNetwork !== undefined && { perNetwork }) }, held);
  const getEvents = () => held.get(eventsKey)?.value ?? 0;
  const addEvents = (count: number) => held.set(eventsKey, getEvents() + count, pinned);
  return {
    enter(network) {
      const body: BytesLease = budget(network);
      if (held.exclusively(getEvents) >= maxEvents || !body.fits(1)) return undefined;
      let ownEvents = 0;
      return {
        takeBytes: body.reserve,
        takeEvents: (count) =>
          held.exclusively(() => {
            if (getEvents() + count > maxEvents) return false;
            addEvents(count);
            ownEvents += count;
            return true;
          }),
        release() {
          held.exclusively(() => addEvents(-ownEvents));
          ownEvents = 0;
          body.release();
        },
      };
    },
  };
}
