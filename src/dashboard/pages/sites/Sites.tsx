import { Badge, Box, Group, Paper, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ConnectionView, SiteSettingsView } from '../../../api/client.ts';
import { HealthBadge } from '../../components/display/HealthBadge.tsx';
import { Icon } from '../../components/display/Icon.tsx';
import { OriginBadge } from '../../components/display/OriginBadge.tsx';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { RoleOnly } from '../../components/feedback/RoleOnly.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor, RouterButton } from '../../components/layout/router-links.tsx';
import { useApiQuery, useSites } from '../../data/queries.ts';
import { nameConnections } from '../../data/use-destination.ts';
import { matchesSite } from './matches-site.ts';

const manySites = 8;

export function Sites() {
  const sites = useSites();
  const states = useApiQuery('GET /api/connections', {}, { everyMs: 5_000 });
  const { data: connections = [] } = states;
  const [query, setQuery] = useState('');
  return (
    <Page
      title="Sites"
      description="The shops that send events to this gateway."
      actions={
        <RoleOnly needs="owner">
          {(isPermitted) => (
            <RouterButton to="/sites/new" leftSection={<Icon name="plus" size={16} />} disabled={!isPermitted}>
              Add site
            </RouterButton>
          )}
        </RoleOnly>
      }
    >
      <QueryState query={sites} height={220}>
        {(all) => {
          const shown = all.filter((site) => matchesSite(site, query));
          return (
            <Stack gap="sm">
              {states.error && !states.data && <ErrorAlert error={states.error} onRetry={states.refetch} />}
              {all.length > manySites && (
                <TextInput
                  aria-label="Search sites"
                  placeholder={`Search ${all.length} sites`}
                  leftSection={<Icon name="search" size={16} />}
                  maw={360}
                  value={query}
                  onChange={({ currentTarget }) => setQuery(currentTarget.value)}
                />
              )}
              {all.length === 0 ? (
                <Panel>
                  <EmptyState icon="shop" title="No sites yet">
                    Add one site for each shop. You then get a line of code for its pages.
                  </EmptyState>
                </Panel>
              ) : shown.length === 0 ? (
                <Panel>
                  <EmptyState icon="search" title="No matching sites" />
                </Panel>
              ) : (
                <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: 'none' }}>
                  {shown.map((site) => (
                    <SiteRow key={site.id} site={site} connections={connections.filter((one) => one.site === site.id)} />
                  ))}
                </Stack>
              )}
            </Stack>
          );
        }}
      </QueryState>
    </Page>
  );
}

function SiteRow({ site, connections }: { readonly site: SiteSettingsView; readonly connections: readonly ConnectionView[] }) {
  const { data: destinations = [] } = useApiQuery('GET /api/destinations', {});
  const names = nameConnections(site.connections, destinations);
  return (
    <Paper component="li" withBorder p="md">
      <Group gap="md" justify="space-between" align="flex-start">
        <Box flex="2 1 16rem" miw={0}>
          <RouterAnchor to="/sites/$site" params={{ site: site.id }} fw={600} underline="hover">
            {site.name}
          </RouterAnchor>
          <Text size="sm" c="dimmed">
            {site.domains.slice(0, 3).join(', ')}
            {site.domains.length > 3 && ` and ${site.domains.length - 3} more`}
          </Text>
        </Box>
        <Group gap="xs" flex="1 1 8rem">
          {site.problem !== undefined && <Badge color="red">Action needed</Badge>}
          <OriginBadge origin={site.origin} />
        </Group>
        <Group gap="6px 1.25rem" flex="3 1 14rem">
          {site.connections.length === 0 && (
            <RouterAnchor to="/sites/$site/destinations" params={{ site: site.id }} size="sm">
              Add a connection
            </RouterAnchor>
          )}
          {site.connections.map(({ id }) => {
            const health = connections.find((one) => one.id === id)?.health;
            return (
              <Group key={id} gap="4px 0.5rem" miw={0}>
                <RouterAnchor to="/sites/$site/destinations/$connection" params={{ site: site.id, connection: id }} size="sm">
                  {names[id]}
                </RouterAnchor>
                {health && <HealthBadge health={health} />}
              </Group>
            );
          })}
        </Group>
      </Group>
    </Paper>
  );
}
