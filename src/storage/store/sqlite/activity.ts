import type { ActivityStore } from '../../ports/activity.ts';
import type { Sql } from '../../sql/change.ts';
import { activityChanges } from '../activity-changes.ts';
import { createActivityStore, toActivityInput } from '../activity-store.ts';

/** Creates the activity of a file. Its writer is the lock of the chain. */
export function createSqliteActivity(sql: Sql): ActivityStore {
  return {
    ...createActivityStore(sql),
    appendActivity: (entry) => sql.change(activityChanges.append, toActivityInput(entry)),
  };
}
