import { ConveyError } from '../errors.ts';
import { openDataDir } from './disk/data-dir.ts';
import type { DroppedProfiles, ProfilesToDrop } from './ports/visitor-profiles.ts';
import { assertUndamaged } from './recovery/assert-undamaged.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';

/**
 * Drops visitor profiles from a data folder without a running gateway.
 * @param named the id of the site; optional if the folder has only one
 * @throws ConveyError if a gateway uses the folder, it has no such site, or a start must salvage a file first.
 */
export async function dropProfiles(
  dir: string,
  named: string | undefined,
  which: ProfilesToDrop,
  dryRun: boolean,
): Promise<DroppedProfiles> {
  const dataDir = openDataDir(dir);
  try {
    assertUndamaged(dataDir.log, dataDir.state);
    const store = await openSqliteStore(dataDir.state, { now: Date.now });
    try {
      const sites = await store.listSites();
      const [site, ...others] = sites.filter((one) => named === undefined || one === named);
      if (site === undefined || others.length > 0)
        throw new ConveyError(
          named === undefined ? 'No site is selected' : `The data folder ${dir} has no site ${named}`,
          sites.length === 0 ? 'Name another config file with --config' : `Name one of these with --site: ${sites.join(', ')}`,
        );
      const dropped = await store.dropProfiles(site, which, dryRun);
      if (!dryRun)
        await store.appendActivity({ kind: 'profiles-dropped', at: Date.now(), actor: 'cli', site, count: dropped.profiles });
      return dropped;
    } finally {
      await store.close();
    }
  } finally {
    dataDir.release();
  }
}
