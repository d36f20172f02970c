import { existsSync } from 'node:fs';
import { systemClock } from '../clock/clock.ts';
import type { IdentityRunner } from '../delivery/consumers/identity-consumer.ts';
import type { IdentityStart } from '../delivery/start-delivery.ts';
import { errorMessage } from '../errors.ts';
import { onlyCollects } from '../event/node-role.ts';
import type { DataDir } from '../storage/disk/data-dir.ts';
import { freeDiskBytes } from '../storage/disk/disk.ts';
import { maintainDiskReserve } from '../storage/disk/disk-reserve.ts';
import { readNodeId } from '../storage/disk/node-id.ts';
import type { EventLog } from '../storage/log/event-log.ts';
import type { DatabaseOutage } from '../storage/log/postgres/database-outage.ts';
import type { SqliteEventLog } from '../storage/log/sqlite-log.ts';
import type { SharedStores } from '../storage/open-postgres.ts';
import type { Store } from '../storage/ports/store.ts';
import type { RecoveryTasks } from '../storage/recovery/damage-record.ts';
import type { DamageWatch } from '../storage/recovery/damage-watch.ts';
import { openStorage } from '../storage/recovery/open-or-salvage.ts';
import type { Spool } from '../storage/spool/spool.ts';
import type { EventIntake } from '../storage/spool/spooled-intake.ts';
import type { CopyableFile } from '../storage/sqlite/writer.ts';
import { followDatabaseClock } from './follow-database-clock.ts';
import type { GatewayContext } from './gateway-context.ts';
import { startIdentityThread } from './identity/start-identity-thread.ts';
import type { SpoolDeps } from './spool/open-spool.ts';

export interface GatewayStorage {
  readonly dataDir: DataDir;
  readonly log: EventLog;
  readonly store: Store;
  /** Accepts events. */
  readonly intake: EventIntake;
  /** Accepts events while the database is away. Absent if there is no database, or the config turns it off. */
  readonly spool?: Spool;
  /** The processes that share the storage. Absent if this is the only one. */
  readonly shared?: SharedStores;
  /** Returns whether the database can be read. Absent if there is none. */
  readonly answers?: () => Promise<boolean>;
  /** Starts the identity consumer on a thread of the storage. Absent if it runs on the main thread. */
  readonly startIdentity?: (start: IdentityStart) => IdentityRunner;
  /** The ports by which other threads append. Absent if all appends come from the main thread. */
  readonly threadAppends?: Pick<SqliteEventLog, 'openAppends' | 'noteAppends'>;
  /** The owner of this process's leases. */
  readonly leaseOwner: string;
  /** The files to back up. Absent if the data is in a database, which has backups of its own. */
  readonly backedUp?: { readonly 'log.db': CopyableFile; readonly 'state.db': CopyableFile };
  readonly recovery: RecoveryTasks;
  readonly damage: Pick<DamageWatch, 'suspect'>;
  /** Absent if the data is on a disk. */
  readonly outage?: DatabaseOutage;
  /** Removes the record of a salvaged file when its follow-up work is done. */
  finishRecovery(file: 'log' | 'state'): void;
  /** Returns the free bytes on the disk of the data folder. */
  readonly freeBytes: () => number;
}

/**
 * Opens the event log and the store. @throws ConveyError
 * @param takeSpool returns the open spool, if it accepts events already
 */
export async function openGatewayStorage(
  context: GatewayContext,
  dataDir: DataDir,
  takeSpool?: () => Spool,
): Promise<GatewayStorage> {
  const { config, now, logger, onShutdown } = context;
  const freeBytes = () => freeDiskBytes(config.dataDir);
  if (config.store !== undefined) {
    // A gateway on SQLite never loads the driver.
    const { openPostgresStorage } = await import('../storage/open-postgres.ts');
    const { log, store, shared, check, readTime, watchOutages, answers, close } = await openPostgresStorage(config.store, {
      durability: config.durability,
      readsSecrets: !onlyCollects(config.roles),
      onConnectionError: (error) => logger.warn({ error: errorMessage(error) }, 'database connection lost'),
    });
    onShutdown(close);
    const outage = watchOutages({ logger, monotonic: () => context.clock.monotonic() });
    const node = readNodeId(config.dataDir);
    if (context.followedClock) {
      const following = await followDatabaseClock(context.followedClock, readTime, logger);
      onShutdown(() => following.stop());
    }
    logger.info({ promise: check.promise, ...(check.risk !== undefined && { risk: check.risk }) }, 'database opened');
    const spooled = await openConfiguredSpool(context, { dataDir, log, store, spools: shared.spools, outage, node, takeSpool });
    return {
      dataDir,
      log,
      store,
      intake: log,
      damage: { suspect: () => {} },
      ...spooled,
      shared,
      outage,
      answers,
      leaseOwner: node,
      recovery: { startsAtOldest: false, rescansLog: false },
      finishRecovery: () => {},
      freeBytes,
    };
  }
  const { close, ...files } = await openStorage({ dataDir, now, logger });
  onShutdown(close);
  startDiskReserve(context, dataDir);
  return {
    ...files,
    intake: files.log,
    dataDir,
    leaseOwner: 'embedded',
    // A clock of a test or the demo does not exist on other threads.
    ...(context.clock === systemClock && {
      startIdentity: (start: IdentityStart) => startIdentityThread(start, files),
      threadAppends: files.log,
    }),
    backedUp: { 'log.db': files.log, 'state.db': files.store },
    freeBytes,
  };
}

/** Opens the spool unless the config turns it off. A spool that an earlier process left is forwarded in any case. */
async function openConfiguredSpool(
  context: GatewayContext,
  deps: SpoolDeps,
): Promise<Partial<Pick<GatewayStorage, 'intake' | 'spool' | 'damage'>>> {
  const isOff = context.config.spool === 'off';
  if (isOff && !existsSync(deps.dataDir.log)) {
    const { watchWrites } = await import('../storage/log/postgres/watch-writes.ts');
    const watch = watchWrites({ ...deps, clock: context.clock });
    context.onShutdown(() => watch.stop());
    return {};
  }
  startDiskReserve(context, deps.dataDir);
  const { startSpooledIntake } = await import('./spool/open-spool.ts');
  const { intake, ...spooled } = await startSpooledIntake(context, deps);
  return { ...spooled, ...(!isOff && { intake }) };
}

/** Keeps space on the disk of the data folder for a stop and for removals. */
function startDiskReserve({ config, logger, onShutdown }: GatewayContext, dataDir: DataDir): void {
  const reserve = maintainDiskReserve({ file: dataDir.reserve, freeBytes: () => freeDiskBytes(config.dataDir), logger });
  onShutdown(() => reserve.stop());
}
