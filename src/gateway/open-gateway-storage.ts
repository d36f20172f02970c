import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../clock/clock.ts';
import type { IdentityRunner } from '../delivery/consumers/identity-consumer.ts';
import type { IdentityStart } from '../delivery/delivery.ts';
import { ConveyError, errorMessage } from '../errors.ts';
import { type DataDir, lockDataDir, openDataDir } from '../storage/disk/data-dir.ts';
import { freeDiskBytes } from '../storage/disk/disk.ts';
import { maintainDiskReserve } from '../storage/disk/disk-reserve.ts';
import { nodeIdFile, readNodeId } from '../storage/disk/node-id.ts';
import type { EventLog } from '../storage/log/event-log.ts';
import type { SharedStores } from '../storage/open-postgres.ts';
import type { RecoveryTasks } from '../storage/recovery/damage-record.ts';
import type { DamageWatch } from '../storage/recovery/damage-watch.ts';
import { openStorage } from '../storage/recovery/open-or-salvage.ts';
import type { CopyableFile } from '../storage/sqlite/writer.ts';
import type { Store } from '../storage/store/store.ts';
import type { GatewayContext } from './gateway-context.ts';
import { startIdentityThread } from './identity/start-identity-thread.ts';

export interface GatewayStorage {
  readonly dataDir: DataDir;
  readonly log: EventLog;
  readonly store: Store;
  /** The processes that share the storage. Absent if this is the only one. */
  readonly shared?: SharedStores;
  /** Starts the identity consumer on a thread of the storage. Absent if it runs on the main thread. */
  readonly startIdentity?: (start: IdentityStart) => IdentityRunner;
  /** The owner of this process's leases. */
  readonly leaseOwner: string;
  /** The files to back up. Absent if the data is in a database, which has backups of its own. */
  readonly backedUp?: { readonly 'log.db': CopyableFile; readonly 'state.db': CopyableFile };
  readonly recovery: RecoveryTasks;
  readonly damage: Pick<DamageWatch, 'suspect'>;
  /** Removes the record of a salvaged file when its follow-up work is done. */
  finishRecovery(file: 'log' | 'state'): void;
  /** Returns the free bytes on the disk of the data folder. */
  readonly freeBytes: () => number;
}

/** Locks the data folder. @throws ConveyError if another process uses it, or it has the files of another kind of storage. */
export function lockGatewayFolder({ dataDir, store }: { readonly dataDir: string; readonly store?: string }): DataDir {
  if (store === undefined) {
    if (!existsSync(join(dataDir, nodeIdFile))) return openDataDir(dataDir);
    throw new ConveyError(
      `The data folder ${dataDir} belongs to a gateway whose events and settings are in a database`,
      'Set `store` again, or set another `dataDir`',
    );
  }
  const folder = lockDataDir(dataDir);
  if (!existsSync(folder.state) || statSync(folder.state).size === 0) return folder;
  folder.release();
  throw new ConveyError(
    `The data folder ${dataDir} has events and settings that are not in the database of \`store\``,
    'Set another `dataDir`, or remove `store` to use the folder again',
  );
}

/** Opens the event log and the store. @throws ConveyError */
export async function openGatewayStorage(context: GatewayContext, dataDir: DataDir): Promise<GatewayStorage> {
  const { config, now, logger, onShutdown } = context;
  const freeBytes = () => freeDiskBytes(config.dataDir);
  if (config.store !== undefined) {
    // A gateway on SQLite never loads the driver.
    const { openPostgresStorage } = await import('../storage/open-postgres.ts');
    const { log, store, shared, check, close } = await openPostgresStorage(config.store, {
      onConnectionError: (error) => logger.warn({ error: errorMessage(error) }, 'database connection lost'),
    });
    onShutdown(close);
    logger.info({ promise: check.promise, ...(check.risk !== undefined && { risk: check.risk }) }, 'database opened');
    return {
      dataDir,
      log,
      store,
      shared,
      leaseOwner: readNodeId(config.dataDir),
      recovery: { startsAtOldest: false, rescansLog: false },
      damage: { suspect: () => {} },
      finishRecovery: () => {},
      freeBytes,
    };
  }
  const { close, ...files } = await openStorage({ dataDir, now, logger });
  onShutdown(close);
  const reserve = maintainDiskReserve({ file: dataDir.reserve, freeBytes, logger });
  onShutdown(() => reserve.stop());
  return {
    ...files,
    dataDir,
    leaseOwner: 'embedded',
    // A clock of a test or the demo does not exist on other threads.
    ...(context.clock === systemClock && { startIdentity: (start: IdentityStart) => startIdentityThread(start, files) }),
    backedUp: { 'log.db': files.log, 'state.db': files.store },
    freeBytes,
  };
}
