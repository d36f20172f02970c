import { openApi, shop, unusedBudget } from '../src/api/api.fixture.ts';
import { createMetrics } from '../src/api/metrics/metrics.ts';
import { aState, start } from '../src/delivery/delivery.fixture.ts';

/** A metric as it is told. */
export interface Measured {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** Every metric that a gateway tells of, in which everything happened once that has a label of its own. */
export async function measured(): Promise<readonly Measured[]> {
  const api = await openApi();
  try {
    const { counters, scrape } = createMetrics({
      sites: () => [shop],
      log: api.log,
      store: api.store,
      now: () => start,
      version: '1',
      ready: () => ({ ok: true }),
      freeBytes: async () => 1,
      browserBudget: async () => unusedBudget,
    });
    const issues = [{ code: 'name-missing' }];
    counters.countResults('shop', 'server', { accepted: 1, duplicates: 0, rejected: [{ issues }] });
    counters.countRefused('not-accepting');
    const settle = { id: 'a', at: start, result: 'delivered', issues: [] } as const;
    counters.countCommit('shop/bing', { state: aState({}), settle, outcomes: [{ offset: '1', outcome: 'bot', issues: [] }] });
    return read((await scrape()).text);
  } finally {
    await api.dispose();
  }
}

function read(text: string): readonly Measured[] {
  return [...text.matchAll(/^# HELP (\w+) (.*)\n# TYPE \w+ (\w+)\n((?:[^#\n].*\n)*)/gm)].map(
    ([, name = '', help = '', type = '', samples = '']) => {
      const labels = [...samples.matchAll(/[{,](\w+)="/g)].flatMap(([, label = '']) => (label === 'le' ? [] : [label]));
      return { name, type, labels: [...new Set(labels)], help };
    },
  );
}
