import { outcomeLabels } from '../../../components/display/outcome-labels.ts';
import type { TrafficKind } from './traffic-series.ts';

interface SeriesStyle {
  readonly label: string;
  readonly color: string;
  readonly pattern?: number;
}

/** Returns a colour of the theme for light and for dark mode. */
export const shade = (color: string, light: number, dark: number) =>
  `light-dark(var(--mantine-color-${color}-${light}), var(--mantine-color-${color}-${dark}))`;

/** Label, colour and pattern of each series. Colours carry no information of their own: the bars of a stack also differ by pattern. */
export const seriesStyles: Readonly<Record<TrafficKind | 'received', SeriesStyle>> = {
  received: { label: 'Received', color: shade('dark', 6, 1) },
  delivered: { label: outcomeLabels.delivered, color: shade('jade', 5, 6) },
  awaiting: { label: outcomeLabels['awaiting-verdict'], color: shade('cyan', 4, 6), pattern: 4 },
  unverified: { label: outcomeLabels.unverified, color: shade('orange', 5, 6), pattern: 6 },
  skipped: { label: 'Skipped', color: shade('gray', 4, 7), pattern: 1 },
  rejected: { label: 'Failed events', color: shade('red', 6, 6), pattern: 5 },
  retrying: { label: outcomeLabels.waiting, color: shade('yellow', 5, 5), pattern: 2 },
  unsent: { label: outcomeLabels.undelivered, color: shade('blue', 4, 5), pattern: 3 },
};
