import { ColorSwatch } from '@mantine/core';
import type { ChartSeries } from './chart-data.ts';
import { getPatternImage } from './patterns.ts';

interface SeriesSwatchProps {
  readonly series: Pick<ChartSeries, 'color' | 'type'>;
  /** The place among the bars of the chart. */
  readonly nth: number;
}

/** The color and the pattern of a series, for a legend. */
export function SeriesSwatch({ series: { color, type }, nth }: SeriesSwatchProps) {
  const isBar = type === 'bar';
  return (
    <ColorSwatch color={color} size={isBar ? 12 : 10} withShadow={false} radius={isBar ? 2 : 'xl'}>
      {isBar && <span style={{ width: '100%', height: '100%', backgroundImage: getPatternImage(nth) }} />}
    </ColorSwatch>
  );
}
