import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { ApiClient } from '../../src/api/client.ts';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { convey } from '../cli.fixture.ts';
import {
  eventually,
  type Folder,
  makeFolder,
  purchase,
  type RunningGateway,
  runConveyProcess,
  startGatewayProcess,
  tagId,
} from '../gateway.fixture.ts';

/** A shop that is set up in the dashboard alone: what its pages ask, asked over the socket, of a gateway in a process of its own. */

const token = 'canary-token-4711';
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

interface Scene {
  readonly folder: Folder;
  readonly file: string;
  readonly microsoft: MicrosoftSimulator;
  readonly ask: ApiClient;
  start(): Promise<RunningGateway>;
}

async function scene(): Promise<Scene> {
  const folder = makeFolder();
  const microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: token } });
  ending.push(folder.remove, () => microsoft.close());
  const file = join(folder.dir, 'convey.json');
  const config = {
    dataDir: folder.dataDir,
    collector: { host: '127.0.0.1', port: 0 },
    dashboard: { port: 0 },
    allowPrivateDestinations: true,
    endpoints: { microsoft: microsoft.url },
    logLevel: 'debug',
  };
  writeFileSync(file, JSON.stringify(config));
  const start = async () => {
    const gateway = await startGatewayProcess(file);
    ending.push(() => gateway.kill());
    return gateway;
  };
  return { folder, file, microsoft, start, ask: connectToGateway(folder) };
}

const delivered = ({ microsoft }: Scene) => microsoft.journalEvents().filter(({ server }) => server.length > 0);
const send = (url: string, key: string, ...events: readonly unknown[]) =>
  fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ events }),
  });
const view = (url: string, writeKey: string, id: string) =>
  fetch(`${url}/e`, {
    method: 'POST',
    headers: {
      origin: 'https://www.shop.example',
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
    },
    body: JSON.stringify({
      writeKey,
      sentAt: Date.now(),
      events: [
        { id, name: 'AddToCart', consent: { adStorage: 'granted', explicit: true }, page: { url: 'https://www.shop.example/' } },
      ],
    }),
  });

test('a shop is created in the dashboard, sends, is changed and removed, without a restart', async () => {
  const at = await scene();
  const { ask } = at;
  const { url, output } = await at.start();
  expect(await eventually(() => output().includes('There is no site yet. Create one in the dashboard'))).toBe(true);

  const site = 'shop';
  const made = await ask('POST /api/sites', {}, { id: site, domains: ['shop.example'], consent: { policy: 'granted' } });
  const script = await fetch(`${url}/p.js?k=${made.writeKey}`);
  expect(await script.text()).toContain(made.writeKey);
  const first = await view(url, made.writeKey, 'cart-1');
  expect(first.status).toBe(202);
  expect(first.headers.get('access-control-allow-origin')).toBe('https://www.shop.example');

  // The page of the checklist, before anything is sent anywhere.
  await eventually(async () => (await ask('GET /api/sites/:site/checklist', { site })).firstEventAt !== undefined);
  const stateOf = async (step: string) =>
    (await ask('GET /api/sites/:site/checklist', { site })).steps.find(({ id }) => id === step)?.state;
  expect([await stateOf('pixel-seen'), await stateOf('connection-made')]).toEqual(['done', 'waiting']);

  const connection = 'bing';
  const settings = { tagId, token: 'not-this-one' };
  const tried = await ask('POST /api/sites/:site/try-connection', { site }, { destination: 'microsoft', settings });
  expect(tried).toMatchObject({ ok: false, says: expect.stringContaining('does not accept the token') });
  expect(
    await ask('POST /api/sites/:site/try-connection', { site }, { destination: 'microsoft', settings: { tagId, token } }),
  ).toEqual({ ok: true, says: expect.any(String), issues: [] });
  const put = (given: Readonly<Record<string, unknown>>) =>
    ask('PUT /api/sites/:site/connections/:connection', { site, connection }, { destination: 'microsoft', settings: given });
  const withConnection = await put({ tagId, token });
  expect(JSON.stringify(withConnection)).not.toContain(token);
  expect(withConnection.connections[0]).toMatchObject({ id: 'bing', secrets: ['token'], isLive: false });

  // It begins with what comes next.
  const { key, id: keyId } = await ask('POST /api/sites/:site/keys', { site }, { kind: 'secret' });
  expect((await view(url, made.writeKey, 'cart-2')).status).toBe(202);
  expect((await send(url, key, purchase('ord-1'))).status).toBe(202);
  expect(await eventually(() => delivered(at).length === 2)).toBe(true);
  expect(delivered(at).map(({ eventId }) => eventId)).toEqual(expect.arrayContaining(['cart-2', 'ord-1']));
  // The platform has it a moment before the connection has noted that.
  expect(await eventually(async () => (await stateOf('first-delivered')) === 'done')).toBe(true);

  // A wrong token pauses it and loses nothing; the right one has it go on.
  await put({ tagId, token: 'broken-token-0815' });
  await send(url, key, purchase('ord-2'));
  const health = async () => (await ask('GET /api/connections')).find(({ id }) => id === connection)?.health;
  expect(await eventually(async () => (await health()) === 'unhealthy')).toBe(true);
  expect(await stateOf('credential-accepted')).toBe('problem');
  await put({ tagId, token });
  expect(await eventually(() => delivered(at).length === 3)).toBe(true);
  expect(await eventually(async () => (await health()) === 'healthy')).toBe(true);

  // Settings that change leave the token where it is.
  await put({ tagId, pageLoads: 'never' });
  await send(url, key, purchase('ord-3'));
  expect(await eventually(() => delivered(at).length === 4)).toBe(true);

  // The new write key counts, and the old one until it is removed.
  const next = await ask('POST /api/sites/:site/keys', { site }, { kind: 'write' });
  expect((await (await fetch(`${url}/p.js?k=${next.key}`)).text()).includes(next.key)).toBe(true);
  expect((await view(url, made.writeKey, 'cart-3')).status).toBe(202);
  await ask('DELETE /api/sites/:site/keys/:key', { site, key: made.writeKey });
  expect((await view(url, made.writeKey, 'cart-4')).status).toBe(401);
  expect((await view(url, next.key, 'cart-5')).status).toBe(202);

  // Pages of a new domain, and of one that is not a domain of it any more.
  await ask('PATCH /api/sites/:site', { site }, { domains: ['other.example'] });
  expect((await view(url, next.key, 'cart-6')).status).toBe(403);

  await ask('DELETE /api/sites/:site/keys/:key', { site, key: keyId });
  expect((await send(url, key, purchase('ord-4'))).status).toBe(401);
  await ask('DELETE /api/sites/:site', { site });
  expect((await view(url, next.key, 'cart-7')).status).toBe(403); // no site lists the page any more
  expect((await fetch(`${url}/p.js?k=${next.key}`)).status).toBe(401);
  expect((await ask('GET /api/status')).sites).toEqual([]);
  await expect(ask('POST /api/sites', {}, { id: site, domains: ['shop.example'] })).rejects.toMatchObject({
    code: 'site-exists',
  });

  for (const secret of [token, 'broken-token-0815', 'not-this-one', key]) {
    expect(output()).not.toContain(secret);
    for (const name of readdirSync(at.folder.dataDir).filter((one) => one !== 'admin.sock'))
      expect(readFileSync(join(at.folder.dataDir, name)).toString('latin1'), name).not.toContain(secret);
  }
}, 120_000);

