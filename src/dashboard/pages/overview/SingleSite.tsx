import { Grid, Group, Stack } from '@mantine/core';
import type { SiteSettingsView } from '../../../api/client.ts';
import { Page } from '../../components/layout/Page.tsx';
import { AnchorTo } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { NeedsPanel } from './panels/ActionItemsPanel.tsx';
import { DayTable } from './panels/DayTable.tsx';
import { DayTiles } from './panels/DayTiles.tsx';
import { GettingStarted } from './panels/GettingStarted.tsx';
import { HourChart } from './panels/HourChart.tsx';
import { OrdersLine } from './panels/OrdersPanel.tsx';
import { Coming } from './panels/OverviewSkeleton.tsx';
import { Answer } from './panels/StatusHeadline.tsx';
import { gatewayActionItems, siteActionItems } from './summary/action-items.ts';
import { summarizeDay } from './summary/day-summary.ts';
import { siteStatus } from './summary/site-status.ts';
import { budgetOf, everyMs, type Facts, filesOf, platformName } from './summary/use-overview.ts';

interface OneSiteProps {
  readonly site: SiteSettingsView;
  readonly facts: Facts;
  readonly error: Error | null;
}

/** Everything about one site's today and yesterday. */
export function OneSite({ site, facts, error }: OneSiteProps) {
  const checklist = useApiQuery('GET /api/sites/:site/checklist', { site: site.id }, { everyMs });
  const steps = checklist.data?.steps ?? [];
  const nameOf = (destination: string | undefined) => platformName(facts, destination);
  const today = summarizeDay(facts.today, site.id);
  const yesterday = summarizeDay(facts.yesterday, site.id);
  const connections = facts.connections.filter((one) => one.site === site.id);
  const accuracy = facts.accuracy.find((one) => one.site === site.id);
  const own = siteActionItems({
    site,
    connections,
    today,
    yesterday,
    steps,
    accuracy,
    budget: budgetOf(facts, site.id),
    files: filesOf(facts, site.id),
    now: facts.askedAt,
    since: facts.days.today.since,
  });
  const needs = [...gatewayActionItems(facts.status), ...own.map((need) => ({ ...need, site: site.id }))];
  const verdict = siteStatus({ needs, today, yesterday, platform: nameOf(site.connections[0]?.destination) });
  const isOneOfMany = facts.sites.length > 1;
  if (checklist.isPending) return <Coming />;
  return (
    <Page title={isOneOfMany ? site.name : 'Overview'} says={isOneOfMany ? <AllSites /> : site.name}>
      <Answer verdict={verdict} askedAt={facts.askedAt} isOld={error !== null}>
        <DayTiles today={today} yesterday={yesterday} />
      </Answer>
      <OrdersLine site={site.id} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 5 }} order={{ base: 1, lg: 2 }}>
          <Stack gap="lg">
            <NeedsPanel needs={needs} />
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

function AllSites() {
  return (
    <Group gap={4} component="span">
      <AnchorTo to="/" search={{}}>
        All sites
      </AnchorTo>
    </Group>
  );
}
