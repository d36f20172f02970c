import { useSearch } from '@tanstack/react-router';
import { ErrorAlert, MissingSite } from '../../components/feedback/ErrorStates.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { AllSites } from './all-sites/AllSites.tsx';
import { OverviewSkeleton } from './panels/OverviewSkeleton.tsx';
import { SingleSite } from './SingleSite.tsx';
import { useOverview } from './summary/use-overview.ts';
import { Welcome } from './Welcome.tsx';

/** The start page: shows whether everything works, for one site or for all. */
export function Overview() {
  const { data, error, retry } = useOverview();
  const { site: siteParam } = useSearch({ from: '/signed-in/shell/' });
  if (!data && !error) return <OverviewSkeleton />;
  if (!data)
    return (
      <Page title="Overview">
        <ErrorAlert error={error} onRetry={retry} />
      </Page>
    );
  const { sites } = data;
  if (sites.length === 0) return <Welcome issues={data.issues} />;
  const named = sites.find(({ id }) => id === siteParam);
  if (siteParam !== undefined && !named) return <MissingSite />;
  const site = sites.length === 1 ? sites[0] : named;
  return site ? <SingleSite key={site.id} site={site} data={data} /> : <AllSites data={data} />;
}
