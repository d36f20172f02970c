import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConveyError } from '../errors.ts';
import { type DataDir, type LockOptions, lockDataDir, openDataDir } from '../storage/disk/data-dir.ts';
import { nodeIdFile } from '../storage/disk/node-id.ts';
import type { Spool } from '../storage/spool/spool.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';

/** Locks the data folder. @throws ConveyError if another process uses it, or it has the files of another kind of storage. */
export function lockGatewayFolder(
  { dataDir, store }: { readonly dataDir: string; readonly store?: string },
  options?: LockOptions,
): DataDir {
  if (store === undefined) {
    if (!existsSync(join(dataDir, nodeIdFile))) return openDataDir(dataDir, options);
    throw new ConveyError(
      `The data folder ${dataDir} belongs to a gateway whose events and settings are in a database`,
      'Set `store` again, or set another `dataDir`',
    );
  }
  const folder = lockDataDir(dataDir, options);
  // A process on a database has an id before it has a spool.
  const hasSpool = existsSync(join(dataDir, nodeIdFile));
  if (!isFilled(folder.state) && (hasSpool || !isFilled(folder.log))) return folder;
  folder.release();
  throw new ConveyError(
    `The data folder ${dataDir} has events and settings that are not in the database of \`store\``,
    'Set another `dataDir`, or remove `store` to use the folder again',
  );
}

function isFilled(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** The data folder of a start, which is locked until the shutdown. */
export interface StartFolder {
  readonly dataDir: DataDir;
  /** Keeps the folder of a start that fails if an event was acknowledged. To be called when the storage is open. */
  keepIfUsed(storage: Pick<GatewayStorage, 'log' | 'shared' | 'spool'>): void;
  /** Keeps it if an event is in the spool, before the storage is open. */
  keepIfSpooled(spool: Pick<Spool, 'getState'>): void;
}

/** Locks the data folder of a start. If the start fails, it removes the folder that it created. @throws ConveyError */
export function lockStartFolder({ config, logger, onShutdown }: GatewayContext): StartFolder {
  let isUnused = !existsSync(config.dataDir);
  const dataDir = lockGatewayFolder(config);
  if (dataDir.hasReleasedReserve) logger.warn({ file: dataDir.reserve }, 'disk full: reserve released');
  onShutdown((hasFailed) => {
    try {
      if (hasFailed && isUnused) rmSync(config.dataDir, { recursive: true, force: true });
    } finally {
      // Another process waits for the lock.
      dataDir.release();
    }
  });
  return {
    dataDir,
    keepIfUsed({ log, shared, spool }) {
      // Runs after the collector has closed, and before the event log does. With a database, only the spool's events are in the folder.
      onShutdown(async (hasFailed) => {
        if (!hasFailed || !isUnused) return;
        // It stays so if the event log cannot be read.
        isUnused = false;
        isUnused = shared ? spool === undefined || spool.getState().records === 0 : (await log.heads()).size === 0;
      });
    },
    keepIfSpooled(spool) {
      onShutdown(() => {
        if (spool.getState().records > 0) isUnused = false;
      });
    },
  };
}
