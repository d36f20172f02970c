import { expect, test } from 'vitest';
import type { SeenEvent } from '../../event/seen-event.ts';
import { startCollector } from './browser-route.fixture.ts';

const seen = [{ name: 'order_done', keys: ['basket.total', 'jane@shop.example'], value: 5 }];

test('names and fields of events go to an open session alone, and nothing is stored', async () => {
  const taken: [string, string, readonly SeenEvent[]][] = [];
  const { post, log } = await startCollector({
    onSeenEvents: async (site, credential, events) => {
      taken.push([site, credential, events]);
      return credential === 'token';
    },
  });
  expect(await post({ debug: 'token', seen })).toMatchObject({ status: 202, json: { open: true }, cookies: {} });
  expect(await post({ debug: 'ended', seen })).toMatchObject({ status: 202, json: { open: false } });
  expect(taken).toEqual(['token', 'ended'].map((one) => ['shop', one, [{ name: 'order_done', keys: ['basket.total'] }]]));
  for (const body of [{ seen }, { debug: 5, seen }, { debug: 'token', seen: 'all' }])
    expect(await post(body)).toMatchObject({ status: 400, json: { error: { code: 'event-count' } } });
  expect(await post({ debug: 'token', seen }, { origin: 'https://other.example' })).toMatchObject({ status: 403 });
  expect(taken).toHaveLength(2);
  expect(log.stored()).toEqual([]);
});

test('a collector without sessions answers that none is open', async () => {
  const { post } = await startCollector();
  expect(await post({ debug: 'token', seen })).toMatchObject({ status: 202, json: { open: false } });
});
