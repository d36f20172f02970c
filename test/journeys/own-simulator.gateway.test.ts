import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { readConfig } from '../../src/config/config.ts';
import { startGateway } from '../../src/gateway/start-gateway.ts';
import { createLogger } from '../../src/logger.ts';
import { eventually } from '../gateway.fixture.ts';

const journalSchema = z.object({ events: z.array(z.object({ eventId: z.string() })) });

test('a site sends to a simulator in the gateway, also after a restart, and to no other private address', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const port = { host: '127.0.0.1', port: 0 };
  const read = readConfig(JSON.stringify({ dataDir: dir, collector: port, dashboard: port }), {}, dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const logger = createLogger('silent', process.stderr);
  let stop = async () => {};
  onTestFinished(() => stop());
  const start = async () => {
    const gateway = await startGateway(read.config, { version: '0.0.0-test', logger });
    stop = () => gateway.stop(0);
    return gateway.url;
  };
  const ask = connectToGateway({ dataDir: dir });
  const getJournal = async (page: string | undefined, path: string): Promise<unknown> =>
    (await fetch(`${page}journal${path}`)).json();
  const isDelivered = async (page: string | undefined, id: string) => {
    const { events } = journalSchema.parse(await getJournal(page, '/events'));
    return events.some(({ eventId }) => eventId === id);
  };
  const site = 'shop';
  const connection = 'microsoft-simulator';
  const send = async (url: string, key: string, id: string) => {
    const event = { id, name: 'Lead', user: { email: 'jane.doe@example.com' }, consent: { adStorage: 'granted' } };
    const headers = { authorization: `Bearer ${key}` };
    const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify({ events: [event] }) });
    expect(answer.status).toBe(202);
  };

  const url = await start();
  await ask('POST /api/sites', {}, { id: site, domains: ['shop.example'] });
  const { key } = await ask('POST /api/sites/:site/keys', { site }, { kind: 'secret' });
  const simulated = await ask('POST /api/sites/:site/simulator', { site }, { destination: 'microsoft' });
  const [{ simulatorUrl } = {}] = simulated.connections;
  expect(simulated.connections).toMatchObject([{ id: connection, isLive: false, secrets: [] }]);
  expect(simulatorUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/microsoft\/$/);
  await send(url, key, 'lead-1');
  expect(await eventually(() => isDelivered(simulatorUrl, 'lead-1'))).toBe(true);

  const refusal = { code: 'parameter-invalid' };
  const put = (to: string, destination: string, settings: Readonly<Record<string, unknown>>) =>
    ask('PUT /api/sites/:site/connections/:connection', { site, connection: to }, { destination, settings });
  const { origin } = new URL(simulatorUrl ?? '');
  const webhook = { url: `${origin}/receive`, secrets: [`whsec_${Buffer.alloc(32, 7).toString('base64')}`] };
  await expect(put('other', 'webhook', webhook)).rejects.toMatchObject({ issues: [{ field: 'settings.url' }] });
  await expect(put(connection, 'microsoft', { tagId: '187012345', token: 'own' })).rejects.toMatchObject(refusal);
  await expect(ask('POST /api/sites/:site/simulator', { site }, { destination: 'none' })).rejects.toMatchObject(refusal);
  await stop();

  const nextUrl = await start();
  const { connections } = await ask('GET /api/sites/:site', { site });
  expect(connections).toMatchObject([{ id: connection, isSimulated: true, simulatorUrl }]);
  expect(connections[0]).not.toHaveProperty('problem');
  await send(nextUrl, key, 'lead-2');
  const page = connections[0]?.simulatorUrl;
  expect(await eventually(() => isDelivered(page, 'lead-2'))).toBe(true);

  const countRequests = async () =>
    z.object({ requests: z.array(z.unknown()) }).parse(await getJournal(page, '')).requests.length;
  for (let sent = 0; sent < 510; sent += 1)
    await fetch(`${new URL(page ?? '').origin}/v1/1/events`, { method: 'POST', body: '{}' });
  expect(await countRequests()).toBe(500);
  await ask('POST /api/sites/:site/erase', { site }, { email: 'jane.doe@example.com' });
  expect(await countRequests()).toBe(0);
  await send(nextUrl, key, 'lead-3');
  expect(await eventually(() => isDelivered(page, 'lead-3'))).toBe(true);
  await ask('DELETE /api/sites/:site/connections/:connection', { site, connection });
  expect(await countRequests()).toBe(0);
});
