import type { SiteSettingsView } from '../../../api/client.ts';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { nameConnections } from '../../data/use-destination.ts';
import { SiteContext } from '../../data/use-site.ts';
import { ActionItemList } from './panels/ActionItemList.tsx';
import { ConnectionCards } from './panels/ConnectionCards.tsx';
import { DayTable } from './panels/DayTable.tsx';
import { GettingStarted } from './panels/GettingStarted.tsx';
import { OpenAlertsNotice } from './panels/OpenAlertsNotice.tsx';
import { OverviewSkeleton } from './panels/OverviewSkeleton.tsx';
import { SetupSteps } from './panels/SetupSteps.tsx';
import { StatusHeadline } from './panels/StatusHeadline.tsx';
import { WeekChart } from './panels/WeekChart.tsx';
import { WeekFigures } from './panels/WeekFigures.tsx';
import { getGatewayActionItems, getSiteActionItems } from './summary/action-items.ts';
import { summarizeDay } from './summary/day-summary.ts';
import { getSiteStatus } from './summary/site-status.ts';
import { countFiles, getBudget, getPlatformName, type OverviewData, refreshMs } from './summary/use-overview.ts';
import { useWeek } from './summary/use-week.ts';

interface SingleSiteProps {
  readonly site: SiteSettingsView;
  readonly data: OverviewData;
}

/** The overview of one site. Before its first event, the steps of its setup. */
export function SingleSite({ site, data }: SingleSiteProps) {
  const checklist = useApiQuery('GET /api/sites/:site/checklist', { site: site.id }, { everyMs: refreshMs });
  const week = useWeek(site.id);
  const alerts = data.alerts.filter((alert) => alert.site === undefined || alert.site === site.id);
  const steps = checklist.data?.steps ?? (checklist.error ? undefined : []);
  const getName = (destination: string | undefined) => getPlatformName(data, destination);
  const today = summarizeDay(data.today, site.id);
  const yesterday = summarizeDay(data.yesterday, site.id);
  const connections = data.connections.filter((one) => one.site === site.id);
  const accuracy = data.accuracy?.find((one) => one.site === site.id);
  const own = getSiteActionItems({
    site,
    connections,
    today,
    yesterday,
    steps,
    accuracy,
    budget: getBudget(data, site.id),
    files: countFiles(data, site.id),
    now: data.fetchedAt,
    since: data.days.today.since,
  });
  const actionItems = [...getGatewayActionItems(data.status), ...own.map((item) => ({ ...item, site: site.id }))];
  const status = getSiteStatus({
    actionItems,
    alerts,
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
  // Without events, the lack of a connection is a step of the setup and no problem.
  const setupItems = actionItems.filter(({ target }) => target !== 'new-connection');
  if (!hasEvents && !week.series.error && !checklist.error)
    return (
      <SiteContext.Provider value={site}>
        <Page {...frame}>
          <OpenAlertsNotice alerts={alerts} />
          {setupItems.length > 0 && (
            <Panel title="Action needed">
              <ActionItemList items={setupItems} />
            </Panel>
          )}
          <SetupSteps site={{ id: site.id, hasConnection: site.connections.length > 0 }} />
        </Page>
      </SiteContext.Provider>
    );
  return (
    <SiteContext.Provider value={site}>
      <Page {...frame}>
        <OpenAlertsNotice alerts={alerts} />
        <StatusHeadline status={status} items={actionItems} fetchedAt={data.fetchedAt} />
        <GettingStarted site={site.id} steps={steps ?? []} />
        <WeekFigures site={site.id} week={week} connections={connections} />
        <WeekChart site={site.id} week={week} hasSeveral={site.connections.length > 1} />
        <ConnectionCards site={site} connections={connections} summary={week.summary} nameOf={getName} />
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
