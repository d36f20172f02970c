import { Alert, Badge, Group, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import type { ConnectionSettingsView } from '../../../api/client.ts';
import { formatCompact } from '../../components/display/format.ts';
import { HealthMessage } from '../../components/display/HealthMessage.tsx';
import { Icon } from '../../components/display/Icon.tsx';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import { OriginBadge } from '../../components/display/OriginBadge.tsx';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { RoleOnly } from '../../components/feedback/RoleOnly.tsx';
import { ConnectionHeading } from '../../components/layout/ConnectionHeading.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterButton } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { useSite } from '../../data/use-site.ts';
import { useConnection } from './connection/use-connection.ts';

export function Destinations() {
  const site = useSite();
  const { data: destinations = [] } = useApiQuery('GET /api/destinations', {});
  const add = (
    <RoleOnly needs="editor">
      {(isPermitted) => (
        <RouterButton
          to="/sites/$site/destinations/new"
          params={{ site: site.id }}
          leftSection={<Icon name="plus" size={16} />}
          disabled={!isPermitted}
        >
          Add connection
        </RouterButton>
      )}
    </RoleOnly>
  );
  return (
    <Page title="Connections" description="One connection for each platform that receives this site's events." actions={add}>
      {site.connections.length === 0 ? (
        <Panel>
          <EmptyState icon="send" title="No connections yet">
            Events are stored but not sent. Add a connection to send all events from then on: to an ad platform, or to a simulator
            of one.
          </EmptyState>
        </Panel>
      ) : (
        <SimpleGrid component="ul" cols={{ base: 1, lg: 2 }} p={0} m={0} style={{ listStyle: 'none' }}>
          {site.connections.map((connection) => (
            <ConnectionCard
              key={connection.id}
              site={site.id}
              connection={connection}
              name={destinations.find(({ id }) => id === connection.destination)?.name ?? connection.destination}
            />
          ))}
        </SimpleGrid>
      )}
    </Page>
  );
}

function ConnectionCard({
  site,
  connection,
  name,
}: {
  readonly site: string;
  readonly connection: ConnectionSettingsView;
  readonly name: string;
}) {
  const { id, origin, isLive, problem } = connection;
  const { view, query } = useConnection(site, id);
  return (
    <Paper component="li" withBorder p="lg">
      <Stack gap="sm">
        <ConnectionHeading site={site} connection={id} name={name} isLive={isLive} health={view?.health} order={2} />
        {problem !== undefined && (
          <Alert color="red" icon={<Icon name="warn" />}>
            <InlineCode text={problem} />
          </Alert>
        )}
        {/* As high as the figures, so that the cards below do not move when they are loaded. */}
        <Stack gap="sm" mih={{ base: 140, xs: 80 }}>
          <QueryState query={query} height={72}>
            {() =>
              view && (
                <>
                  <Text size="sm">
                    <HealthMessage says={view.says} nextTryAt={view.nextTryAt} />
                  </Text>
                  <SimpleGrid cols={3} spacing="sm" className="figures">
                    <Count label="Delivered" count={view.counts.delivered ?? 0} />
                    <Count label="Waiting" count={view.waiting} />
                    <Count label="Failed events" count={view.deadLetters} isProblem={view.deadLetters > 0} />
                  </SimpleGrid>
                </>
              )
            }
          </QueryState>
        </Stack>
        <Group gap="xs">
          <OriginBadge origin={origin} />
          {view?.isTest && <Badge color="orange">Platform counts nothing</Badge>}
        </Group>
      </Stack>
    </Paper>
  );
}

interface CountProps {
  readonly label: string;
  readonly count: number;
  readonly isProblem?: boolean;
}

function Count({ label, count, isProblem = false }: CountProps) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text fw={600} {...(isProblem && { c: 'light-dark(var(--mantine-color-red-8), var(--mantine-color-red-4))' })}>
        {formatCompact(count)}
      </Text>
    </div>
  );
}
