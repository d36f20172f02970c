import '@mantine/charts/styles.css';
import { Sparkline as MantineSparkline } from '@mantine/charts';

interface SparklineProps {
  readonly values: readonly number[];
  readonly height: number;
}

/** Draws the course of a figure without axes. Decorative and not in the order of focus: the figure itself is next to it. Loaded on demand. */
export function Sparkline({ values, height }: SparklineProps) {
  return (
    <div inert>
      <MantineSparkline data={[...values]} h={height} color="jade.6" curveType="monotone" fillOpacity={0.2} strokeWidth={1.5} />
    </div>
  );
}
