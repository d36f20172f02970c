import { randomUUID } from 'node:crypto';
import { nameStoredAccount, toStoredAccount } from '../../../activity/stored-account.ts';
import type { Site } from '../../../event/site.ts';
import type { UnixMs } from '../../../event/units.ts';
import { containsEmail, containsPhoneNumber } from '../../../identity/personal-text.ts';
import type { ActivityStore } from '../../../storage/ports/activity.ts';
import type { SavedViewStore } from '../../../storage/ports/saved-views.ts';
import { ApiErrorResult, createParameterIssue } from '../../http/api-errors.ts';
import type { RouteBody, RouteResponse } from '../../http/route.ts';
import type { eventRoutes } from '../routes.ts';

type SaveRoute = (typeof eventRoutes)['POST /api/sites/:site/views'];

type ViewStore = SavedViewStore & Pick<ActivityStore, 'listAccountIds'>;

const maxViews = 50;

/** Lists the saved views of a site. */
export async function listViews({ id }: Pick<Site, 'id'>, store: ViewStore): Promise<RouteResponse<SaveRoute>> {
  const accounts = await store.listAccountIds();
  const views = await store.listSavedViews(id);
  return {
    views: views.map(({ site: _, ...view }) => ({ ...view, by: nameStoredAccount(accounts, view.by, view.createdAt) })),
  };
}

/** Saves a view, and lists all. Refuses one with an e-mail address or a phone number, which are never stored. */
export async function saveView(
  site: Pick<Site, 'id'>,
  { store, now }: { readonly store: ViewStore; readonly now: () => UnixMs },
  { name, query }: RouteBody<SaveRoute>,
  account?: string,
): Promise<RouteResponse<SaveRoute> | ApiErrorResult<'parameter-invalid' | 'too-many-views'>> {
  if (isPersonal(name)) return refuse('name');
  if ([...new URLSearchParams(query)].flat().some(isPersonal)) return refuse('query');
  const by = account === undefined ? 'the command line' : toStoredAccount(await store.listAccountIds(), account);
  const view = { site: site.id, id: randomUUID(), name: name.trim(), query, by, createdAt: now() };
  return (await store.saveView(view, maxViews)) ? listViews(site, store) : new ApiErrorResult('too-many-views');
}

function isPersonal(text: string): boolean {
  return containsEmail(text) || containsPhoneNumber(text.replaceAll(/\s/g, ''));
}

function refuse(field: string) {
  const rule = 'without an e-mail address or a phone number';
  return new ApiErrorResult('parameter-invalid', [createParameterIssue(field, rule, 'Remove it: a view is stored.')]);
}
