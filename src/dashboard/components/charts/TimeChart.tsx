import { Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { ChartTable } from './ChartTable.tsx';
import type { ChartData } from './chart-data.ts';
import { MarkList } from './MarkList.tsx';
import { SeriesSwatch } from './SeriesSwatch.tsx';

const Plot = lazy(() => import('./Plot.tsx').then(({ Plot: plot }) => ({ default: plot })));

interface TimeChartProps {
  readonly data: ChartData;
  readonly height?: number;
  /** Whether the names of the series are shown. The default is true. */
  readonly hasLegend?: boolean;
}

/** Shows a chart over time, and on request the table with the same figures. */
export function TimeChart({ data, height = 220, hasLegend = true }: TimeChartProps) {
  const [isTable, setIsTable] = useState(false);
  return (
    <Stack gap="xs">
      {isTable ? (
        <ChartTable {...data} />
      ) : (
        <Suspense fallback={<Skeleton height={height} />}>
          <Plot data={data} height={height} />
        </Suspense>
      )}
      <Group justify="space-between" gap="sm">
        <Group gap="md" aria-hidden>
          {hasLegend &&
            data.series.map((one) => (
              <Group key={one.name} gap={6} wrap="nowrap">
                <SeriesSwatch {...one} />
                <Text size="xs" c="dimmed">
                  {one.label}
                </Text>
              </Group>
            ))}
        </Group>
        <Button size="compact-xs" variant="default" onClick={() => setIsTable(!isTable)}>
          {isTable ? 'Show chart' : 'Show table'}
          <span className="unseen">: {data.title}</span>
        </Button>
      </Group>
      <MarkList marks={data.marks ?? []} title={data.title} />
    </Stack>
  );
}
