import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { mountMetricsRoute, type ScrapeDeps } from './metrics-endpoint.ts';
import type { DashboardEnv } from './sign-in.ts';

const token = 'x9'.repeat(20);
const here = { host: '127.0.0.1' };

async function ask(
  listening: ScrapeDeps['listening'],
  headers: Readonly<Record<string, string>> = {},
  peer: string | undefined = '127.0.0.1',
) {
  const dashboardApp = new Hono<DashboardEnv>();
  mountMetricsRoute(dashboardApp, {
    scrape: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'convey_ready 1\n' }),
    getPeer: () => peer,
    listening,
  });
  return dashboardApp.request('http://127.0.0.1:8081/metrics', { headers: { host: '127.0.0.1:8081', ...headers } });
}

it('a program on this machine may scrape without a token', async () => {
  for (const peer of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
    const answer = await ask(here, {}, peer);
    expect([answer.status, await answer.text()]).toEqual([200, 'convey_ready 1\n']);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  }
  expect((await ask(here, { host: 'localhost:9999' })).status).toBe(200);
  expect((await ask({ host: '0.0.0.0', publicUrl: 'http://127.0.0.1:8081' })).status).toBe(200);
});

it.each([
  ['comes from another machine', here, {}, '203.0.113.42'],
  ['comes from another machine with a forged header', here, { 'x-forwarded-for': '127.0.0.1' }, '203.0.113.42'],
  ['was forwarded', here, { 'x-forwarded-for': '203.0.113.42' }, '127.0.0.1'],
  ['was forwarded with the standard header', here, { forwarded: 'for=203.0.113.42' }, '127.0.0.1'],
  ['was forwarded by a cache', here, { via: '1.1 proxy' }, '127.0.0.1'],
  ['has a rebound host name', here, { host: 'rebound.shop.example' }, '127.0.0.1'],
  ['has an address of the network', { host: '0.0.0.0' }, { host: '192.0.2.7:8081' }, '127.0.0.1'],
  ['is from a page of another site', here, { 'sec-fetch-site': 'cross-site' }, '127.0.0.1'],
  ['is from a page of another port', here, { origin: 'http://127.0.0.1:3000' }, '127.0.0.1'],
  ['may come through a silent proxy', { ...here, publicUrl: 'https://convey.shop.example' }, {}, '127.0.0.1'],
  ['has a token although none is configured', here, { authorization: `Bearer ${token}` }, '203.0.113.42'],
] as const)('a request without a token is rejected if it %s', async (_, listening, headers, peer) => {
  const answer = await ask(listening, headers, peer);
  expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect(await answer.json()).toMatchObject({ error: { code: 'metrics-refused' } });
});

it('a configured token is required, and is sufficient', async () => {
  const listening = { host: '0.0.0.0', publicUrl: 'https://convey.shop.example', metricsToken: token };
  const validHeaders = { authorization: `Bearer ${token}`, host: 'gateway:8081', 'x-forwarded-for': '203.0.113.42' };
  expect((await ask(listening, validHeaders, '203.0.113.42')).status).toBe(200);
  for (const authorization of [`Bearer ${token}x`, `Bearer ${token.slice(1)}`, `Basic ${token}`, token, 'Bearer', ''])
    expect((await ask(listening, { authorization })).status, authorization).toBe(401);
  expect((await ask(listening)).status).toBe(401);
});
