interface SparklineProps {
  readonly values: readonly number[];
  readonly height: number;
}

/** Draws the course of a figure without axes. Decorative: the figure itself is next to it. Loaded on demand. */
export function Sparkline({ values, height }: SparklineProps) {
  const last = Math.max(1, values.length - 1);
  const largest = Math.max(1, ...values);
  const line = values.map((value, nth) => `${(100 * nth) / last} ${height - 2 - ((height - 4) * value) / largest}`).join('L');
  const color = 'var(--mantine-color-jade-6)';
  return (
    <svg
      viewBox={`0 0 100 ${height}`}
      preserveAspectRatio="none"
      style={{ display: 'block', width: '100%', height }}
      aria-hidden
      focusable={false}
    >
      <path d={`M0 ${height}L${line}L100 ${height}Z`} fill={color} fillOpacity={0.15} />
      <path
        d={`M${line}`}
        fill="none"
        stroke={color}
        strokeWidth={1.5}
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
