import { limitedNetworks } from '../../net/ip-address.ts';
import { createLimitTable, type LimitTable, pinned } from '../limits/limit-table.ts';

const kibibyte = 1_024;

/** A network that holds no more than this may use all of a budget. Most reports and orders are smaller. */
export const newcomerBytes = 64 * kibibyte;

export interface ByteLimits {
  /** The limit of all requests together. */
  readonly total: number;
  /** The limit of one client network; none if absent. An IPv6 /56 and /48 have 4 and 16 times as much, at most half of the total. */
  readonly perNetwork?: number;
}

/** A bound that is not reached: fewer networks hold bytes at the same time. */
const maxNetworks = 65_536;

/** The bytes that one request holds. */
export interface BytesLease {
  /** Whether `more` bytes fit. */
  fits(more: number): boolean;
  /** Holds `more` bytes; false, and holds none of them, if they do not fit. */
  reserve(more: number): boolean;
  /** Gives all bytes back. May be called again. */
  release(): void;
}

/**
 * Limits the bytes of requests that are in memory at a time. If networks have a limit, the last quarter is for networks that hold at most
 * 64 KiB, so that a few that hold much do not shut out the others. Requests without a network may come through one proxy: each counts as a
 * network of its own up to 64 KiB, and beyond that they hold at most half of the total together.
 * @param name the budget's name in the table, which may have several.
 */
export function createByteBudget(
  { total, perNetwork }: ByteLimits,
  held: LimitTable = createLimitTable(maxNetworks),
  name = 'bytes',
): (network: string | undefined) => BytesLease {
  const getHeld = (network: string) => held.get(`${name} ${network}`)?.value ?? 0;
  const getTotal = () => held.get(name)?.value ?? 0;
  return (network) => {
    const ranges = network === undefined ? [{ network: '', factor: 1 }] : limitedNetworks(network);
    let own = 0;
    const add = (bytes: number) => {
      own += bytes;
      const all = getTotal() + bytes;
      if (all > 0) held.set(name, all, pinned);
      else held.delete(name);
      if (perNetwork === undefined) return;
      for (const range of ranges) {
        const heldBytes = getHeld(range.network) + bytes;
        if (heldBytes > 0) held.set(`${name} ${range.network}`, heldBytes, 0);
        else held.delete(`${name} ${range.network}`);
      }
    };
    const fitsRanges = (getLimit: (factor: number) => number, more: number) =>
      ranges.every((range) => getHeld(range.network) + more <= getLimit(range.factor));
    const fits = (more: number) => {
      const all = getTotal();
      if (all + more > total) return false;
      if (perNetwork === undefined) return true;
      if (network === undefined ? own + more <= newcomerBytes : fitsRanges((factor) => newcomerBytes * factor, more)) return true;
      const share = network === undefined ? total : perNetwork;
      return all + more <= total * (3 / 4) && fitsRanges((factor) => Math.min(share * factor, total / 2), more);
    };
    return {
      fits: (more) => held.exclusively(() => fits(more)),
      reserve: (more) =>
        held.exclusively(() => {
          if (!fits(more)) return false;
          add(more);
          return true;
        }),
      release: () => held.exclusively(() => add(-own)),
    };
  };
}
