import { Box, Group, Stack, Text, Title } from '@mantine/core';
import type { AccuracyView, ConnectionAccuracyView } from '../../../api/client.ts';
import { Explanation } from '../../components/display/Explanation.tsx';
import { formatInteger, pluralize } from '../../components/display/format.ts';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { gapLabels, getGapOutcomes } from './accuracy-labels.ts';

interface GapListProps {
  readonly title: string;
  /** The name of the connection. */
  readonly name: string;
  readonly view: Pick<AccuracyView, 'site' | 'since' | 'until'>;
  readonly accuracy: ConnectionAccuracyView;
  readonly isExplained: boolean;
}

/** Lists the reasons why orders were not accepted, most frequent first, with links to the events. */
export function GapList({ title, name, view, accuracy, isExplained }: GapListProps) {
  const gaps = accuracy.gaps.filter((gap) => gap.isExplained === isExplained);
  if (gaps.length === 0) return null;
  return (
    <Box component="section" aria-label={`${title}: ${name}`}>
      <Title order={3} mb={4}>
        {title}
      </Title>
      <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
        {gaps.map((gap) => (
          <GapRow key={gap.gap} view={view} connection={accuracy.connection} gap={gap} />
        ))}
      </Stack>
    </Box>
  );
}

const dayMs = 86_400_000;

interface GapRowProps {
  readonly view: GapListProps['view'];
  readonly connection: string;
  readonly gap: ConnectionAccuracyView['gaps'][number];
}

function GapRow({
  view: { site, since, until },
  connection,
  gap: { gap, orders, says, remedy, since: waitsSince },
}: GapRowProps) {
  const outcome = getGapOutcomes(gap);
  const days = { since: Date.parse(since), until: Date.parse(until) + dayMs };
  return (
    <Group component="li" gap="md" wrap="nowrap" align="flex-start" py="sm" className="row">
      <Text size="sm" fw={600} miw={36} ta="right" className="figures" title={pluralize(orders, 'order')}>
        {formatInteger(orders)}
      </Text>
      <Box miw={0} maw="75ch">
        <Text size="sm" fw={600}>
          {outcome.length === 0 ? (
            gapLabels[gap]
          ) : (
            <RouterAnchor
              to="/sites/$site/events"
              params={{ site }}
              search={{ event: ['Purchase'], reporter: ['webhook'], connection, outcome, ...days }}
              inherit
            >
              {gapLabels[gap]}
            </RouterAnchor>
          )}
          {waitsSince !== undefined && (
            <Text span size="xs" c="dimmed" fw={400}>
              {' '}
              since <Timestamp at={waitsSince} />
            </Text>
          )}
        </Text>
        <Explanation says={says} remedy={remedy} />
        {outcome.includes('dead') && (
          <RouterAnchor to="/sites/$site/destinations/$connection" params={{ site, connection }} size="sm">
            View failed events
          </RouterAnchor>
        )}
      </Box>
    </Group>
  );
}
