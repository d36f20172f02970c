import { useSearch } from '@tanstack/react-router';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { AllSites } from './all-sites/AllSites.tsx';
import { OverviewSkeleton } from './panels/OverviewSkeleton.tsx';
import { SingleSite } from './SingleSite.tsx';
import { useOverview } from './summary/use-overview.ts';
import { Welcome } from './Welcome.tsx';

/** The first page: is it working? */
export function Overview() {
  const { facts, error, retry } = useOverview();
  const { site: asked } = useSearch({ from: '/signed-in/shell/' });
  if (!facts && !error) return <OverviewSkeleton />;
  if (!facts)
    return (
      <Page title="Overview">
        <ErrorAlert error={error} onRetry={retry} />
      </Page>
    );
  const { sites } = facts;
  const site = sites.length === 1 ? sites[0] : sites.find(({ id }) => id === asked);
  if (sites.length === 0) return <Welcome status={facts.status} />;
  return site ? <SingleSite key={site.id} site={site} facts={facts} error={error} /> : <AllSites facts={facts} error={error} />;
}
