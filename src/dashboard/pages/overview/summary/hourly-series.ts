import type { SeriesView } from '../../../../api/client.ts';

/** One bar of the chart. */
export interface HourBucket {
  /** When it begins; UNIX milliseconds. */
  readonly at: number;
  readonly received: number;
  /** By the connection that accepted the most. */
  readonly accepted: number;
}

const hourMs = 3_600_000;

/** The steps of a series by the hours that they are in. */
export function toHours({ since, stepMs, received, connections }: SeriesView): readonly HourBucket[] {
  const accepted = received.map((_, at) => Math.max(0, ...connections.map(({ outcomes }) => outcomes.delivered?.[at] ?? 0)));
  const hours = new Map<number, { received: number; accepted: number }>();
  received.forEach((count, at) => {
    const hour = Math.floor((since + at * stepMs) / hourMs) * hourMs;
    const sum = hours.get(hour) ?? { received: 0, accepted: 0 };
    hours.set(hour, { received: sum.received + count, accepted: sum.accepted + (accepted[at] ?? 0) });
  });
  return [...hours].map(([at, sum]) => ({ at, ...sum }));
}
