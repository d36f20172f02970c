import { splitBudget, startOfBudgetDay, toBudgetDay } from '../../event/browser-budget.ts';
import { secondMs, type UnixMs } from '../../event/units.ts';
import type { LimitTable } from './limit-table.ts';

/** The bytes that browsers' reports have taken in a UTC day, by site and network. */
export interface DailyBytes {
  /**
   * Takes bytes of the site's budget. Beyond half of it, each network has 1 % of the budget, so that a flood of few networks leaves room
   * for others. Returns the seconds until the next day if they are refused.
   * @param network the network around the caller's address; absent if the address is not public
   */
  take(site: string, network: string | undefined, bytes: number): number | undefined;
  /** Counts at least this many bytes for a day: those that were stored before this process started, or by other processes. */
  raise(site: string, day: number, bytes: number): void;
}

/** Counts the bytes in a table that threads may share. */
export function createDailyBytes(limit: number, now: () => UnixMs, table: LimitTable): DailyBytes {
  const { free, perNetwork } = splitBudget(limit);
  const read = (key: string, at: UnixMs) => {
    const entry = table.get(key);
    return entry && toBudgetDay(entry.at) === toBudgetDay(at) ? entry.value : 0;
  };
  return {
    take: (site, network, bytes) =>
      table.exclusively(() => {
        const at = now();
        const used = read(site, at);
        const ofNetwork = network === undefined || used < free ? undefined : `${site} ${network}`;
        const usedByNetwork = ofNetwork === undefined ? 0 : read(ofNetwork, at);
        const isCrowded = ofNetwork !== undefined && usedByNetwork + bytes > perNetwork;
        if (isCrowded || used + bytes > limit) return (startOfBudgetDay(toBudgetDay(at) + 1) - at) / secondMs;
        table.set(site, used + bytes, at);
        if (ofNetwork !== undefined) table.set(ofNetwork, usedByNetwork + bytes, at);
        return undefined;
      }),
    raise: (site, day, bytes) =>
      table.exclusively(() => {
        const at = now();
        if (day === toBudgetDay(at) && read(site, at) < bytes) table.set(site, bytes, at);
      }),
  };
}
