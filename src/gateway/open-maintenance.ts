import { LeaseKeeper } from '../delivery/consumers/lease-keeper.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { secondMs } from '../event/units.ts';
import { type ExportFiles, openExportFiles } from '../privacy/export-files.ts';
import { createPrivacyRequests, type PrivacyRequestRunner } from '../privacy/privacy-requests.ts';
import { createStoredExports } from '../privacy/stored-exports.ts';
import type { SiteRegistry } from '../sites/site-registry.ts';
import { type BackupErrorCode, type BackupStream, createBackups } from '../storage/backup/create-backup.ts';
import { openFile } from '../storage/disk/open-file.ts';
import { MaintenanceLock } from '../storage/maintenance-lock.ts';
import { privacyLeaseId } from '../storage/ports/consumer-id.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';
import type { OwnSimulators } from './own-simulators.ts';

/** A request about a person ends by this time after its process has died. */
const privacyLeaseMs = 30 * secondMs;

interface MaintenanceDeps {
  readonly storage: GatewayStorage;
  readonly registry: SiteRegistry;
  readonly simulators: OwnSimulators;
  readonly delivery: Delivery;
}

export interface Maintenance {
  /** Keeps backups and removals apart. */
  readonly lock: MaintenanceLock;
  readonly exports: ExportFiles;
  readonly makeBackup: () => Promise<BackupStream | BackupErrorCode | 'backup-elsewhere'>;
  readonly privacyRequests: PrivacyRequestRunner;
}

/** Opens the export files, and creates the backups and the privacy requests, which share one lock. @throws ConveyError */
export async function openMaintenance(
  { version, clock, now, logger }: GatewayContext,
  { storage, registry, simulators, delivery }: MaintenanceDeps,
): Promise<Maintenance> {
  const { dataDir, log, store, shared, leaseOwner, backedUp } = storage;
  const exports = shared
    ? createStoredExports(shared.exports)
    : await openFile(dataDir.exports, () => openExportFiles(dataDir.exports));
  const lock = new MaintenanceLock();
  const backups =
    backedUp && createBackups({ dataDir, sources: backedUp, version, now, runExclusive: (work) => lock.runExclusive(work) });
  const makeBackup = async () => (backups ? backups.make() : 'backup-elsewhere');
  const leases = shared && new LeaseKeeper({ store, clock, owner: leaseOwner, leaseTtlMs: privacyLeaseMs });
  const privacyRequests = createPrivacyRequests({
    ...(leases && { lockSite: (site) => leases.acquire(privacyLeaseId(site), () => {}) }),
    maintenanceLock: lock,
    log,
    store,
    exports,
    getPlatform: (connection) => registry.getPlatform(connection),
    getConnections: (id) => registry.sites().find((site) => site.id === id)?.connections ?? [],
    now,
    runQuiesced: delivery.runQuiesced,
    onErased: async () => simulators.clearAll(),
    ...(shared && { spools: shared.spools }),
    logger,
  });
  return { lock, exports, makeBackup, privacyRequests };
}
