import { expect, test } from 'vitest';
import { shop } from '../../ingest/site.fixture.ts';
import { toEventRows } from './event-list.ts';

test('the row of an event without data has the reason: an erasure, or no consent in time', async () => {
  const store = {
    getOutcomes: async () => new Map(),
    getConnectionState: async () => undefined,
    getAbsentReasons: async () => new Map([['1', 'consent-denied'] as const, ['2', 'erased-report'] as const]),
  };
  const records = ['1', '2', '3'].map((offset) => ({ offset, key: 'Lead', at: 7, body: { redacted: true } as const }));
  const rows = await toEventRows({ ...shop, connections: [] }, { store, getPlatform: () => ({ skipTexts: {} }) }, records);
  expect(rows.map((row) => 'gone' in row && row.reason)).toEqual(['consent-denied', 'erased', 'erased']);
});
