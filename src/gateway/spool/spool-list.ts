import type { Config } from '../../config/config.ts';
import { ConveyError } from '../../errors.ts';
import type { SpoolStore } from '../../storage/ports/spools.ts';

/** Runs work on the list of spools of all gateways on the database. @throws ConveyError if it cannot be used. */
export async function useSpoolList<T>(config: Config, work: (spools: SpoolStore) => Promise<T>): Promise<T> {
  const { openPostgresStorage } = await import('../../storage/open-postgres.ts');
  const { shared, close } = await openPostgresStorage(getStoreUrl(config), {
    durability: config.durability,
    updatesSchema: false,
  });
  try {
    return await work(shared.spools);
  } finally {
    await close();
  }
}

/** Returns the database's URL. @throws ConveyError if there is no database, and so no spool. */
export function getStoreUrl({ store }: Config): string {
  if (store !== undefined) return store;
  throw new ConveyError(
    'There is no spool, because the config has no `store`: events are in `dataDir` for good',
    'Set `store`, or use `convey backup`',
  );
}
