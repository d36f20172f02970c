import type { SeriesView } from '../../../../api/client.ts';

type DeliveryTimes = SeriesView['connections'][number]['deliveryTimes'];

/** The time within which half, and 95%, of the events were delivered, in milliseconds. Undefined if none was. */
export interface DeliveryTime {
  readonly median: number | undefined;
  readonly slow: number | undefined;
}

/** Returns the delivery times of the events of one bucket, or of all buckets if `at` is undefined. */
export function getDeliveryTime(classes: DeliveryTimes, at?: number): DeliveryTime {
  const counts = classes.map(({ fromMs, untilMs, events }) => ({
    fromMs,
    untilMs: untilMs ?? fromMs,
    events: at === undefined ? events.reduce((sum, some) => sum + some, 0) : (events[at] ?? 0),
  }));
  return { median: getPercentile(counts, 0.5), slow: getPercentile(counts, 0.95) };
}

/** Returns the percentile of counted classes. Events are assumed to be spread evenly within their class. */
function getPercentile(
  classes: readonly { readonly fromMs: number; readonly untilMs: number; readonly events: number }[],
  share: number,
): number | undefined {
  const all = classes.reduce((sum, { events }) => sum + events, 0);
  let left = share * all;
  for (const { fromMs, untilMs, events } of classes) {
    if (events > 0 && left <= events) return fromMs + ((untilMs - fromMs) * left) / events;
    left -= events;
  }
  return undefined;
}
