import type { SeriesView } from '../../api/client.ts';

/** The counts of a period by its intervals, which may differ in length when the clocks change. */
export interface FoldedSeries {
  /** The start of each interval in UNIX milliseconds. Each list of counts has as many items. */
  readonly starts: readonly number[];
  readonly received: readonly number[];
  readonly connections: readonly {
    readonly connection: string;
    readonly outcomes: SeriesView['connections'][number]['outcomes'];
    readonly deliveryTimes: SeriesView['connections'][number]['deliveryTimes'];
  }[];
}

/** The parts of a series that are summed. */
export interface CountSeries extends Pick<SeriesView, 'since' | 'stepMs' | 'starts' | 'received'> {
  readonly connections: readonly (Pick<SeriesView['connections'][number], 'connection' | 'outcomes'> &
    Partial<Pick<SeriesView['connections'][number], 'deliveryTimes'>>)[];
}

/**
 * Sums the buckets of a series by the intervals that begin at `starts`, the last of which ends at `until`. A bucket counts in the interval in
 * which it begins; those outside of the period count in none.
 */
export function foldSeries(series: CountSeries, starts: readonly number[], until: number): FoldedSeries {
  const places = series.received.map((_, nth) =>
    findInterval(series.starts?.[nth] ?? series.since + nth * series.stepMs, starts, until),
  );
  const fold = (counts: readonly number[]) => {
    const sums = starts.map(() => 0);
    for (const [nth, count] of counts.entries()) {
      const place = places[nth] ?? -1;
      if (place >= 0) sums[place] = (sums[place] ?? 0) + count;
    }
    return sums;
  };
  return {
    starts,
    received: fold(series.received),
    connections: series.connections.map(({ connection, outcomes, deliveryTimes = [] }) => ({
      connection,
      outcomes: Object.fromEntries(Object.entries(outcomes).map(([outcome, counts]) => [outcome, fold(counts)])),
      deliveryTimes: deliveryTimes.map((one) => ({ ...one, events: fold(one.events) })),
    })),
  };
}

function findInterval(at: number, starts: readonly number[], until: number): number {
  return at >= until ? -1 : starts.findLastIndex((start) => start <= at);
}
