import {
  createIngestDurations,
  DurationCounts,
  type DurationPlace,
  durationBounds,
  type IngestDurations,
} from '../../event/durations.ts';
import type { Site } from '../../event/site.ts';

/** Durations since the start of the process. */
export interface Histograms {
  readonly durations: IngestDurations;
  /** Counts a request to a platform, until its response or failure. */
  countRequest(place: DurationPlace, seconds: number): void;
  /** Counts the time from when an event became due to the platform's acceptance. */
  countDelivery(place: DurationPlace, seconds: number): void;
  /** Begins the histograms of a site's platforms at 0, so that the first duration is visible as a change. */
  initialize(site: Site): void;
  /** Returns the histograms in the text format of Prometheus, one at a time. */
  format(): readonly string[];
}

/** A histogram with its series by their labels, such as `destination="meta"`. */
interface Histogram {
  readonly name: string;
  readonly help: string;
  readonly series: ReadonlyMap<string, DurationCounts>;
}

/** @param perConnection whether the durations of platforms have the labels `site` and `connection` too */
export function createHistograms(perConnection: boolean): Histograms {
  const durations = createIngestDurations();
  const requests = new Map<string, DurationCounts>();
  const deliveries = new Map<string, DurationCounts>();
  const find = (series: Map<string, DurationCounts>, { site, connection, destination }: DurationPlace) => {
    const labels = `destination="${destination}"${perConnection ? `,site="${site}",connection="${connection}"` : ''}`;
    const found = series.get(labels) ?? new DurationCounts();
    series.set(labels, found);
    return found;
  };
  const histograms: readonly Histogram[] = [
    {
      name: 'convey_acknowledge_seconds',
      help: 'Time from the whole body of a request to the acknowledgement of its events. Refused requests do not count.',
      series: new Map([['', durations.acknowledge]]),
    },
    {
      name: 'convey_append_seconds',
      help: 'Time of an append to the event log, or to the spool. Failed appends count.',
      series: new Map([['', durations.append]]),
    },
    {
      name: 'convey_platform_request_seconds',
      help: 'Time of a request to the platform, until its response or failure.',
      series: requests,
    },
    {
      name: 'convey_delivery_seconds',
      help: "Time from when an event became due to the platform's acceptance. Events that a pause delayed do not count.",
      series: deliveries,
    },
  ];
  return {
    durations,
    countRequest: (place, seconds) => find(requests, place).count(seconds),
    countDelivery: (place, seconds) => find(deliveries, place).count(seconds),
    initialize({ id: site, connections }) {
      for (const { id: connection, destination } of connections)
        for (const series of [requests, deliveries]) find(series, { site, connection, destination });
    },
    format: () => histograms.map(formatHistogram),
  };
}

function formatHistogram({ name, help, series }: Histogram): string {
  const samples = [...series].flatMap(([labels, counts]) => {
    const { upTo, all, seconds } = counts.read();
    const before = labels === '' ? '' : `${labels},`;
    const own = labels === '' ? '' : `{${labels}}`;
    return [
      ...upTo.map((count, place) => `${name}_bucket{${before}le="${durationBounds[place]}"} ${count}`),
      `${name}_bucket{${before}le="+Inf"} ${all}`,
      `${name}_sum${own} ${seconds}`,
      `${name}_count${own} ${all}`,
    ];
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...samples].join('\n');
}
