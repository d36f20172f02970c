import { use, useEffect } from 'react';
import { SiteContext } from '../../data/use-site.ts';

/** Sets the title of the document: the page, and the site that it shows. */
export function usePageTitle(title: string): void {
  const site = use(SiteContext)?.name;
  useEffect(() => {
    document.title = [title, site, 'Convey'].filter((part) => part !== undefined).join(' · ');
  }, [title, site]);
}
