import { ColorSwatch } from '@mantine/core';
import type { ChartSeries } from './chart-data.ts';
import { getPatternImage } from './patterns.ts';

type SeriesSwatchProps = Pick<ChartSeries, 'color' | 'type' | 'pattern'>;

/** The color and the pattern of a series, for a legend. */
export function SeriesSwatch({ color, type, pattern = 0 }: SeriesSwatchProps) {
  const isBar = type === 'bar';
  return (
    <ColorSwatch color={color} size={isBar ? 12 : 10} withShadow={false} radius={isBar ? 2 : 'xl'}>
      {isBar && <span style={{ width: '100%', height: '100%', backgroundImage: getPatternImage(pattern) }} />}
    </ColorSwatch>
  );
}
