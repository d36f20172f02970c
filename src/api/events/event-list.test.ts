import { expect, test } from 'vitest';
import { formatEventKey } from '../../event/event-key.ts';
import { shop } from '../../ingest/site.fixture.ts';
import { toEventRows } from './event-list.ts';
import { readNewest } from './newest-records.ts';

test('the row of an event without data has the reason, and its name and id unless a person was erased', async () => {
  const store = {
    getOutcomes: async () => new Map(),
    getConnectionState: async () => undefined,
    getAbsentReasons: async () => new Map([['1', 'consent-missing'] as const, ['2', 'erased-report'] as const]),
  };
  const key = formatEventKey({ name: 'Lead', id: 'lead-1', reporter: 'server' });
  const records = ['1', '2', '3'].map((offset) => ({ offset, key, at: 7, body: { redacted: true } as const }));
  const rows = await toEventRows({ ...shop, connections: [] }, { store, getPlatform: () => ({ skipTexts: {} }) }, records);
  const lead = { name: 'Lead', id: 'lead-1', reporter: 'server' };
  expect(rows).toMatchObject([
    { gone: true, reason: 'consent-denied', says: expect.stringContaining('No consent came within 90 s'), record: lead },
    { reason: 'erased', says: expect.stringContaining('privacy request') },
    { reason: 'erased' },
  ]);
  expect(rows.slice(1).every((row) => !('record' in row))).toBe(true);
});

test('the row of a denied report without data has its source', async () => {
  const store = {
    getOutcomes: async () => new Map(),
    getConnectionState: async () => undefined,
    getAbsentReasons: async () => new Map(),
  };
  const consent = { stated: 'denied', effective: 'denied' } as const;
  const key = formatEventKey({ name: 'Purchase', id: 'purchase-1', reporter: 'browser', consent });
  const records = [{ offset: '1', key, at: 7, body: { corrupt: true, raw: new Uint8Array() } as const }];
  const rows = await toEventRows({ ...shop, connections: [] }, { store, getPlatform: () => ({ skipTexts: {} }) }, records);
  expect(rows).toMatchObject([{ gone: true, record: { name: 'Purchase', id: 'purchase-1', reporter: 'browser' } }]);
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
