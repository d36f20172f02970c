import { Grid, Group, Stack } from '@mantine/core';
import type { SiteSettingsView } from '../../../api/client.ts';
import { Page } from '../../components/layout/Page.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { ActionItemsPanel } from './panels/ActionItemsPanel.tsx';
import { DayTable } from './panels/DayTable.tsx';
import { DayTiles } from './panels/DayTiles.tsx';
import { GettingStarted } from './panels/GettingStarted.tsx';
import { HourChart } from './panels/HourChart.tsx';
import { OrdersPanel } from './panels/OrdersPanel.tsx';
import { OverviewSkeleton } from './panels/OverviewSkeleton.tsx';
import { StatusHeadline } from './panels/StatusHeadline.tsx';
import { getGatewayActionItems, getSiteActionItems } from './summary/action-items.ts';
import { summarizeDay } from './summary/day-summary.ts';
import { getSiteStatus } from './summary/site-status.ts';
import { countFiles, getBudget, getPlatformName, type OverviewData, refreshMs } from './summary/use-overview.ts';

interface SingleSiteProps {
  readonly site: SiteSettingsView;
  readonly facts: OverviewData;
  readonly error: Error | null;
}

/** Everything about one site's today and yesterday. */
export function SingleSite({ site, facts, error }: SingleSiteProps) {
  const checklist = useApiQuery('GET /api/sites/:site/checklist', { site: site.id }, { everyMs: refreshMs });
  const steps = checklist.data?.steps ?? [];
  const nameOf = (destination: string | undefined) => getPlatformName(facts, destination);
  const today = summarizeDay(facts.today, site.id);
  const yesterday = summarizeDay(facts.yesterday, site.id);
  const connections = facts.connections.filter((one) => one.site === site.id);
  const accuracy = facts.accuracy.find((one) => one.site === site.id);
  const own = getSiteActionItems({
    site,
    connections,
    today,
    yesterday,
    steps,
    accuracy,
    budget: getBudget(facts, site.id),
    files: countFiles(facts, site.id),
    now: facts.fetchedAt,
    since: facts.days.today.since,
  });
  const needs = [...getGatewayActionItems(facts.status), ...own.map((need) => ({ ...need, site: site.id }))];
  const verdict = getSiteStatus({ actionItems: needs, today, yesterday, platform: nameOf(site.connections[0]?.destination) });
  const isOneOfMany = facts.sites.length > 1;
  if (checklist.isPending) return <OverviewSkeleton />;
  return (
    <Page title={isOneOfMany ? site.name : 'Overview'} description={isOneOfMany ? <AllSitesLink /> : site.name}>
      <StatusHeadline status={verdict} fetchedAt={facts.fetchedAt} isStale={error !== null}>
        <DayTiles today={today} yesterday={yesterday} />
      </StatusHeadline>
      <OrdersPanel site={site.id} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 5 }} order={{ base: 1, lg: 2 }}>
          <Stack gap="lg">
            <ActionItemsPanel needs={needs} />
            <GettingStarted site={site.id} steps={steps} />
            <HourChart site={site.id} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 7 }} order={{ base: 2, lg: 1 }}>
          <DayTable site={site} connections={connections} today={today} yesterday={yesterday} nameOf={nameOf} />
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
