import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../clock/clock.ts';
import type { Config } from '../../config/config.ts';
import { ConveyError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import { findLastNodeId } from '../../storage/disk/node-id.ts';
import { assertUndamaged } from '../../storage/recovery/assert-undamaged.ts';
import { type ForwardReport, forwardSpool } from '../../storage/spool/forward-spool.ts';
import { lockGatewayFolder } from '../lock-data-folder.ts';
import { createExpiryReader, openSpool } from './open-spool.ts';
import { getStoreUrl } from './spool-list.ts';

/**
 * Forwards all events in the spool of a stopped gateway to the database, and removes the spool from the list. If it is interrupted, the next
 * call continues.
 * @throws ConveyError if no gateway with a spool used the data folder, one runs on it, or the database cannot be used.
 */
export async function drainSpool(
  config: Config,
  logger: Logger,
  onProgress: (done: number, total: number) => void,
): Promise<ForwardReport> {
  const url = getStoreUrl(config);
  assertSpoolFolder(config.dataDir);
  const dataDir = lockGatewayFolder(config);
  const undo: (() => Promise<void> | void)[] = [() => dataDir.release()];
  try {
    assertUndamaged(dataDir.log);
    const { openPostgresStorage } = await import('../../storage/open-postgres.ts');
    const { log, store, shared, close } = await openPostgresStorage(url, { durability: config.durability, updatesSchema: false });
    undo.push(close);
    let report: ForwardReport = { forwarded: 0, duplicates: 0, lost: 0 };
    if (existsSync(dataDir.log)) {
      const spool = await openSpool(dataDir, systemClock, logger);
      undo.push(() => spool.close());
      const { records: total } = spool.getState();
      report = await forwardSpool(
        { spool, log, getExpiry: createExpiryReader(store), logger },
        { onProgress: () => onProgress(total - spool.getState().records, total) },
      );
      await spool.purge();
    }
    // The folder may be on another machine now, as in a container of its own.
    const node = findLastNodeId(config.dataDir);
    if (node !== undefined) await shared.spools.removeSpool(node);
    return report;
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

/** @throws ConveyError unless a gateway on a database has used the folder. A lock would create it. */
function assertSpoolFolder(dir: string): void {
  if (existsSync(join(dir, 'log.db')) || findLastNodeId(dir) !== undefined) return;
  throw new ConveyError(
    `There is no spool in the data folder ${dir}`,
    'Name the config file of the stopped gateway with --config, on its machine',
  );
}
