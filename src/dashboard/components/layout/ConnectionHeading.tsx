import { Badge, Box, Group, Text, Title, type TitleOrder } from '@mantine/core';
import type { Health } from '../../../api/client.ts';
import { HealthBadge } from '../display/HealthBadge.tsx';
import { RouterAnchor } from './router-links.tsx';

interface ConnectionHeadingProps {
  readonly site: string;
  readonly connection: string;
  /** Name of the platform. */
  readonly name: string;
  /** Whether a real platform receives the events, not a simulator. */
  readonly isLive: boolean;
  /** Undefined until loaded, or if the connection does not run. */
  readonly health: Health | undefined;
  readonly order: TitleOrder;
}

/** The heading of a connection's card: the platform with a link, the connection's id and its health. Marks a simulator. */
export function ConnectionHeading({ site, connection, name, isLive, health, order }: ConnectionHeadingProps) {
  return (
    <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
      <Box miw={0}>
        <Title order={order}>
          <RouterAnchor to="/sites/$site/destinations/$connection" params={{ site, connection }} inherit underline="hover">
            {name}
          </RouterAnchor>
        </Title>
        <Group gap="xs">
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {connection}
          </Text>
          {!isLive && <Badge color="grape">Simulator</Badge>}
        </Group>
      </Box>
      {health && <HealthBadge health={health} size="lg" />}
    </Group>
  );
}
