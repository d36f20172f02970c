import type { DashboardSiteStore } from '../ports/dashboard-sites.ts';
import type { SpoolStore } from '../ports/spools.ts';
import { openDatabase } from '../postgres/database.ts';
import { explainErrors } from '../postgres/database-errors.ts';
import { createPostgresSites } from '../store/postgres/dashboard-sites.ts';
import { createSpools } from '../store/postgres/spools.ts';
import { isMoveRunning } from './folder-move.ts';

/** A move of a data folder into the database, as a gateway sees it that waits for its end. */
export interface FolderMoveWatch {
  /** The sites of the dashboard, as far as they were copied. */
  readonly sites: DashboardSiteStore;
  readonly spools: SpoolStore;
  hasEnded(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Returns the move that is under way into the database, if there is one. @throws ConveyError if the database cannot be used.
 * @param readsSecrets whether connections are read with their secrets
 */
export async function watchFolderMove(url: string, readsSecrets: boolean): Promise<FolderMoveWatch | undefined> {
  const database = openDatabase({ url, maxConnections: 1 });
  const isMoving = await explainErrors(() => isMoveRunning(database)).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  if (isMoving) {
    return {
      sites: createPostgresSites(database, undefined, readsSecrets),
      spools: createSpools(database),
      hasEnded: async () => !(await isMoveRunning(database)),
      close: () => database.close(),
    };
  }
  await database.close();
  return undefined;
}
