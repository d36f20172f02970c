import { Outlet, useParams } from '@tanstack/react-router';
import { NotFound } from '../components/feedback/ErrorStates.tsx';
import { QueryState } from '../components/feedback/QueryState.tsx';
import { useSites } from '../data/queries.ts';
import { SiteContext } from '../data/use-site.ts';

/** Finds the site of the current path and provides it to the page. */
export function SiteScope() {
  const sites = useSites();
  const { site: id } = useParams({ from: '/signed-in/shell/sites/$site' });
  return (
    <QueryState query={sites}>
      {(all) => {
        const site = all.find((one) => one.id === id);
        if (!site) return <NotFound message="This site does not exist. It may have been removed." />;
        return (
          <SiteContext.Provider value={site}>
            <Outlet />
          </SiteContext.Provider>
        );
      }}
    </QueryState>
  );
}
