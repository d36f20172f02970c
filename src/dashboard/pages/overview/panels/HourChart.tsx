import { Box, Group, Text, Tooltip } from '@mantine/core';
import { formatInteger, formatTimeOrDate, pluralize } from '../../../components/display/format.ts';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { type HourBucket, toHours } from '../summary/hourly-series.ts';

const height = 96;
const colors = {
  accepted: 'light-dark(var(--mantine-color-jade-5), var(--mantine-color-jade-6))',
  received: 'light-dark(var(--mantine-color-gray-4), var(--mantine-color-gray-7))',
};

/** Shows the received and accepted events by hour. */
export function HourChart({ site }: { readonly site: string }) {
  const series = useApiQuery('GET /api/sites/:site/series', { site, range: '24h' }, { everyMs: 60_000 });
  return (
    <Panel title="Last 24 hours">
      <QueryState query={series} height={height + 23}>
        {(answer) => <Bars hours={toHours(answer)} />}
      </QueryState>
    </Panel>
  );
}

function Bars({ hours }: { readonly hours: readonly HourBucket[] }) {
  const most = Math.max(1, ...hours.map(({ received }) => received));
  const all = hours.reduce((sum, { received }) => sum + received, 0);
  const accepted = hours.reduce((sum, hour) => sum + hour.accepted, 0);
  const tall = (count: number) => (count === 0 ? 0 : Math.max(2, (height * count) / most));
  const [first] = hours;
  return (
    <>
      <Group
        role="img"
        aria-label={`Events by hour: ${pluralize(all, 'event')} received, ${formatInteger(accepted)} accepted, ${formatInteger(most)} in the busiest hour`}
        gap={2}
        wrap="nowrap"
        align="flex-end"
        h={height}
        style={{ borderBottom: '1px solid var(--mantine-color-default-border)' }}
      >
        {hours.map((hour) => (
          <Tooltip
            key={hour.at}
            label={`${formatTimeOrDate(hour.at)}: ${formatInteger(hour.received)} received, ${formatInteger(hour.accepted)} accepted`}
            events={{ hover: true, focus: false, touch: true }}
          >
            <Box flex={1} h="100%" pos="relative">
              <Bar tall={tall(hour.received)} color={colors.received} />
              <Bar tall={tall(Math.min(hour.accepted, hour.received))} color={colors.accepted} />
            </Box>
          </Tooltip>
        ))}
      </Group>
      <Group justify="space-between" mt={4} gap="xs" wrap="nowrap">
        <Text size="xs" c="dimmed">
          {first && formatTimeOrDate(first.at)}
        </Text>
        <Group gap="sm" wrap="nowrap">
          <Key color={colors.received} name="Received" />
          <Key color={colors.accepted} name="Accepted" />
        </Group>
        <Text size="xs" c="dimmed">
          now
        </Text>
      </Group>
    </>
  );
}

function Bar({ tall, color }: { readonly tall: number; readonly color: string }) {
  return <Box pos="absolute" bottom={0} left={0} right={0} h={tall} bg={color} style={{ borderRadius: '2px 2px 0 0' }} />;
}

function Key({ color, name }: { readonly color: string; readonly name: string }) {
  return (
    <Group gap={6} wrap="nowrap">
      <Box w={10} h={10} bg={color} style={{ borderRadius: 3 }} />
      <Text size="xs" c="dimmed">
        {name}
      </Text>
    </Group>
  );
}
