import { setImmediate as nextTurn } from 'node:timers/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { secondMs } from '../../event/units.ts';
import { type Counters, createCounters } from './counters.ts';
import { createGauges, type GaugeDeps } from './gauges.ts';
import { createHistograms, type Histograms } from './histograms.ts';

/** Metrics in the text format of Prometheus. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

export interface Metrics extends Pick<Histograms, 'durations' | 'countRequest' | 'countDelivery'> {
  readonly counters: Counters;
  /** Returns all metrics, at most 5 s old. Concurrent calls share one result. */
  scrape(): Promise<Exposition>;
}

interface MetricsDeps extends GaugeDeps {
  /** Resolves when the counts of other threads are known here. */
  readonly collect?: () => Promise<void>;
  /** Whether the durations of platforms have the labels `site` and `connection`. Default: false. */
  readonly perConnection?: boolean;
}

const cacheMs = 5 * secondMs;

/** Creates Convey's metrics and the process metrics of the library. */
export function createMetrics(deps: MetricsDeps): Metrics {
  const registry = new Registry();
  const counters = createCounters(registry);
  const histograms = createHistograms(deps.perConnection ?? false);
  const updateGauges = createGauges(registry, deps);
  collectDefaultMetrics({ register: registry });

  let cached: { readonly until: number; readonly exposition: Promise<Exposition> } | undefined;
  const render = async (): Promise<Exposition> => {
    for (const site of deps.sites()) {
      counters.initialize(site);
      histograms.initialize(site);
    }
    await deps.collect?.();
    await updateGauges();
    return { contentType: registry.contentType, text: await formatMetrics(registry, histograms) };
  };
  return {
    ...histograms,
    counters,
    scrape() {
      const now = performance.now();
      if (!cached || cached.until <= now) {
        const exposition = render();
        cached = { until: Number.POSITIVE_INFINITY, exposition };
        void exposition.then(
          () => {
            cached = { until: performance.now() + cacheMs, exposition };
          },
          () => {
            cached = undefined;
          },
        );
      }
      return cached.exposition;
    },
  };
}

/** Formats one metric at a time, so that other work can run in between. */
async function formatMetrics(registry: Registry, histograms: Histograms): Promise<string> {
  let text = histograms
    .format()
    .map((one) => `${one}\n\n`)
    .join('');
  for (const { name } of registry.getMetricsAsArray()) {
    text += `${await registry.getSingleMetricAsString(name)}\n\n`;
    await nextTurn();
  }
  return text;
}
