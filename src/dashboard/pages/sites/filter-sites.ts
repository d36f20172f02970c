import type { SiteSettingsView } from '../../../api/client.ts';

/** Whether what somebody looks for stands in the site's name, its id or one of its domains. */
export function matchesSite({ id, name, domains }: Pick<SiteSettingsView, 'id' | 'name' | 'domains'>, looked: string): boolean {
  const part = looked.trim().toLowerCase();
  return [id, name, ...domains].some((text) => text.toLowerCase().includes(part));
}
