import { start } from '../../delivery/delivery.fixture.ts';
import { type openApi, shop, unusedBudget } from '../api.fixture.ts';
import { createMetrics, type Metrics } from './metrics.ts';

/** Creates the metrics of a process over a store. A second call simulates a restart. */
export function startMetrics(
  { log, store }: Pick<Awaited<ReturnType<typeof openApi>>, 'log' | 'store'>,
  { at = start, isReady = true, sites = () => [shop] } = {},
): Metrics {
  return createMetrics({
    sites,
    log,
    store,
    now: () => at,
    version: '1.2.3',
    ready: () => ({ ok: isReady }),
    freeBytes: async () => 5e9,
    browserBudget: async () => ({ ...unusedBudget, links: { used: 7, limit: 9 } }),
  });
}

/** Returns the values of one metric by their labels. */
export async function readValues({ scrape }: Metrics, name: string): Promise<Readonly<Record<string, number>>> {
  const { text } = await scrape();
  const lines = [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (.*)$`, 'gm'))];
  return Object.fromEntries(lines.map(([, labels = '', value]) => [labels.replaceAll('"', ''), Number(value)]));
}
