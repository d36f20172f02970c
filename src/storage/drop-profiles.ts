import { ConveyError } from '../errors.ts';
import { openDataDir } from './disk/data-dir.ts';
import { assertUndamaged } from './recovery/assert-undamaged.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { DroppedProfiles, ProfilesToDrop } from './store/visitor-profiles.ts';

/**
 * Drops visitor profiles from a data folder without a running gateway.
 * @throws ConveyError if a gateway uses the folder, it has no such site, or a start must salvage a file first.
 */
export async function dropProfiles(dir: string, site: string, which: ProfilesToDrop, dryRun: boolean): Promise<DroppedProfiles> {
  const dataDir = openDataDir(dir);
  try {
    assertUndamaged(dataDir.log, dataDir.state);
    const store = await openSqliteStore(dataDir.state, { now: Date.now });
    try {
      const sites = await store.listSites();
      if (!sites.includes(site))
        throw new ConveyError(
          `The data folder ${dir} has no site ${site}`,
          sites.length === 0 ? 'Name another config file with --config' : `Name one of these with --site: ${sites.join(', ')}`,
        );
      return await store.dropProfiles(site, which, dryRun);
    } finally {
      await store.close();
    }
  } finally {
    dataDir.release();
  }
}
