/** One series of a chart over time. */
export interface ChartSeries {
  /** The key of its values in each point. */
  readonly name: string;
  readonly label: string;
  readonly color: string;
  readonly type: 'bar' | 'line';
  /** The number of the bar's pattern, so that the bars of a stack differ without their colors. The default is 0, no pattern. */
  readonly pattern?: number;
  /** The pattern of a dashed line, in pixels: lines stay visible below each other. */
  readonly strokeDasharray?: string;
}

/** The values of all series at one time. A series without a value at this time has a gap. */
export interface ChartPoint {
  /** UNIX milliseconds. */
  readonly at: number;
  readonly values: Readonly<Record<string, number | undefined>>;
  /** Parts of the values, shown in the tooltip. */
  readonly details?: readonly { readonly label: string; readonly value: number }[];
}

/** A change at one time, drawn as a vertical line. */
export interface ChartMark {
  /** Unique in the chart. */
  readonly id: string;
  /** UNIX milliseconds. */
  readonly at: number;
  readonly text: string;
  readonly actor: string;
}

/** The data of a chart and of the table behind it. */
export interface ChartData {
  /** The subject of the chart, for screen readers: `Deliveries by day`. */
  readonly title: string;
  readonly points: readonly ChartPoint[];
  readonly series: readonly ChartSeries[];
  /** Changes that may explain the figures, the newest first. */
  readonly marks?: readonly ChartMark[];
  /** Whether the bars are stacked on each other. */
  readonly isStacked?: boolean;
  readonly formatTime: (at: number) => string;
  /** Formats the ticks of the time axis. The default is `formatTime`. */
  readonly formatTick?: (at: number) => string;
  readonly formatValue: (value: number) => string;
  /** The largest value of the axis. The default follows the data. */
  readonly max?: number;
}
