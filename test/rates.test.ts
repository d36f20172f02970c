import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { startGateway } from '../src/gateway.ts';
import { makeLogger } from '../src/telemetry.ts';
import { makeFolder, purchase, secretKey, startSink, writeKey } from './gateway.fixture.ts';

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

it('each rate of the config file holds what it says, and nothing else', async () => {
  const folder = makeFolder();
  const sink = await startSink();
  const file = folder.config(sink.url, { site: { webhooks: { secrets: ['shpss_0123456789'] } } });
  const written: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
  const few = (burst: number) => ({ perSecond: 1, burst });
  const collector = {
    host: '127.0.0.1',
    port: 0,
    trustedProxies: ['127.0.0.1'],
    perAddress: few(10),
    perSecretKey: few(20),
    wrongKeys: few(30),
    unsignedWebhooks: few(40),
  };
  const read = readConfig(JSON.stringify({ ...written, dataDir: join(folder.dir, 'rates'), collector }), {}, folder.dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const gateway = await startGateway(read.config, { version: 'test', logger: makeLogger('silent', process.stderr) });
  ending.push(folder.remove, sink.close, () => gateway.stop(0));

  const ask = async (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const told = { 'x-forwarded-for': '198.51.100.7', ...headers };
    const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', body: JSON.stringify(body), headers: told });
    return answer.status;
  };
  /** What it is answered at first, how often until the first 429, and how many more may have been let in by then at 1 a second. */
  const until429 = async (asking: () => Promise<number>) => {
    const from = performance.now();
    const first = await asking();
    let times = 1;
    while ((await asking()) !== 429 && times < 1_000) times += 1;
    return { first, times, more: Math.ceil((performance.now() - from) / 1_000) };
  };
  const events = { events: [purchase('o-1')] };
  const asked = {
    perAddress: () => ask('/e', { writeKey, ...events }),
    wrongKeys: () => ask('/v1/events', events, { authorization: 'Bearer sk_wrong' }),
    unsignedWebhooks: () => ask('/hooks/shopify/shop', {}),
    perSecretKey: () => ask('/v1/events', events, { authorization: `Bearer ${secretKey}` }),
  };
  const expected = { perAddress: [202, 10], wrongKeys: [401, 30], unsignedWebhooks: [401, 40], perSecretKey: [202, 20] } as const;
  for (const name of ['perAddress', 'wrongKeys', 'unsignedWebhooks', 'perSecretKey'] as const) {
    const { first, times, more } = await until429(asked[name]);
    const [status, burst] = expected[name];
    expect(first, name).toBe(status);
    expect(times, name).toBeGreaterThanOrEqual(burst);
    expect(times, name).toBeLessThanOrEqual(burst + more);
  }
});
