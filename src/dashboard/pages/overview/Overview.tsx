import { useSearch } from '@tanstack/react-router';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { ManySites } from './all-sites/AllSites.tsx';
import { Coming } from './panels/OverviewSkeleton.tsx';
import { OneSite } from './SingleSite.tsx';
import { useFacts } from './summary/use-overview.ts';
import { Welcome } from './Welcome.tsx';

/** The first page: is it working? */
export function Overview() {
  const { facts, error, retry } = useFacts();
  const { site: asked } = useSearch({ from: '/signed-in/shell/' });
  if (!facts && !error) return <Coming />;
  if (!facts)
    return (
      <Page title="Overview">
        <ErrorAlert error={error} onRetry={retry} />
      </Page>
    );
  const { sites } = facts;
  const site = sites.length === 1 ? sites[0] : sites.find(({ id }) => id === asked);
  if (sites.length === 0) return <Welcome status={facts.status} />;
  return site ? <OneSite key={site.id} site={site} facts={facts} error={error} /> : <ManySites facts={facts} error={error} />;
}
