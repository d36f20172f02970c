import { createContext, use } from 'react';
import type { SiteSettingsView } from '../../api/client.ts';

/** The site of the current page. `SiteScope` provides it. */
export const SiteContext = createContext<SiteSettingsView | undefined>(undefined);

/** Returns the site of the current page. Throws on a page that is not below a site's path. */
export function useSite(): SiteSettingsView {
  const site = use(SiteContext);
  if (!site) throw new Error('useSite was called outside SiteScope');
  return site;
}
