import { randomUUID } from 'node:crypto';
import type { Site } from '../../../event/site.ts';
import type { UnixMs } from '../../../event/units.ts';
import type { SavedViewStore } from '../../../storage/ports/saved-views.ts';
import { ApiErrorResult } from '../../http/api-errors.ts';
import type { RouteBody, RouteResponse } from '../../http/route.ts';
import type { eventRoutes } from '../routes.ts';

type SaveRoute = (typeof eventRoutes)['POST /api/sites/:site/views'];

const maxViews = 50;

/** Lists the saved views of a site. */
export async function listViews({ id }: Site, store: SavedViewStore): Promise<RouteResponse<SaveRoute>> {
  return { views: (await store.listSavedViews(id)).map(({ site: _, ...view }) => view) };
}

/** Saves a view, and lists all. */
export async function saveView(
  site: Site,
  { store, now }: { readonly store: SavedViewStore; readonly now: () => UnixMs },
  { name, query }: RouteBody<SaveRoute>,
  account = 'the command line',
): Promise<RouteResponse<SaveRoute> | ApiErrorResult<'too-many-views'>> {
  const view = { site: site.id, id: randomUUID(), name: name.trim(), query, by: account, createdAt: now() };
  return (await store.saveView(view, maxViews)) ? listViews(site, store) : new ApiErrorResult('too-many-views');
}
