import { Outlet, useParams } from '@tanstack/react-router';
import { MissingSite } from '../components/feedback/ErrorStates.tsx';
import { LoadingState, QueryState } from '../components/feedback/QueryState.tsx';
import { isAwaited } from '../data/load-state.ts';
import { useApiQuery, useSites } from '../data/queries.ts';
import { SiteContext } from '../data/use-site.ts';

/** Finds the site of the current path and provides it to the page. The page waits for the names of the platforms, which are in its tables. */
export function SiteScope() {
  const sites = useSites();
  const destinations = useApiQuery('GET /api/destinations', {});
  const { site: id } = useParams({ from: '/signed-in/shell/sites/$site' });
  return (
    <QueryState query={sites} height={480}>
      {(all) => {
        const site = all.find((one) => one.id === id);
        if (!site) return <MissingSite />;
        if (isAwaited(destinations)) return <LoadingState height={480} />;
        return (
          <SiteContext.Provider value={site}>
            <Outlet />
          </SiteContext.Provider>
        );
      }}
    </QueryState>
  );
}
