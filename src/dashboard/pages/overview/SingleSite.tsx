import type { SiteSettingsView } from '../../../api/client.ts';
import { IssueRows } from '../../components/layout/IssueRows.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { nameConnections } from '../../data/use-destination.ts';
import { SiteContext } from '../../data/use-site.ts';
import { ConnectionCards } from './panels/ConnectionCards.tsx';
import { DayTable } from './panels/DayTable.tsx';
import { GettingStarted } from './panels/GettingStarted.tsx';
import { OverviewSkeleton } from './panels/OverviewSkeleton.tsx';
import { SetupSteps } from './panels/SetupSteps.tsx';
import { StatusHeadline } from './panels/StatusHeadline.tsx';
import { WeekChart } from './panels/WeekChart.tsx';
import { WeekFigures } from './panels/WeekFigures.tsx';
import { summarizeDay } from './summary/day-summary.ts';
import { getSiteStatus } from './summary/site-status.ts';
import { getPlatformName, type OverviewData, refreshMs } from './summary/use-overview.ts';
import { useWeek } from './summary/use-week.ts';

interface SingleSiteProps {
  readonly site: SiteSettingsView;
  readonly data: OverviewData;
}

/** The overview of one site. Before its first event, the steps of its setup. */
export function SingleSite({ site, data }: SingleSiteProps) {
  const checklist = useApiQuery('GET /api/sites/:site/checklist', { site: site.id }, { everyMs: refreshMs });
  const week = useWeek(site.id);
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
  if (checklist.isPending || week.series.isPending) return <OverviewSkeleton />;
  const frame = {
    title: isOneOfMany ? site.name : 'Overview',
    description: isOneOfMany ? <AllSitesLink /> : site.name,
  };
  const hasEvents =
    today.received + yesterday.received + (week.summary?.received ?? 0) > 0 ||
    checklist.data?.firstEventAt !== undefined ||
    (checklist.data?.events.length ?? 0) > 0;
  if (!hasEvents && !week.series.error && !checklist.error)
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
        <WeekFigures site={site.id} week={week} connections={connections} />
        <WeekChart site={site.id} week={week} hasSeveral={site.connections.length > 1} />
        <ConnectionCards site={site} connections={connections} issues={issues} summary={week.summary} nameOf={getName} />
        <DayTable site={site} connections={connections} today={today} yesterday={yesterday} nameOf={getName} />
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
