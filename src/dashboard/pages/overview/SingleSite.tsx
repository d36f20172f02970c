import { Grid, Group, Stack } from '@mantine/core';
import type { SiteSettingsView } from '../../../api/client.ts';
import { Page } from '../../components/layout/Page.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { nameConnections } from '../../data/use-destination.ts';
import { SiteContext } from '../../data/use-site.ts';
import { ActionItemsPanel } from './panels/ActionItemsPanel.tsx';
import { DayTable } from './panels/DayTable.tsx';
import { DayTiles } from './panels/DayTiles.tsx';
import { GettingStarted } from './panels/GettingStarted.tsx';
import { OrdersPanel } from './panels/OrdersPanel.tsx';
import { OverviewSkeleton } from './panels/OverviewSkeleton.tsx';
import { StatusHeadline } from './panels/StatusHeadline.tsx';
import { getGatewayActionItems, getSiteActionItems } from './summary/action-items.ts';
import { summarizeDay } from './summary/day-summary.ts';
import { getSiteStatus } from './summary/site-status.ts';
import { countFiles, getBudget, getPlatformName, type OverviewData, refreshMs } from './summary/use-overview.ts';

interface SingleSiteProps {
  readonly site: SiteSettingsView;
  readonly data: OverviewData;
  readonly error: Error | null;
}

export function SingleSite({ site, data, error }: SingleSiteProps) {
  const checklist = useApiQuery('GET /api/sites/:site/checklist', { site: site.id }, { everyMs: refreshMs });
  const steps = checklist.data?.steps ?? [];
  const getName = (destination: string | undefined) => getPlatformName(data, destination);
  const today = summarizeDay(data.today, site.id);
  const yesterday = summarizeDay(data.yesterday, site.id);
  const connections = data.connections.filter((one) => one.site === site.id);
  const accuracy = data.accuracy.find((one) => one.site === site.id);
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
    today,
    yesterday,
    platforms: nameConnections(site.connections, data.destinations),
  });
  const isOneOfMany = data.sites.length > 1;
  if (checklist.isPending) return <OverviewSkeleton />;
  return (
    <Page title={isOneOfMany ? site.name : 'Overview'} description={isOneOfMany ? <AllSitesLink /> : site.name}>
      <StatusHeadline status={status} fetchedAt={data.fetchedAt} isStale={error !== null}>
        <DayTiles today={today} yesterday={yesterday} />
      </StatusHeadline>
      <OrdersPanel site={site.id} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 5 }} order={{ base: 1, lg: 2 }}>
          <Stack gap="lg">
            <ActionItemsPanel items={actionItems} />
            <GettingStarted site={site.id} steps={steps} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 7 }} order={{ base: 2, lg: 1 }}>
          <SiteContext.Provider value={site}>
            <DayTable site={site} connections={connections} today={today} yesterday={yesterday} nameOf={getName} />
          </SiteContext.Provider>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function AllSitesLink() {
  return (
    <Group gap={4} component="span">
      <RouterAnchor to="/" search={{}}>
        All sites
      </RouterAnchor>
    </Group>
  );
}
