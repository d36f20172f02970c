import { addToNetwork, splitBudget, startOfBudgetDay, toBudgetDay } from '../../event/browser-budget.ts';
import { secondMs, type UnixMs } from '../../event/units.ts';
import type { LimitTable } from './limit-table.ts';

/** The bytes that browsers' reports have taken in a UTC day, by site and network. */
export interface DailyBytes {
  /** @param network the network around the caller's address; absent if the address is not public */
  ofCaller(site: string, network: string | undefined): CallerDay;
  /** Counts at least this many bytes for a day: those that were stored before this process started, or by other processes. */
  raise(site: string, day: number, bytes: number): void;
}

/** The day's bytes of a site, for one network. */
export interface CallerDay {
  /**
   * Takes bytes of the site's budget. Beyond half of it, each network has 1% of the budget, so that a flood of few networks leaves room
   * for others. Returns the seconds until the next day if they are refused.
   */
  take(bytes: number): number | undefined;
  /**
   * Takes bytes of the reserve for bodies with a shopper's denial: 10% more than the budget, of which each network has 1%. Returns whether
   * there was room.
   */
  takeReserve(bytes: number): boolean;
  /** Gives bytes of the budget back, because they were not stored. */
  giveBack(bytes: number): void;
}

/** Counts the bytes in a table that threads may share. */
export function createDailyBytes(limit: number, now: () => UnixMs, table: LimitTable): DailyBytes {
  const { perNetwork } = splitBudget(limit);
  const reserve = limit / 10;
  const read = (key: string, at: UnixMs) => {
    const entry = table.get(key);
    return entry && toBudgetDay(entry.at) === toBudgetDay(at) ? entry.value : 0;
  };
  return {
    ofCaller(site, network) {
      const ofNetwork = network === undefined ? undefined : `${site} ${network}`;
      return {
        take: (bytes) =>
          table.exclusively(() => {
            const at = now();
            const used = read(site, at);
            const part =
              ofNetwork === undefined ? undefined : addToNetwork(limit, { used, ofNetwork: read(ofNetwork, at) }, bytes);
            const isCrowded = part !== undefined && part > perNetwork;
            if (isCrowded || used + bytes > limit) return (startOfBudgetDay(toBudgetDay(at) + 1) - at) / secondMs;
            table.set(site, used + bytes, at);
            if (ofNetwork !== undefined && part !== undefined) table.set(ofNetwork, part, at);
            return undefined;
          }),
        takeReserve: (bytes) =>
          table.exclusively(() => {
            const at = now();
            const [all, own] = [`${site} denials`, ofNetwork && `${ofNetwork} denials`];
            const sum = read(all, at) + bytes;
            const ownSum = own === undefined ? 0 : read(own, at) + bytes;
            if (sum > reserve || ownSum > reserve / 100) return false;
            table.set(all, sum, at);
            if (own !== undefined) table.set(own, ownSum, at);
            return true;
          }),
        giveBack: (bytes) =>
          table.exclusively(() => {
            const at = now();
            for (const key of ofNetwork === undefined ? [site] : [site, ofNetwork]) {
              const used = read(key, at);
              if (used > 0) table.set(key, Math.max(0, used - bytes), at);
            }
          }),
      };
    },
    raise: (site, day, bytes) =>
      table.exclusively(() => {
        const at = now();
        if (day === toBudgetDay(at) && read(site, at) < bytes) table.set(site, bytes, at);
      }),
  };
}
