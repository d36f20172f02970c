import type { SeriesView } from '../../../../api/client.ts';

/** The events of one hour. */
export interface HourBucket {
  /** Start of the hour in UNIX milliseconds. */
  readonly at: number;
  readonly received: number;
  /** Accepted by the connection that accepted most. */
  readonly accepted: number;
}

const hourMs = 3_600_000;

/** Groups the intervals of a series by hour. */
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
