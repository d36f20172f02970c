import type { SiteSettingsView } from '../../../api/client.ts';

/** Returns whether the site's name, id or one of its domains contains the query. */
export function matchesSite({ id, name, domains }: Pick<SiteSettingsView, 'id' | 'name' | 'domains'>, query: string): boolean {
  const part = query.trim().toLowerCase();
  return [id, name, ...domains].some((text) => text.toLowerCase().includes(part));
}
