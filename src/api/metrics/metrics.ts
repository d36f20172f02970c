import { setImmediate as nextTurn } from 'node:timers/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { secondMs } from '../../event/units.ts';
import { type Counters, createCounters } from './counters.ts';
import { createGauges, type GaugeDeps } from './gauges.ts';

/** What a program that watches Convey is told. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

export interface Metrics {
  readonly meter: Counters;
  /** Everything that is measured, in Prometheus' text format; at most 5 s old. Whoever asks meanwhile is told the same. */
  scrape(): Promise<Exposition>;
}

const keptMs = 5 * secondMs;

/** Everything that is measured: Convey's own, and the process by the library. */
export function makeMetrics(deps: GaugeDeps): Metrics {
  const registry = new Registry();
  const meter = createCounters(registry);
  const lookAgain = createGauges(registry, deps);
  collectDefaultMetrics({ register: registry });

  let kept: { readonly until: number; readonly exposition: Promise<Exposition> } | undefined;
  const look = async (): Promise<Exposition> => {
    for (const site of deps.sites()) meter.begin(site);
    await lookAgain();
    return { contentType: registry.contentType, text: await told(registry) };
  };
  return {
    meter,
    scrape() {
      const now = performance.now();
      if (!kept || kept.until <= now) {
        const exposition = look();
        kept = { until: Number.POSITIVE_INFINITY, exposition };
        void exposition.then(
          () => {
            kept = { until: performance.now() + keptMs, exposition };
          },
          () => {
            kept = undefined;
          },
        );
      }
      return kept.exposition;
    },
  };
}

/** One metric at a time: those of many connections are long, and others have their turn in between. */
async function told(registry: Registry): Promise<string> {
  let text = '';
  for (const { name } of registry.getMetricsAsArray()) {
    text += `${await registry.getSingleMetricAsString(name)}\n\n`;
    await nextTurn();
  }
  return text;
}
