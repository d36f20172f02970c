import { Outlet, useParams } from '@tanstack/react-router';
import { createContext, use } from 'react';
import type { SiteSettingsView } from '../../api/client.ts';
import { NotFound } from '../components/ErrorStates.tsx';
import { Loaded } from '../components/QueryState.tsx';
import { useSites } from '../data/queries.ts';

const present = createContext<SiteSettingsView | undefined>(undefined);

/** The site that the page is about. */
export function useSite(): SiteSettingsView {
  const site = use(present);
  if (!site) throw new Error('a page of a site stands outside of one');
  return site;
}

/** Finds the site of the address, and hands it to the page. */
export function SiteScope() {
  const sites = useSites();
  const { site: id } = useParams({ from: '/signed-in/shell/sites/$site' });
  return (
    <Loaded query={sites}>
      {(all) => {
        const site = all.find((one) => one.id === id);
        if (!site) return <NotFound says="There is no such site. It may have been removed." />;
        return (
          <present.Provider value={site}>
            <Outlet />
          </present.Provider>
        );
      }}
    </Loaded>
  );
}
