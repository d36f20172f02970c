import '@mantine/charts/styles.css';
import { CompositeChart } from '@mantine/charts';
import { Group, Paper, Text } from '@mantine/core';
import { useId } from 'react';
import type { ChartData, ChartMark, ChartPoint } from './chart-data.ts';
import { chooseTicks } from './choose-ticks.ts';
import { groupMarks } from './group-marks.ts';
import { getPatternPath, strokeWidth, tileSize } from './patterns.ts';
import { SeriesSwatch } from './SeriesSwatch.tsx';
import { stepOverBars } from './step-over-bars.ts';

interface PlotProps {
  readonly data: ChartData;
  readonly height: number;
}

/** Draws a chart. Loaded on demand: the library is most of a page's script. Use `TimeChart`, which also shows the table. */
export function Plot({ data, height }: PlotProps) {
  const { title, points, series, isStacked = false, marks = [], formatTime, formatTick = formatTime, formatValue, max } = data;
  const id = useId();
  const bars = series.filter(({ type }) => type === 'bar');
  const ticks = chooseTicks(
    points.map(({ at }) => at),
    formatTick,
  );
  const marksByPoint = groupMarks(points, marks);
  // A value stays on one line.
  const formatAxisValue = (value: number) => formatValue(value).replaceAll(' ', '\u00a0');
  return (
    <div role="img" aria-label={`${title}. The table shows the same figures.`}>
      <Patterns id={id} bars={bars} />
      <CompositeChart
        h={height}
        data={points.map(({ at, values }) => ({ at, ...values }))}
        dataKey="at"
        series={series.map((one) => ({ ...one }))}
        {...(isStacked && {
          barProps: ({ name = '' }) => ({ stackId: 'all', fill: `url(#${getPatternId(id, name)})` }),
        })}
        curveType="linear"
        // A line over bars follows their edges.
        {...(isStacked && { lineProps: { type: stepOverBars } })}
        referenceLines={[...marksByPoint.keys()].map((at) => ({
          x: at,
          color: 'var(--mark-color)',
          strokeDasharray: '2 3',
          strokeWidth: 2,
        }))}
        withDots={!isStacked && (points.length <= 31 || hasIsolatedPoint(data))}
        dotProps={{ r: 2.5, strokeWidth: 1 }}
        strokeWidth={2}
        connectNulls={false}
        accessibilityLayer={false}
        gridAxis="x"
        tickLine="none"
        maxBarWidth={36}
        valueFormatter={formatValue}
        xAxisProps={{
          tickFormatter: formatTick,
          interval: 'equidistantPreserveStart',
          minTickGap: 24,
          ticks,
          // Without bars, the last tick would stand at the edge, which has no room for its label: most labels would be omitted for it.
          ...(bars.length === 0 && { padding: { left: 24, right: 24 } }),
        }}
        yAxisProps={{
          allowDecimals: false,
          width: 56,
          tickFormatter: formatAxisValue,
          ...(max !== undefined && { domain: [0, max] }),
        }}
        composedChartProps={{ margin: { top: 8, right: 8, bottom: 0, left: 0 }, barCategoryGap: '16%' }}
        tooltipProps={{
          content: ({ label: at }) => {
            const point = points.find((one) => one.at === at);
            return point ? <PointCard data={data} point={point} marks={marksByPoint.get(point.at) ?? []} /> : null;
          },
        }}
      />
    </div>
  );
}

const getPatternId = (chart: string, name: string) => `${chart}-${name}`;

/** The patterns of the bars, each over the color of its series. */
function Patterns({ id, bars }: { readonly id: string; readonly bars: ChartData['series'] }) {
  return (
    <svg width={0} height={0} style={{ position: 'absolute' }} aria-hidden>
      {bars.map(({ name, color, pattern = 0 }) => (
        <pattern key={name} id={getPatternId(id, name)} width={tileSize} height={tileSize} patternUnits="userSpaceOnUse">
          <rect width={tileSize} height={tileSize} style={{ fill: color }} />
          <path
            d={getPatternPath(pattern)}
            stroke="#fff"
            strokeOpacity={0.6}
            strokeWidth={strokeWidth}
            strokeLinecap="round"
            fill="none"
          />
        </pattern>
      ))}
    </svg>
  );
}

/** Returns whether a line has a point between two gaps, which only a dot shows. */
function hasIsolatedPoint({ points, series }: ChartData): boolean {
  const lines = series.filter(({ type }) => type === 'line');
  return lines.some(({ name }) => {
    const isGap = (nth: number) => points[nth]?.values[name] === undefined;
    return points.some((_, nth) => !isGap(nth) && isGap(nth - 1) && isGap(nth + 1));
  });
}

interface PointCardProps {
  readonly data: ChartData;
  readonly point: ChartPoint;
  readonly marks: readonly ChartMark[];
}

/** The changes that a card names. */
const shownMarks = 4;

function PointCard({ data, point, marks }: PointCardProps) {
  const { series, isStacked, formatTime, formatValue } = data;
  const shown = series.filter(({ name }) => point.values[name] !== undefined);
  const bars = shown.filter(({ type }) => type === 'bar');
  const total = bars.reduce((sum, { name }) => sum + (point.values[name] ?? 0), 0);
  return (
    <Paper withBorder shadow="md" p="sm" miw={200}>
      <Text size="xs" c="dimmed" mb={4}>
        {formatTime(point.at)}
      </Text>
      {shown.length === 0 && <Text size="sm">No data</Text>}
      {shown.map((one) => (
        <Group key={one.name} justify="space-between" gap="lg" wrap="nowrap">
          <Group gap={6} wrap="nowrap">
            <SeriesSwatch {...one} />
            <Text size="sm">{one.label}</Text>
          </Group>
          <Text size="sm" fw={600} className="figures">
            {formatValue(point.values[one.name] ?? 0)}
          </Text>
        </Group>
      ))}
      {isStacked && bars.length === shown.length && (
        <Group justify="space-between" gap="lg" wrap="nowrap" mt={4}>
          <Text size="sm">Total</Text>
          <Text size="sm" fw={600} className="figures">
            {formatValue(total)}
          </Text>
        </Group>
      )}
      {(point.details ?? []).map(({ label, value }) => (
        <Group key={label} justify="space-between" gap="lg" pl={14} wrap="nowrap">
          <Text size="xs" c="dimmed">
            {label}
          </Text>
          <Text size="xs" c="dimmed" className="figures">
            {formatValue(value)}
          </Text>
        </Group>
      ))}
      {marks.slice(0, shownMarks).map(({ id, text, actor }) => (
        <Text key={id} size="xs" mt={4} maw={280} style={{ overflowWrap: 'anywhere', whiteSpace: 'normal' }}>
          <span aria-hidden className="mark-sign" /> {actor}: {text}
        </Text>
      ))}
      {marks.length > shownMarks && (
        <Text size="xs" c="dimmed">
          {marks.length - shownMarks} more below the chart
        </Text>
      )}
    </Paper>
  );
}
