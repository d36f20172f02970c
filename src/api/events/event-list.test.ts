import { expect, test } from 'vitest';
import { shop } from '../../ingest/site.fixture.ts';
import { toEventRows } from './event-list.ts';
import { readNewest } from './newest-records.ts';

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

test('a page of a log with few listed records ends after some reads, and has a next page', async () => {
  const all = Array.from({ length: 100 }, (_, at) => ({
    offset: String(at + 100),
    key: 'Lead',
    at,
    body: { redacted: true } as const,
  }));
  const latest = async (_: string, count: number, before = 'x') => {
    const records = all.filter(({ offset }) => offset < before).slice(-count);
    return { records, lastOffset: records.at(-1)?.offset ?? '' };
  };
  const onlyFirst = ({ offset }: { readonly offset: string }) => offset === '100';
  const page = await readNewest({ latest }, 'shop', 1, undefined, onlyFirst);
  expect(page).toEqual({ records: [], lastOffset: '199', older: '160' });
  expect((await readNewest({ latest }, 'shop', 1, '110', onlyFirst)).records).toEqual(all.slice(0, 1));
});