test('dashboard sites survive a crash and a key rotation, and a lost key is reported', async () => {
  const at = await scene();
  const { ask, folder, file } = at;
  const gateway = await at.start();
  const site = 'shop';
  await ask('POST /api/sites', {}, { id: site, domains: ['shop.example'], consent: { policy: 'granted' } });
  const { key } = await ask('POST /api/sites/:site/keys', { site }, { kind: 'secret' });
  await ask(
    'PUT /api/sites/:site/connections/:connection',
    { site, connection: 'bing' },
    { destination: 'microsoft', settings: { tagId, token } },
  );
  const keyFile = join(folder.dataDir, 'secrets.key');
  const before = readFileSync(keyFile, 'utf8');
  const rotated = await runConveyProcess('secrets', 'rotate', '--config', file);
  expect(rotated).toMatchObject({ code: 0, stderr: '' });
  expect(rotated.stdout).toContain('1 secret is encrypted with the new key.');
  expect(readFileSync(keyFile, 'utf8')).not.toBe(before);
  await send(gateway.url, key, purchase('ord-1'));
  expect(await eventually(() => delivered(at).length === 1)).toBe(true);
  await gateway.kill();

  const check = await convey('check', '--config', file);
  expect(check.stdout).toContain('shop/bing: The platform accepts the credential');

  const { url, kill } = await at.start();
  await send(url, key, purchase('ord-2'));
  expect(await eventually(() => delivered(at).length === 2)).toBe(true);
  await kill();

  writeFileSync(keyFile, before);
  const lost = await convey('check', '--config', file);
  expect(lost.code).toBe(1);
  expect(lost.stdout).toMatch(/problem {2}shop\/bing: .*enter the secret again/);
  await at.start();
  const [left] = await ask('GET /api/sites');
  expect(left?.connections[0]).toMatchObject({ problem: expect.stringContaining('enter the secret again'), secrets: ['token'] });
  expect((await ask('GET /api/sites/:site/checklist', { site })).steps.find(({ id }) => id === 'connection-made')?.state).toBe(
    'problem',
  );
}, 120_000);

test('the doctor reads a page of the site, and no other', async () => {
  const at = await scene();
  await at.start();
  const shop = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<html><head></head></html>'));
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  ending.push(() => shop.close());
  const address = shop.address();
  const page = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  const site = 'shop';
  const made = await at.ask('POST /api/sites', {}, { id: site, domains: ['127.0.0.1'] });
  expect(made.pixel).toMatchObject({ isGuess: false, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/p\.js\?k=wk_/) });
  const found = await at.ask('POST /api/sites/:site/doctor', { site }, { page });
  expect(found.advice.find(({ subject }) => subject === 'snippet')).toMatchObject({
    level: 'problem',
    paste: { lines: expect.stringContaining(made.writeKey) },
  });
  await expect(
    at.ask('POST /api/sites/:site/doctor', { site }, { page: page.replace('127.0.0.1', 'localhost') }),
  ).rejects.toMatchObject({ code: 'parameter-invalid' });
  await expect(at.ask('POST /api/sites/:site/doctor', { site }, { page: 'http://127.0.0.1:1/' })).rejects.toMatchObject({
    code: 'page-unreadable',
  });
  const asked = await convey('check', '--page', page, '--config', at.file);
  expect(asked.stdout).toContain(`site: ${site}, the site of 127.0.0.1`);
}, 60_000);
