import type { DataDir } from '../storage/disk/data-dir.ts';
import { freeDiskBytes } from '../storage/disk/disk.ts';
import { maintainDiskReserve } from '../storage/disk/disk-reserve.ts';
import { type OpenStorage, openStorage } from '../storage/recovery/open-or-salvage.ts';
import type { GatewayContext } from './gateway-context.ts';

export interface GatewayStorage extends OpenStorage {
  readonly dataDir: DataDir;
  /** Returns the free bytes on the disk of the data folder. */
  readonly freeBytes: () => number;
}

/** Opens the event log and the store, and maintains the disk reserve. @throws ConveyError */
export async function openGatewayStorage(context: GatewayContext, dataDir: DataDir): Promise<GatewayStorage> {
  const { config, now, logger, onShutdown } = context;
  const storage = await openStorage({ dataDir, now, logger });
  onShutdown(() => storage.close());
  const freeBytes = () => freeDiskBytes(config.dataDir);
  const reserve = maintainDiskReserve({ file: dataDir.reserve, freeBytes, logger });
  onShutdown(() => reserve.stop());
  return { ...storage, dataDir, freeBytes };
}
