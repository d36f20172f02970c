import { createByteBudget } from '../http/byte-budget.ts';
import type { LimitTable } from '../limits/limit-table.ts';

/** The unverified bytes of one request. `release` returns them, and may be called again. */
export interface BodyLease {
  reserve(bytes: number): boolean;
  release(): void;
}

const mebibyte = 1_048_576;
/** The limit of one caller: two of the largest bodies, which is far more than a shop sends at a time. */
const perNetwork = 4 * mebibyte;
const limits = {
  all: { total: 64 * mebibyte, perNetwork },
  site: { total: 16 * mebibyte, perNetwork },
  /** Shared by all ids without a site, because nothing that is sent to them can be verified. */
  unknown: { total: 4 * mebibyte, perNetwork },
};

/**
 * Creates the limit of bodies that are held until they are complete and their signature can be checked. Each site has a budget of its own,
 * and each caller holds at most 4 MiB, so that slow or unsigned bodies do not shut out the orders of other callers and other sites. A full
 * budget reveals whether a site with some id exists; an id is no secret.
 */
export function createUnverifiedBodyLimit(held: LimitTable): (site: string | undefined, caller: string | undefined) => BodyLease {
  const all = createByteBudget(limits.all, held, 'all');
  const unknown = createByteBudget(limits.unknown, held, 'unknown');
  const sites = new Map<string, typeof unknown>();
  const getBudget = (site: string | undefined) => {
    if (site === undefined) return unknown;
    const budget = sites.get(site) ?? createByteBudget(limits.site, held, `site ${site}`);
    sites.set(site, budget);
    return budget;
  };
  return (site, caller) => {
    const leases = [all(caller), getBudget(site)(caller)];
    return {
      reserve: (bytes) => leases.every((one) => one.fits(bytes)) && leases.every((one) => one.reserve(bytes)),
      release() {
        for (const one of leases) one.release();
      },
    };
  };
}
