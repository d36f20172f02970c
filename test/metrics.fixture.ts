import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shop, unusedBudget } from '../src/api/api.fixture.ts';
import { createMetrics } from '../src/api/metrics/metrics.ts';
import { buildConnectionState, start } from '../src/delivery/delivery.fixture.ts';
import { openSqliteLog } from '../src/storage/log/sqlite-log.ts';
import { openSqliteStore } from '../src/storage/store/sqlite/sqlite-store.ts';

/** A metric as the endpoint describes it. */
export interface MetricDescription {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** Returns all metrics of a gateway in which each labelled event happened once. */
export async function describeMetrics(): Promise<readonly MetricDescription[]> {
  const now = () => start;
  const dir = mkdtempSync(join(tmpdir(), 'convey-metrics-'));
  const log = await openSqliteLog(join(dir, 'log.db'), { now });
  const store = await openSqliteStore(join(dir, 'state.db'), { now });
  try {
    const { counters, scrape } = createMetrics({
      sites: () => [shop],
      log,
      store,
      now,
      version: '1',
      ready: () => ({ ok: true }),
      freeBytes: async () => 1,
      browserBudget: async () => unusedBudget,
    });
    const issues = [{ code: 'name-missing' }];
    counters.countResults('shop', 'server', { accepted: 1, duplicates: 0, rejected: [{ issues }] });
    counters.countRefused('not-accepting');
    counters.countAfterPause({ site: 'shop', connection: 'bing', destination: 'microsoft' }, 'blocked', 1);
    const settle = { id: 'a', at: start, result: 'delivered', issues: [] } as const;
    counters.countCommit('shop/bing', {
      state: buildConnectionState({}),
      settle,
      outcomes: [{ offset: '1', outcome: 'bot', issues: [] }],
    });
    return parseMetrics((await scrape()).text);
  } finally {
    await log.close();
    await store.close();
    rmSync(dir, { recursive: true });
  }
}

function parseMetrics(text: string): readonly MetricDescription[] {
  return [...text.matchAll(/^# HELP (\w+) (.*)\n# TYPE \w+ (\w+)\n((?:[^#\n].*\n)*)/gm)].map(
    ([, name = '', help = '', type = '', samples = '']) => {
      const labels = [...samples.matchAll(/[{,](\w+)="/g)].flatMap(([, label = '']) => (label === 'le' ? [] : [label]));
      return { name, type, labels: [...new Set(labels)], help };
    },
  );
}
