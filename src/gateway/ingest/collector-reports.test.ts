import { expect, test, vi } from 'vitest';
import { createIngestDurations } from '../../event/durations.ts';
import { sha256 } from '../../identity/hashing.ts';
import { createReportSender, type ReportBatch, receiveReports } from './collector-reports.ts';

const rejected = [{ index: 0, id: 'o-3', issues: [{ code: 'time-too-old', field: 'time', message: '' }] }];

test('reports of a moment are sent at once, with equal counts added up, and reach the same functions', async () => {
  const batches: ReportBatch[] = [];
  const sender = createReportSender((batch) => batches.push(batch));
  sender.metrics.countReceived('shop', 'server', 2);
  sender.metrics.countReceived('shop', 'server', 3);
  sender.metrics.countResults('shop', 'server', { accepted: 2, duplicates: 0, rejected: [] });
  sender.metrics.countResults('shop', 'server', { accepted: 1, duplicates: 1, rejected });
  sender.metrics.countReceived('shop', 'browser', 1);
  for (const reason of ['rate-limited', 'internal', 'rate-limited']) sender.metrics.countRefused(reason);
  sender.onRefusedOrigin('shop', 'https://stranger.example');
  sender.onLeakedKey('shop', sha256('sk_1'));
  sender.onPublicKeyOnServer('shop', 3);
  sender.onPixelLoad('shop');
  sender.onUnsigned('shop', true, 'payments');
  sender.onMismatch('shop', 'orders/create');
  sender.onHook('shop', 'crm', { result: 'ignored', body: '{"earlier":1}' });
  sender.onHook('shop', 'crm', { result: 'accepted', body: '{}' });
  sender.onApp('shop', { kind: 'uninstalled' });
  sender.onFault(Object.assign(new Error('disk image is malformed'), { code: 'SQLITE_CORRUPT' }));
  sender.warn({ network: '198.51.100.7' }, 'connections closed');
  sender.durations.acknowledge.count(0.2);
  for (const seconds of [0.1, 0.1]) sender.durations.append.count(seconds);
  expect(batches).toEqual([]);
  await expect.poll(() => batches.length).toBe(1);

  const calls: unknown[] = [];
  const note = (name: string) => vi.fn((...args: unknown[]) => void calls.push([name, ...args]));
  const durations = createIngestDurations();
  const [batch] = structuredClone(batches);
  if (batch)
    receiveReports(batch, {
      durations,
      metrics: { countReceived: note('received'), countResults: note('results'), countRefused: note('refused') },
      onRefusedOrigin: note('refused origin'),
      onLeakedKey: note('leaked key'),
      onPublicKeyOnServer: note('public key'),
      onPixelLoad: note('pixel load'),
      onUnsigned: note('unsigned'),
      onMismatch: note('mismatch'),
      onHook: note('hook'),
      onApp: note('app'),
      onFault: note('fault'),
      warn: note('warning'),
    });
  expect(calls).toEqual([
    ['received', 'shop', 'server', 5],
    ['results', 'shop', 'server', { accepted: 3, duplicates: 1, rejected }],
    ['received', 'shop', 'browser', 1],
    ['results', 'shop', 'browser', { accepted: 0, duplicates: 0, rejected: [] }],
    ['refused', 'rate-limited', 2],
    ['refused', 'internal', 1],
    ['refused origin', 'shop', 'https://stranger.example'],
    ['leaked key', 'shop', sha256('sk_1')],
    ['public key', 'shop', 3],
    ['pixel load', 'shop'],
    ['unsigned', 'shop', true, 'payments'],
    ['mismatch', 'shop', 'orders/create'],
    ['hook', 'shop', 'crm', { result: 'accepted', body: '{}' }],
    ['app', 'shop', { kind: 'uninstalled' }],
    ['fault', expect.objectContaining({ message: 'disk image is malformed', code: 'SQLITE_CORRUPT' })],
    ['warning', { network: '198.51.100.7' }, 'connections closed'],
  ]);
  expect(durations.acknowledge.read()).toMatchObject({ all: 1, seconds: 0.2 });
  expect(durations.append.read()).toMatchObject({ all: 2, seconds: 0.2 });
});

test('a later report is sent with the next ones', () => {
  const batches: ReportBatch[] = [];
  const sender = createReportSender((batch) => batches.push(batch));
  sender.onPixelLoad('one');
  sender.flush();
  sender.onPixelLoad('two');
  sender.flush();
  expect(batches.map(({ others }) => others)).toEqual([[{ pixelLoad: 'one' }], [{ pixelLoad: 'two' }]]);
});
