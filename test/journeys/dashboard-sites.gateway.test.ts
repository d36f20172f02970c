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
  startGatewayProcess,
  tagId,
} from '../gateway.fixture.ts';
import { type PacedGateway, startLocalGateway } from '../paced-gateway.fixture.ts';

/** A shop that is set up in the dashboard: sends the requests of its pages over the socket to a gateway. */

const token = 'canary-token-4711';
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).toReversed()) await cleanUp();
});

interface Scene {
  readonly folder: Folder;
  readonly file: string;
  readonly microsoft: MicrosoftSimulator;
  readonly ask: ApiClient;
  /** Starts a gateway in a process of its own. */
  start(): Promise<RunningGateway>;
  /** Starts a gateway in this process. */
  startLocally(): Promise<PacedGateway>;
}

async function startScene(): Promise<Scene> {
  const folder = makeFolder();
  const microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: token } });
  cleanups.push(folder.remove, () => microsoft.close());
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
    cleanups.push(() => gateway.kill());
    return gateway;
  };
  const startLocally = async () => {
    const gateway = await startLocalGateway(file);
    cleanups.push(gateway.stop);
    return gateway;
  };
  return { folder, file, microsoft, start, startLocally, ask: connectToGateway(folder) };
}

const getDelivered = ({ microsoft }: Scene) => microsoft.journalEvents().filter(({ server }) => server.length > 0);
const send = (url: string, key: string, ...events: readonly unknown[]) =>
  fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ events }),
  });
const sendAddToCart = (url: string, writeKey: string, id: string) =>
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
  const scene = await startScene();
  const { ask } = scene;
  const { url, output } = await scene.start();
  expect(await eventually(() => output().includes('There is no site yet. Create one in the dashboard'))).toBe(true);

  const site = 'shop';
  const createdSite = await ask('POST /api/sites', {}, { id: site, domains: ['shop.example'], consent: { policy: 'granted' } });
  const script = await fetch(`${url}/p.js?k=${createdSite.writeKey}`);
  expect(await script.text()).toContain(createdSite.writeKey);
  const first = await sendAddToCart(url, createdSite.writeKey, 'cart-1');
  expect(first.status).toBe(202);
  expect(first.headers.get('access-control-allow-origin')).toBe('https://www.shop.example');

  // The checklist, before the site has a connection.
  await eventually(async () => (await ask('GET /api/sites/:site/checklist', { site })).firstEventAt !== undefined);
  const getStepState = async (step: string) =>
    (await ask('GET /api/sites/:site/checklist', { site })).steps.find(({ id }) => id === step)?.state;
  expect([await getStepState('pixel-seen'), await getStepState('connection-made')]).toEqual(['done', 'waiting']);

  const connection = 'bing';
  const settings = { tagId, token: 'not-this-one' };
  const refusedTrial = await ask('POST /api/sites/:site/try-connection', { site }, { destination: 'microsoft', settings });
  expect(refusedTrial).toMatchObject({ ok: false, says: expect.stringContaining('does not accept the token') });
  expect(
    await ask('POST /api/sites/:site/try-connection', { site }, { destination: 'microsoft', settings: { tagId, token } }),
  ).toEqual({ ok: true, state: 'accepted', says: expect.any(String), issues: [] });
  const putConnection = (input: Readonly<Record<string, unknown>>) =>
    ask('PUT /api/sites/:site/connections/:connection', { site, connection }, { destination: 'microsoft', settings: input });
  const withConnection = await putConnection({ tagId, token });
  expect(JSON.stringify(withConnection)).not.toContain(token);
  expect(withConnection.connections[0]).toMatchObject({ id: 'bing', secrets: ['token'], isLive: false });

  // A new connection starts with the next event.
  const { key, id: keyId } = await ask('POST /api/sites/:site/keys', { site }, { kind: 'secret' });
  expect((await sendAddToCart(url, createdSite.writeKey, 'cart-2')).status).toBe(202);
  expect((await send(url, key, purchase('ord-1'))).status).toBe(202);
  expect(await eventually(() => getDelivered(scene).length === 2)).toBe(true);
  expect(getDelivered(scene).map(({ eventId }) => eventId)).toEqual(expect.arrayContaining(['cart-2', 'ord-1']));
  // The platform receives the event shortly before the connection stores the delivery.
  expect(await eventually(async () => (await getStepState('first-delivered')) === 'done')).toBe(true);

  // A wrong token pauses the connection without a loss, and a valid one resumes it.
  await putConnection({ tagId, token: 'broken-token-0815' });
  await send(url, key, purchase('ord-2'));
  const getHealth = async () => (await ask('GET /api/connections')).find(({ id }) => id === connection)?.health;
  expect(await eventually(async () => (await getHealth()) === 'unhealthy')).toBe(true);
  expect(await getStepState('credential-accepted')).toBe('problem');
  await putConnection({ tagId, token });
  expect(await eventually(() => getDelivered(scene).length === 3)).toBe(true);
  expect(await eventually(async () => (await getHealth()) === 'healthy')).toBe(true);

  // A change of other settings keeps the token.
  await putConnection({ tagId, pageLoads: 'never' });
  await send(url, key, purchase('ord-3'));
  expect(await eventually(() => getDelivered(scene).length === 4)).toBe(true);

  // The new write key is valid, and so is the old one until it is removed.
  const next = await ask('POST /api/sites/:site/keys', { site }, { kind: 'write' });
  expect((await (await fetch(`${url}/p.js?k=${next.key}`)).text()).includes(next.key)).toBe(true);
  expect((await sendAddToCart(url, createdSite.writeKey, 'cart-3')).status).toBe(202);
  await ask('DELETE /api/sites/:site/keys/:key', { site, key: createdSite.writeKey });
  expect((await sendAddToCart(url, createdSite.writeKey, 'cart-4')).status).toBe(401);
  expect((await sendAddToCart(url, next.key, 'cart-5')).status).toBe(202);

  // Pages of a removed domain are refused.
  await ask('PATCH /api/sites/:site', { site }, { domains: ['other.example'] });
  expect((await sendAddToCart(url, next.key, 'cart-6')).status).toBe(403);

  await ask('DELETE /api/sites/:site/keys/:key', { site, key: keyId });
  expect((await send(url, key, purchase('ord-4'))).status).toBe(401);
  await ask('DELETE /api/sites/:site', { site });
  expect((await sendAddToCart(url, next.key, 'cart-7')).status).toBe(403); // no site has the page's domain any more
  expect((await fetch(`${url}/p.js?k=${next.key}`)).status).toBe(401);
  expect((await ask('GET /api/status')).sites).toEqual([]);
  await expect(ask('POST /api/sites', {}, { id: site, domains: ['shop.example'] })).rejects.toMatchObject({
    code: 'site-exists',
  });

  for (const secret of [token, 'broken-token-0815', 'not-this-one', key]) {
    expect(output()).not.toContain(secret);
    for (const name of readdirSync(scene.folder.dataDir).filter((one) => one !== 'admin.sock'))
      expect(readFileSync(join(scene.folder.dataDir, name)).toString('latin1'), name).not.toContain(secret);
  }
}, 120_000);

