import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Site } from '../event/site.ts';
import { type EventLog, LogUnavailable } from '../log/log.ts';
import { openSqliteLog } from '../log/sqlite.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { type ApiParts, adminApi } from './app.ts';
import { ApiError, apiClient } from './client.ts';

const now = () => 1_795_514_400_000;
const shop: Site = {
  id: 'shop',
  name: 'Shop',
  domains: ['shop.example'],
  platform: 'custom',
  writeKey: 'wk_test',
  secretKeyHashes: [],
  consent: { policy: 'granted' },
  bots: 'drop',
  uet: { mode: 'off', script: 'https://bat.bing.com/bat.js', queue: 'uetq', idSync: 'https://c.bing.com/c.gif' },
  purchaseHoldSeconds: 'auto',
  connections: [],
};

describe('the admin API', () => {
  let dir: string;
  let log: EventLog;
  let store: Store;
  let faults: unknown[];

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'convey-test-'));
    log = await openSqliteLog(join(dir, 'log.sqlite'), { now });
    store = await openSqliteStore(join(dir, 'state.sqlite'), { now });
    faults = [];
  });
  afterEach(async () => {
    await log.close();
    await store.close();
    rmSync(dir, { recursive: true });
  });

  const api = (sendTest: ApiParts['sendTest']) =>
    adminApi({
      version: '1',
      startedAt: now(),
      now,
      sites: [shop],
      platformOf: () => {
        throw new Error('no connections');
      },
      log,
      store,
      control: () => undefined,
      isLive: () => false,
      recalledOf: async () => [],
      eraser: { erase: async () => 'busy', looked: () => undefined },
      sendTest,
      onFault: (error) => faults.push(error),
    });

  it('answers a fault of its own with `internal`, tells the gateway of it and nobody else', async () => {
    const fault = new Error('canary');
    const answer = await api(() => Promise.reject(fault)).request('/api/sites/shop/send-test', { method: 'POST' });
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({ error: { code: 'internal', message: expect.not.stringContaining('canary') } });
    expect(faults).toEqual([fault]);
  });

  it('has match quality for the connections of the site, and for no other', async () => {
    const app = api(() => Promise.resolve(''));
    const all = await app.request('/api/sites/shop/match-quality?since=2026-11-01&until=2026-11-24');
    expect([all.status, await all.json()]).toEqual([200, []]);
    const other = await app.request('/api/sites/shop/match-quality?connection=nothing');
    expect([other.status, await other.json()]).toMatchObject([404, { error: { code: 'no-such-connection' } }]);
  });

  it('says that events cannot be stored at the moment, which is no fault', async () => {
    const app = api(() => Promise.reject(new LogUnavailable('canary')));
    const answer = await app.request('/api/sites/shop/send-test', { method: 'POST' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({ error: { code: 'not-accepting' } });
    expect(faults).toEqual([]);
  });
});

describe('the client of the admin API', () => {
  const failure = (status: number, body: string) =>
    apiClient(() => Promise.resolve({ status, body }))
      .status()
      .catch((error: unknown) => error);

  it('passes a refusal on in its own words', async () => {
    const error = await failure(404, '{"error":{"code":"no-such-site","message":"There is no such site."}}');
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 'no-such-site', message: 'There is no such site.' });
  });

  it.each(['Internal Server Error', '', 'null', '{"error":"no"}'])(
    'calls an answer that is no refusal internal: %j',
    async (body) => {
      const error = await failure(502, body);
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ code: 'internal', message: expect.stringMatching(/answered 502 .*Look at its log/) });
    },
  );
});
