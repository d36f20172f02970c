import type { FormCapture } from '../../event/lead-settings.ts';
import { mayCapturePurchases } from '../../event/own-orders.ts';
import { findGa4Name, findReportedName } from '../../event/resolve-data-layer.ts';
import type { SeenEvent } from '../../event/seen-event.ts';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { RouteResponse } from '../http/route.ts';
import type { SeenEventView } from './page-session-schemas.ts';
import type { siteRoutes } from './routes.ts';

/** The pages whose events an account looks at. */
export interface PageSessionDeps {
  open(site: string): Promise<{ readonly token: string; readonly endsAt: UnixMs }>;
  list(
    site: string,
  ): Promise<{ readonly endsAt?: UnixMs; readonly events: readonly (SeenEvent & { readonly lastAt: UnixMs })[] }>;
}

type CaptureSite = Parameters<typeof findReportedName>[0];

/** Lists the events that pages wrote, each with what the site's settings do with it. */
export async function listSeenEvents(
  site: Site,
  sessions: PageSessionDeps,
): Promise<RouteResponse<(typeof siteRoutes)['GET /api/sites/:site/seen-events']>> {
  const { events, ...open } = await sessions.list(site.id);
  return { ...open, events: events.map(({ keys, ...event }) => ({ ...event, keys: [...keys], ...explain(site, event.name) })) };
}

/** Returns the form that a page shows, by the name under which the pixel reports it. */
function findForm({ capture }: CaptureSite, name: string): FormCapture | undefined {
  const [, at] = /^form:(\d+)$/.exec(name) ?? [];
  return at === undefined ? undefined : capture?.forms?.[Number(at)];
}

function explain(site: CaptureSite, name: string): Pick<SeenEventView, 'state' | 'as' | 'ga4' | 'selector'> {
  const form = findForm(site, name);
  if (form) return { state: 'form', as: form.event, selector: form.selector };
  const as = findReportedName(site, name);
  const ga4 = findGa4Name(name);
  if (as !== undefined) return { state: 'reported', as, ...(ga4 !== undefined && { ga4 }) };
  const { events, map = {} } = site.capture?.dataLayer ?? {};
  const isChosen = ga4 === 'purchase' ? (events?.includes(ga4) ?? true) : map[name]?.as === 'Purchase';
  if (isChosen && !mayCapturePurchases(site)) return { state: 'left-out', ...(ga4 !== undefined && { ga4 }) };
  return ga4 === undefined ? { state: 'unmapped' } : { state: 'not-chosen', ga4 };
}
