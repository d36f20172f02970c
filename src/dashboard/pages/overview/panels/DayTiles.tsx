import { SimpleGrid, Stack, Text } from '@mantine/core';
import { formatCompact, formatInteger } from '../../../components/display/format.ts';
import { countLost, type DaySummary, sumConnections } from '../summary/day-summary.ts';

/** Shows today's figures, each with yesterday's. */
export function DayTiles({ today, yesterday }: { readonly today: DaySummary; readonly yesterday: DaySummary }) {
  const waiting = (day: DaySummary) => sumConnections(day, 'waiting') + sumConnections(day, 'unsent');
  const tiles = [
    { label: 'Received', of: (day: DaySummary) => day.received },
    { label: 'Accepted', of: (day: DaySummary) => sumConnections(day, 'accepted') },
    { label: 'Skipped', of: (day: DaySummary) => sumConnections(day, 'skipped') },
    { label: 'Waiting', of: waiting },
    { label: 'Lost', of: countLost },
  ];
  return (
    <SimpleGrid component="dl" cols={{ base: 2, xs: 3, sm: 5 }} spacing="md" verticalSpacing="sm" m={0}>
      {tiles.map(({ label, of }) => (
        <Stack key={label} gap={0}>
          <Text component="dt" size="sm" c="dimmed">
            {label}
            <span className="unseen"> today</span>
          </Text>
          <Text component="dd" m={0} fz={28} fw={650} lh={1.2} className="figures" title={formatInteger(of(today))}>
            {formatCompact(of(today))}
          </Text>
          <Text component="dd" m={0} size="xs" c="dimmed" className="figures">
            {formatCompact(of(yesterday))} yesterday
          </Text>
        </Stack>
      ))}
    </SimpleGrid>
  );
}
