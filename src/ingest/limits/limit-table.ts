import { limitFactors } from '../../net/ip-address.ts';
import { BoundedMap } from './bounded-map.ts';

export interface LimitEntry {
  readonly value: number;
  /** The time of the value. If there is no free place, a new entry replaces the oldest one. */
  readonly at: number;
}

/** The numbers of one limit by key, in bounded memory. */
export interface LimitTable {
  /** Runs `work` while no other thread uses the table. `work` must neither wait nor call this method. */
  exclusively<T>(work: () => T): T;
  get(key: string): LimitEntry | undefined;
  set(key: string, value: number, at: number): void;
  delete(key: string): void;
}

/** The `at` of an entry that no other entry replaces. */
export const pinned = Number.POSITIVE_INFINITY;

/** The number of callers with a bucket. A caller whose bucket is removed starts with a full one. */
export const maxCallers = 100_000;
/** A caller with an IPv6 address also counts in the buckets of wider networks. */
export const maxNetworks = maxCallers * limitFactors.length;

/** The limits that all threads of the collector share, and the number of entries of each. */
export const limitSizes = {
  appends: 1_024,
  connections: 65_536,
  connectionLog: 16,
  lightRequests: maxNetworks,
  secretKeys: maxCallers,
  wrongKeys: maxNetworks,
  browserRequests: maxNetworks,
  browserReports: maxNetworks,
  browserPurchases: maxNetworks,
  browserDenials: maxNetworks,
  browserDeniedReports: maxCallers,
  browserBytes: maxNetworks,
  browserDayBytes: maxNetworks,
  unsignedWebhooks: maxNetworks,
  serverInFlight: 16,
  browserInFlight: 65_536,
  segmentInFlight: 65_536,
  webhooksInFlight: 16,
  unverifiedBodies: 65_536,
  webhookDeliveries: 10_000,
  webhookBodies: 10_000,
} as const;

export type LimitName = keyof typeof limitSizes;

/** Opens the table of a limit. */
export type OpenLimitTable = (name: LimitName) => LimitTable;

/** Creates a table for one thread. */
export function createLimitTable(maxEntries: number): LimitTable {
  const entries = new BoundedMap<string, { value: number; readonly at: number }>(maxEntries);
  return {
    exclusively: (work) => work(),
    get: (key) => entries.get(key),
    set(key, value, at) {
      const known = entries.get(key);
      // A pinned count changes several times in each request, and has no order.
      if (known?.at === pinned && at === pinned) known.value = value;
      else entries.set(key, { value, at });
    },
    delete: (key) => entries.delete(key),
  };
}

/** Opens tables for one thread. */
export const openOwnLimitTable: OpenLimitTable = (name) => createLimitTable(limitSizes[name]);