test('dashboard sites survive a crash and a key rotation, and a lost key is reported', async () => {
  const scene = await startScene();
  const { ask, folder, file } = scene;
  const gateway = await scene.start();
  const site = 'shop';
  await ask('POST /api/sites', {}, { id: site, domains: ['shop.example'], consent: { policy: 'granted' } });
  const { key } = await ask('POST /api/sites/:site/keys', { site }, { kind: 'secret' });
  await ask(
    'PUT /api/sites/:site/connections/:connection',
    { site, connection: 'bing' },
    { destination: 'microsoft', settings: { tagId, token } },
  );
  const keyFile = join(folder.dataDir, 'secrets.key');
  const oldKey = readFileSync(keyFile, 'utf8');
  const rotation = await convey('secrets', 'rotate', '--config', file);
  expect(rotation).toMatchObject({ code: 0, stderr: '' });
  expect(rotation.stdout).toContain('1 secret is encrypted with the new key.');
  expect(readFileSync(keyFile, 'utf8')).not.toBe(oldKey);
  await send(gateway.url, key, purchase('ord-1'));
  expect(await eventually(() => getDelivered(scene).length === 1)).toBe(true);
  await gateway.kill();

  const check = await convey('check', '--config', file);
  expect(check.stdout).toContain('shop/bing: The platform accepts the credential');

  const { url, stop } = await scene.startLocally();
  await send(url, key, purchase('ord-2'));
  expect(await eventually(() => getDelivered(scene).length === 2)).toBe(true);
  await stop();

  writeFileSync(keyFile, oldKey);
  const checkWithLostKey = await convey('check', '--config', file);
  expect(checkWithLostKey.code).toBe(1);
  expect(checkWithLostKey.stdout).toMatch(/problem {2}shop\/bing: .*enter the secret again/);
  await scene.startLocally();
  const [siteView] = await ask('GET /api/sites');
  expect(siteView?.connections[0]).toMatchObject({
    problem: expect.stringContaining('enter the secret again'),
    secrets: ['token'],
  });
  expect((await ask('GET /api/sites/:site/checklist', { site })).steps.find(({ id }) => id === 'connection-made')?.state).toBe(
    'problem',
  );
}, 120_000);

test('the doctor reads a page of the site, and no other', async () => {
  const scene = await startScene();
  await scene.startLocally();
  const shop = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<html><head></head></html>'));
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => shop.close());
  const address = shop.address();
  const page = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  const site = 'shop';
  const createdSite = await scene.ask('POST /api/sites', {}, { id: site, domains: ['127.0.0.1'] });
  expect(createdSite.pixel).toMatchObject({
    isGuess: false,
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/p\.js\?k=wk_/),
  });
  const findings = await scene.ask('POST /api/sites/:site/doctor', { site }, { page });
  expect(findings.advice.find(({ subject }) => subject === 'snippet')).toMatchObject({
    level: 'problem',
    paste: { lines: expect.stringContaining(createdSite.writeKey) },
  });
  await expect(
    scene.ask('POST /api/sites/:site/doctor', { site }, { page: page.replace('127.0.0.1', 'localhost') }),
  ).rejects.toMatchObject({ code: 'parameter-invalid' });
  await expect(scene.ask('POST /api/sites/:site/doctor', { site }, { page: 'http://127.0.0.1:1/' })).rejects.toMatchObject({
    code: 'page-unreadable',
  });
  const doctorReport = await convey('check', '--page', page, '--config', scene.file);
  expect(doctorReport.stdout).toContain(`site: ${site}, the site of 127.0.0.1`);
}, 60_000);
