import { LeaseLostError } from '../../ports/consumers.ts';
import type { PaymentObjectStore } from '../../ports/payment-objects.ts';
import type { IdentityStore } from '../../ports/store.ts';
import { WriteFailedError } from '../../sqlite/op-queue.ts';
import type { Db } from '../../sqlite/open.ts';
import { createReadOnlySql } from '../../sqlite/sqlite-sql.ts';
import { createPaymentObjectStore } from '../payment-object-store.ts';
import { createBrowserUsageReads } from './browser-usage.ts';
import { createErasureReads } from './erasure.ts';
import { createLinkReads } from './links/link-reads.ts';
import { createReportReads } from './report-reads.ts';
import { leaseLostCode, type StoreOp, type StoreResult } from './schema.ts';
import { createProfileReads } from './visitor-profiles.ts';

/**
 * Creates the part of the store that the identity consumer uses. It also runs on the writer's thread, so it imports no module that loads
 * schemas.
 */
export function createIdentityStore(
  db: Db,
  write: (op: StoreOp) => Promise<StoreResult>,
  now: () => number,
): IdentityStore &
  PaymentObjectStore &
  ReturnType<typeof createReportReads> &
  ReturnType<typeof createErasureReads> &
  ReturnType<typeof createLinkReads> {
  const getEpoch = db.prepare<[string], number>('SELECT epoch FROM leases WHERE consumer = ?').pluck();
  const getCursor = db.prepare<[string], string>('SELECT cursor FROM identity WHERE site = ?').pluck();
  return {
    async acquireLease(consumer, owner, ttlMs) {
      const epoch = await write({ kind: 'acquire', consumer, owner, ttlMs, now: now() });
      return epoch === null ? undefined : { consumer, epoch };
    },
    async renewLeases(leases, ttlMs) {
      const renewed = await write({ kind: 'renew', leases, until: now() + ttlMs });
      return renewed === leases.length ? [] : leases.filter(({ consumer, epoch }) => getEpoch.get(consumer) !== epoch);
    },
    async releaseLease(lease) {
      await write({ kind: 'release', lease });
    },
    async commitIdentity(lease, change) {
      await write({ kind: 'commit-identity', lease, change });
    },
    async getIdentityCursor(site) {
      return getCursor.get(site) ?? '';
    },
    ...createReportReads(db),
    ...createProfileReads(db),
    ...createLinkReads(db),
    ...createBrowserUsageReads(db),
    ...createErasureReads(db),
    ...createPaymentObjectStore(createReadOnlySql(db)),
  };
}

/** Returns a function that runs the store's operations on the writer's thread. It rejects with `LeaseLostError` for a stale epoch. */
export function createStoreWrite(run: (op: StoreOp) => Promise<unknown>): (op: StoreOp) => Promise<StoreResult> {
  return (op) => run(op).then((result) => (typeof result === 'number' ? result : null), throwLeaseLost);
}

function throwLeaseLost(error: unknown): never {
  if (error instanceof WriteFailedError && error.code === leaseLostCode) throw new LeaseLostError(error.message);
  throw error;
}
