import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { formatEventKey } from '../../event/event-key.ts';
import { shop } from '../../ingest/site.fixture.ts';
import type { EventOutcome } from '../../storage/ports/outcomes.ts';
import { toEventRows } from './event-list.ts';
import { readNewest } from './newest-records.ts';

test('the row of an event without data has the reason, and its name, id and way in unless a person was erased', async () => {
  const store = {
    getOutcomes: async () => new Map(),
    getConnectionState: async () => undefined,
    findDuplicatesByPrimary: async () => new Map(),
    getAbsentReasons: async () => new Map([['1', 'consent-missing'] as const, ['2', 'erased-report'] as const]),
  };
  const key = formatEventKey({ name: 'Lead', id: 'lead-1', reporter: 'webhook', via: 'hook:crm' });
  const records = ['1', '2', '3'].map((offset) => ({ offset, key, at: 7, body: { redacted: true } as const }));
  const rows = await toEventRows({ ...shop, connections: [] }, { store, getPlatform: () => ({ skipTexts: {} }) }, records);
  const lead = { name: 'Lead', id: 'lead-1', reporter: 'webhook', via: 'hook:crm', reportedBy: 'the hook crm' };
  expect(rows).toMatchObject([
    { gone: true, reason: 'consent-denied', says: expect.stringContaining('No consent came within 90 s'), record: lead },
    { reason: 'erased', says: expect.stringContaining('privacy request') },
    { reason: 'erased' },
  ]);
  expect(rows.slice(1).every((row) => !('record' in row))).toBe(true);
});

test('an event without data waits nowhere: each connection that has not reached it says that nothing is sent', async () => {
  const connection = (id: string) => ({ id, destination: 'microsoft', enabled: true, settings: {} });
  const connections = ['bing', 'late', 'held', 'done'].map(connection);
  const stored: Readonly<Record<string, EventOutcome>> = { held: 'waiting', done: 'consent-denied' };
  const store = {
    getOutcomes: async (consumer: string) => {
      const outcome = stored[consumer.split('/')[1] ?? ''];
      return new Map(outcome ? [['1', { offset: '1', outcome, issues: [] }]] : []);
    },
    getConnectionState: async (consumer: string) =>
      consumer.endsWith('/late') ? { ...Object(), begins: { after: '9', at: 0, events: 9 } } : undefined,
    getAbsentReasons: async () => new Map([['1', 'consent-missing'] as const, ['2', 'consent-missing'] as const]),
    findDuplicatesByPrimary: async () => new Map([['2', ['3']]]),
  };
  const key = formatEventKey({ name: 'Purchase', id: 'p', reporter: 'server' });
  const signal = formatEventKey({ name: '$consent', id: 's', reporter: 'browser' });
  const records = [
    ['1', key],
    ['2', key],
    ['4', signal],
  ].map(([offset = '', key = '']) => ({ offset, key, at: 7, body: { redacted: true } as const }));
  const rows = await toEventRows({ ...shop, connections }, { store, getPlatform: () => ({ skipTexts: {} }) }, records);
  const describe = (row = 0) => rows[row]?.outcomes.map(({ outcome, says }) => [outcome, says]);
  const skips = 'Nothing is sent. The connection has not reached the event yet, and then skips it as `consent-denied`.';
  expect(describe()).toEqual([
    ['undelivered', skips],
    ['before-connection', expect.stringContaining('No replay sends it')],
    ['waiting', skips],
    ['consent-denied', expect.not.stringContaining('Nothing is sent')],
  ]);
  // Another report of the event still has its data.
  expect(describe(1)?.[0]).toEqual(['undelivered', 'Not delivered yet.']);
  expect(describe(2)).toEqual([]);
});

test('the row of a denied report without data has its source', async () => {
  const store = {
    getOutcomes: async () => new Map(),
    getConnectionState: async () => undefined,
    findDuplicatesByPrimary: async () => new Map(),
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

test('a page of 100 events on seven platforms is at most 100 KB on the wire', async () => {
  const connections = ['bing', 'meta', 'google', 'tiktok', 'pinterest', 'openai', 'warehouse'].map((id) => ({
    id,
    destination: 'microsoft',
    enabled: true,
    settings: {},
  }));
  const outcomes: readonly EventOutcome[] = ['delivered', 'dead', 'consent-denied', 'waiting', 'unverified', 'no-identifier'];
  const issues = Array.from({ length: 3 }, (_, nth) => ({
    field: `commerce.items[${nth}].price`,
    code: 'number-invalid',
    message: 'Must be a number. Send the price per unit after discounts, without a currency.',
  }));
  const store = {
    getOutcomes: async (consumer: string, offsets: readonly string[]) =>
      new Map(
        offsets.map((offset) => {
          const outcome = outcomes[(Number(offset) * consumer.length) % outcomes.length] ?? 'dead';
          return [offset, { offset, outcome, issues }] as const;
        }),
      ),
    getConnectionState: async () => undefined,
    findDuplicatesByPrimary: async () => new Map(),
    getAbsentReasons: async () => new Map(),
  };
  // Ids, prices and addresses that no compression shortens.
  const random = (seed: number) => createHash('sha256').update(String(seed)).digest('hex');
  const records = Array.from({ length: 100 }, (_, nth) => {
    const id = random(nth);
    const items = Array.from({ length: 5 }, (_item, at) => ({
      id: random(nth * 7 + at).slice(0, 12),
      name: `Clock ${random(at + nth)}`,
      price: nth,
    }));
    const event = {
      ...{
        v: 1,
        site: 'shop',
        name: 'Purchase',
        id,
        reporter: 'server',
        time: 1_795_514_400_000 + nth,
        receivedAt: 1_795_514_400_000 + nth,
      },
      consent: { stated: 'granted', effective: 'granted' },
      identity: { forms: {}, clickIds: {}, anonymousId: random(nth + 1_000).slice(0, 32) },
      client: { country: 'DE' },
      page: { url: `https://shop.example/thanks?order=${random(nth + 2_000)}`, title: 'Thank you' },
      commerce: { value: nth, currency: 'EUR', orderId: random(nth + 3_000).slice(0, 16), items },
      goal: {},
      properties: {},
      warnings: [],
    };
    const bytes = Buffer.from(JSON.stringify(event));
    return {
      offset: String(nth).padStart(16, '0'),
      key: formatEventKey({ name: 'Purchase', id, reporter: 'server' }),
      at: 7,
      body: { bytes },
    };
  });
  const rows = await toEventRows({ ...shop, connections }, { store, getPlatform: () => ({ skipTexts: {} }) }, records);
  expect(rows).toHaveLength(100);
  expect(rows[0]).toMatchObject({ id: random(0), shopper: expect.stringMatching(/^[0-9a-f]{8}$/), country: 'DE' });
  expect(gzipSync(JSON.stringify({ events: rows })).length).toBeLessThan(100 * 1_024);
});
