import type { SiteSettingsView } from '../../../api/client.ts';
import { KeptHeight } from '../../components/feedback/QueryState.tsx';
import { IssueRows } from '../../components/layout/IssueRows.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { nameConnections } from '../../data/use-destination.ts';
import { useRange } from '../../data/use-range.ts';
import { SiteContext } from '../../data/use-site.ts';
import { ConnectionCards } from './panels/ConnectionCards.tsx';
import { GettingStarted } from './panels/GettingStarted.tsx';
import { OutcomeTable } from './panels/OutcomeTable.tsx';
import { OverviewSkeleton } from './panels/OverviewSkeleton.tsx';
import { PlatformOrders } from './panels/PlatformOrders.tsx';
import { RangeChart } from './panels/RangeChart.tsx';
import { RangeFigures } from './panels/RangeFigures.tsx';
import { SetupSteps } from './panels/SetupSteps.tsx';
import { StatusHeadline } from './panels/StatusHeadline.tsx';
import { summarizeDay } from './summary/day-summary.ts';
import { getSiteStatus } from './summary/site-status.ts';
import { getPlatformName, type OverviewData, refreshMs } from './summary/use-overview.ts';
import { useRangeFigures } from './summary/use-range-figures.ts';

interface SingleSiteProps {
  readonly site: SiteSettingsView;
  readonly data: OverviewData;
}

/** The overview of one site. Before its first event, the steps of its setup. */
export function SingleSite({ site, data }: SingleSiteProps) {
  const checklist = useApiQuery('GET /api/sites/:site/checklist', { site: site.id }, { everyMs: refreshMs });
  const figures = useRangeFigures(site.id, useRange());
  const issues = data.issues.filter((issue) => issue.site === undefined || issue.site === site.id);
  const steps = checklist.data?.steps ?? (checklist.error ? undefined : []);
  const getName = (destination: string | undefined) => getPlatformName(data, destination);
  const today = summarizeDay(data.today, site.id);
  const yesterday = summarizeDay(data.yesterday, site.id);
  const connections = data.connections.filter((one) => one.site === site.id);
  const status = getSiteStatus({
    issues,
    today,
    yesterday,
    platforms: nameConnections(site.connections, data.destinations),
    connections: site.connections,
  });
  const isOneOfMany = data.sites.length > 1;
  const frame = {
    title: isOneOfMany ? site.name : 'Overview',
    name: 'Overview',
    description: isOneOfMany ? <AllSitesLink /> : site.name,
  };
  const hasEvents =
    today.received + yesterday.received + (figures.summary?.received ?? 0) > 0 ||
    checklist.data?.firstEventAt !== undefined ||
    (checklist.data?.events.length ?? 0) > 0;
  const isLoading = figures.series.isPending;
  if (checklist.isPending || (isLoading && !hasEvents)) return <OverviewSkeleton />;
  if (!hasEvents && !figures.series.error && !checklist.error)
    return (
      <SiteContext.Provider value={site}>
        <Page {...frame}>
          {issues.length > 0 && (
            <Panel title="Issues">
              <IssueRows issues={issues} hasSites={false} />
            </Panel>
          )}
          <SetupSteps site={{ id: site.id, hasConnection: site.connections.length > 0 }} />
        </Page>
      </SiteContext.Provider>
    );
  return (
    <SiteContext.Provider value={site}>
      <Page {...frame}>
        <StatusHeadline status={status} issues={issues} hasSites={false} fetchedAt={data.fetchedAt} />
        <GettingStarted site={site.id} steps={steps ?? []} />
        <KeptHeight isLoading={isLoading} height={900}>
          {() => (
            <>
              <RangeFigures site={site.id} data={figures} connections={connections} />
              <RangeChart site={site.id} data={figures} hasSeveral={site.connections.length > 1} />
              <PlatformOrders site={site} data={figures} />
              <ConnectionCards site={site} connections={connections} issues={issues} data={figures} nameOf={getName} />
              <OutcomeTable site={site} connections={connections} range={figures.range} nameOf={getName} />
            </>
          )}
        </KeptHeight>
      </Page>
    </SiteContext.Provider>
  );
}

function AllSitesLink() {
  return (
    <RouterAnchor to="/" search={{}}>
      All sites
    </RouterAnchor>
  );
}
