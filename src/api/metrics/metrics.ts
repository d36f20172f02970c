import { setImmediate as nextTurn } from 'node:timers/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { secondMs } from '../../event/units.ts';
import { type Counters, createCounters } from './counters.ts';
import { createGauges, type GaugeDeps } from './gauges.ts';

/** Metrics in the text format of Prometheus. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

export interface Metrics {
  readonly counters: Counters;
  /** Returns all metrics, at most 5 s old. Concurrent calls share one result. */
  scrape(): Promise<Exposition>;
}

interface MetricsDeps extends GaugeDeps {
  /** Resolves when the counts of other threads are known here. */
  readonly collect?: () => Promise<void>;
}

const cacheMs = 5 * secondMs;

/** Creates Convey's metrics and the process metrics of the library. */
export function createMetrics(deps: MetricsDeps): Metrics {
  const registry = new Registry();
  const counters = createCounters(registry);
  const updateGauges = createGauges(registry, deps);
  collectDefaultMetrics({ register: registry });

  let cached: { readonly until: number; readonly exposition: Promise<Exposition> } | undefined;
  const render = async (): Promise<Exposition> => {
    for (const site of deps.sites()) counters.initialize(site);
    await deps.collect?.();
    await updateGauges();
    return { contentType: registry.contentType, text: await formatMetrics(registry) };
  };
  return {
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
async function formatMetrics(registry: Registry): Promise<string> {
  let text = '';
  for (const { name } of registry.getMetricsAsArray()) {
    text += `${await registry.getSingleMetricAsString(name)}\n\n`;
    await nextTurn();
  }
  return text;
}
