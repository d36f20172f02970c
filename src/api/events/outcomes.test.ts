import { expect, test } from 'vitest';
import { shop } from '../../ingest/site.fixture.ts';
import type { Store } from '../../storage/ports/store.ts';
import { type EventSources, loadOutcomes } from './outcomes.ts';

const connection = { id: 'bing', destination: 'microsoft', enabled: true, settings: {} };

test('loadOutcomes distinguishes events from before the connection from those that it has not read yet', async () => {
  const store: Pick<Store, 'getOutcomes' | 'getConnectionState'> = {
    getOutcomes: async () => new Map([['1', { offset: '1', outcome: 'delivered', issues: [] }]]),
    getConnectionState: async () => ({ ...Object(), begins: { after: '2', at: 0, events: 2 } }),
  };
  const sources: Pick<EventSources, 'store' | 'getPlatform'> = { store: Object(store), getPlatform: () => ({ skipTexts: {} }) };
  const found = await loadOutcomes({ ...shop, connections: [connection] }, sources, ['1', '2', '3']);
  expect([...found].map(([offset, [one]]) => [offset, one?.outcome])).toEqual([
    ['1', 'delivered'],
    ['2', 'before-connection'],
    ['3', 'undelivered'],
  ]);
});
