import { ApiErrorResult } from '../http/api-errors.ts';
import type { RouteHandlers } from '../http/handler.ts';
import { withSite } from '../http/with-site.ts';
import { getDeadLetterPage } from './dead-letter-page.ts';
import { getEventPage } from './event-list.ts';
import { createEventStreams, type StreamDeps } from './event-stream.ts';
import { getRejectionPage } from './rejection-page.ts';
import type { eventRoutes } from './routes.ts';
import { streamEventsCsv } from './search/event-csv.ts';
import { getFacets } from './search/event-facets.ts';
import { getNeighbours, getShopperEvents } from './search/event-neighbours.ts';
import type { SearchSources } from './search/event-search.ts';
import { listViews, saveView } from './search/saved-views.ts';
import { getTestEventOrigin } from './test-event-origin.ts';
import { getTimelines, type ReadHealth, type TimelineDeps } from './timelines.ts';

export interface EventDeps extends StreamDeps, TimelineDeps, Pick<SearchSources, 'accuracy'> {}

export function createEventHandlers(deps: EventDeps, readHealth: ReadHealth): RouteHandlers<typeof eventRoutes> {
  const { sites, log, store } = deps;
  const forSite = withSite(sites);
  const openStream = createEventStreams(deps);
  return {
    'GET /api/sites/:site/events': forSite((site, params) => getEventPage(site, deps, params)),
    'GET /api/sites/:site/events/facets': forSite((site, params) => getFacets(site, deps, params)),
    'GET /api/sites/:site/events/neighbours': forSite((site, params) => getNeighbours(site, deps, params)),
    'GET /api/sites/:site/events/shopper': forSite((site, params) => getShopperEvents(site, deps, params)),
    'GET /api/sites/:site/events.csv': forSite(async (site, params, _, caller) => streamEventsCsv(site, deps, params, caller)),
    'GET /api/sites/:site/views': forSite((site) => listViews(site, store)),
    'POST /api/sites/:site/views': forSite((site, _, view, { account }) => saveView(site, deps, view, account)),
    'DELETE /api/sites/:site/views/:view': forSite(async (site, { view }) =>
      (await store.removeSavedViews(site.id, view)) > 0 ? { ok: true } : new ApiErrorResult('no-such-view'),
    ),
    'GET /api/sites/:site/stream': forSite(async (site, { after }, _body, caller) => openStream(site, after, caller)),
    // The id is a query parameter: in a path, an id of dots or slashes would change the route.
    'GET /api/sites/:site/timelines': forSite((site, { id }) => getTimelines(site, id, deps, readHealth)),
    'GET /api/sites/:site/seen': forSite((site, { id }) => getTestEventOrigin(site, id, deps)),
    'GET /api/sites/:site/rejections': forSite((site, params) => getRejectionPage(site, log, params)),
    'GET /api/sites/:site/dead-letters': forSite((site, params) => getDeadLetterPage(site, store, params)),
  };
}
