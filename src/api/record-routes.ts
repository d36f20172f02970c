import { type ActivityLog, type ActivityRecorder, findAccountId } from '../activity/activity-recorder.ts';
import { listChangedPaths, listLeaves, toChangedMembers } from '../activity/changed-paths.ts';
import { type RouteActivity, routeActivity } from './route-activity.ts';
import type { RouteRecorder } from './router.ts';
import type { RouteKey, Routes } from './routes.ts';

export interface RouteRecorderDeps {
  readonly recorder: ActivityRecorder;
  readonly activity: Pick<ActivityLog, 'listAccountIds'>;
  /** Returns the settings of a site. */
  readonly readSite: (site: string) => unknown;
  readonly readConnection: (site: string, connection: string) => unknown;
  readonly readAlerts: () => unknown;
}

/** Creates the recorder of the changes that routes make. It compares settings before and after, and never records a value. */
export function createRouteRecorder(deps: RouteRecorderDeps): RouteRecorder<Routes> {
  const { recorder, activity } = deps;
  const rows: { readonly [K in RouteKey]?: RouteActivity<K> } = routeActivity;
  const watch = (watches: 'site' | 'connection' | 'alerts' | undefined, params: object) => {
    if (watches === undefined) return new Map<string, string>();
    if (watches === 'alerts') return listLeaves(deps.readAlerts());
    const { site, connection } = { site: '', connection: '', ...params };
    return listLeaves(watches === 'site' ? deps.readSite(site) : deps.readConnection(site, connection));
  };
  // If the ids cannot be read, the change goes on, and the record reports its own error.
  const listIds = async () => activity.listAccountIds().catch(() => []);
  return async (key, params, body, { account: caller }) => {
    const row = rows[key];
    const { describe, watches } = row ?? {};
    if (!row || !describe) return async () => {};
    const name = row.account?.(params, body);
    // Read before the change, which may remove one of the two.
    const ids = caller === undefined && name === undefined ? [] : await listIds();
    const actor = caller === undefined ? 'cli' : findAccountId(ids, caller);
    const before = watch(watches, params);
    return async (result) => {
      const isNew = name !== undefined && !ids.some((one) => one.name === name);
      const account = name === undefined ? '' : findAccountId(isNew ? await listIds() : ids, name);
      // Settings that are new altogether have no changed ones.
      const paths = before.size === 0 ? [] : listChangedPaths(before, watch(watches, params));
      const changed = toChangedMembers(paths);
      const entry = describe(params, body, { changed, account, result });
      if (entry) await recorder.record({ ...entry, actor });
    };
  };
}
