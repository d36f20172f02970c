import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectToGateway } from '../../../src/cli/cli-context.ts';
import { systemClock } from '../../../src/clock/clock.ts';
import { account, createAccountWorld, openGrant } from '../../../src/platform-accounts/account-world.fixture.ts';
import { startMicrosoftSimulator } from '../../../src/simulators/microsoft/simulator.ts';
import { EmptiedStore } from '../../../src/storage/store/sqlite/emptied-store.fixture.ts';
import { eventually, makeFolder, post, purchase, startGatewayProcess, tagId } from '../../gateway.fixture.ts';
import { openDashboard, signInAtMicrosoft } from '../../microsoft-account.fixture.ts';
import { startPacedGateway } from '../../paced-gateway.fixture.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../../postgres.fixture.ts';

/** Gateways upload late purchases with the access to an account, and end or meet in the middle of a call. */

const [hourMs, dayMs] = [3_600_000, 86_400_000];
const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});
const env = { CONVEY_SECRETS_KEY: 'c7'.repeat(32) };
const command = [process.execPath, '--import', join(import.meta.dirname, 'short-minutes.ts')] as const;

/** Starts a simulator whose account has a goal for late purchases that is old enough. */
async function startPlatform() {
  let offsetMs = -3 * hourMs;
  const now = () => Date.now() + offsetMs;
  const simulator = await startMicrosoftSimulator({
    ...{ port: 0, tokens: { [tagId]: 'good-token' }, clients: { app: 'app-secret' }, now },
  });
  cleanups.push(() => simulator.close());
  const store = await EmptiedStore.open();
  store.empty(now);
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `g-${ids}`;
  };
  const { opened } = await openGrant(createAccountWorld({ store: store.store, endpoint: simulator.url, now, newId }));
  await opened.chooseUploadGoal(account);
  store.close();
  offsetMs = 0;
  return simulator;
}

/** Starts the way to the platform, which counts the uploads. `onUpload` is called between the platform's answer and the gateway's. */
async function startWay(target: string, onUpload: () => Promise<unknown> | unknown) {
  const uploads: string[] = [];
  let [inFlight, most] = [0, 0];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const isUpload = request.url?.endsWith('/OfflineConversions/Apply') === true;
    if (isUpload) {
      uploads.push(body.toString());
      inFlight += 1;
      most = Math.max(most, inFlight);
    }
    const { host: _, connection: _connection, ...headers } = request.headers;
    const { method = 'GET' } = request;
    const answer = await fetch(`${target}${request.url}`, {
      method,
      headers: Object.entries(headers).flatMap(([name, value]): [string, string][] =>
        typeof value === 'string' ? [[name, value]] : [],
      ),
      ...(method !== 'GET' && { body }),
    });
    const text = await answer.text();
    if (isUpload) {
      await onUpload();
      inFlight -= 1;
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, uploads, most: () => most };
}

/** Writes the config of a gateway whose sites have late purchases. */
function configure(platform: string, way: string, sites: readonly string[], store: string | undefined) {
  const folder = makeFolder();
  cleanups.push(() => folder.remove());
  const settings = { tagId, token: 'good-token', endpoint: platform, latePurchases: 'on' };
  const file = folder.writeConfig(platform, {
    sites: sites.map((id) => ({
      ...{ id, domains: [`${id}.example`], writeKey: `wk_${id}_0123`, secretKeys: [`sk_${id}_0123456789abcdef`] },
      ...{ consent: { policy: 'granted' }, purchaseHoldSeconds: 0, defaultCurrency: 'USD', defaultCountry: 'US' },
      connections: [{ id: 'bing', destination: 'microsoft', settings }],
    })),
    ...(store !== undefined && { store }),
  });
  const app = { endpoint: way, clientId: 'app', clientSecret: 'app-secret', developerToken: 'dev' };
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), platformAccounts: { microsoft: app } }));
  return { file, folder };
}

/** Reports a purchase of 20 days ago. */
async function reportLate(url: string, site: string): Promise<void> {
  const late = purchase(`old-${site}`, {
    time: new Date(Date.now() - 20 * dayMs).toISOString(),
    clickIds: { msclkid: 'c'.repeat(32) },
    page: { browserTag: 'none' },
  });
  expect(await post(url, [late], `sk_${site}_0123456789abcdef`)).toMatchObject({ accepted: 1 });
}

/** Connects the account of each site. */
async function prepare(file: string, sites: readonly string[]): Promise<void> {
  const gateway = await startPacedGateway(file, systemClock, { env });
  cleanups.push(() => gateway.stop());
  const call = await openDashboard(gateway);
  for (const site of sites) {
    await signInAtMicrosoft(call, site);
    const path = `/api/sites/${site}/connections/bing/late-purchases`;
    expect(await call('PUT', path, { isOn: true })).toMatchObject({ state: 'ready', goalChange: 'taken' });
  }
  await gateway.stop();
}

const readOffline = async (url: string) =>
  Object(await (await fetch(`${url}/journal/offline`)).json()).offline as readonly { readonly outcome: string }[];

const stores = hasPostgres ? (['files', 'a database'] as const) : (['files'] as const);
describe.each(stores)('a gateway on %s', (kind) => {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = kind === 'files' ? undefined : await createTestDatabase();
  });
  afterAll(() => database?.drop());

  it('repeats the call in which it was killed, and the platform counts the purchase once', async () => {
    const platform = await startPlatform();
    let kill: (() => Promise<void>) | undefined;
    const way = await startWay(platform.url, async () => {
      await kill?.();
      kill = undefined;
    });
    const { file, folder } = configure(platform.url, way.url, ['shop'], database && `${database.url}?sslmode=disable`);
    await prepare(file, ['shop']);
    const killed = await startGatewayProcess(file, { command, env });
    kill = () => killed.kill();
    await reportLate(killed.url, 'shop');
    expect(await killed.ended).toBe('SIGKILL');
    expect(way.uploads).toHaveLength(1);

    const next = await startGatewayProcess(file, { command, env });
    cleanups.push(() => next.stop());
    const ask = connectToGateway({ dataDir: folder.dataDir });
    const readText = async () =>
      (await ask('GET /api/sites/:site/timelines', { site: 'shop', id: 'old-shop' }))[0]?.connections[0]?.says ?? '';
    // Another gateway waits until the lease of the customer has ended.
    expect(await eventually(async () => /^Uploaded to the goal/.test(await readText()), 60_000)).toBe(true);
    await sleep(3_000);
    expect(way.uploads).toEqual([way.uploads[0], way.uploads[0]]);
    expect((await readOffline(platform.url)).map(({ outcome }) => outcome).toSorted()).toEqual([
      'DuplicateConversionKey',
      'NoMatchingClickFound',
    ]);
  }, 120_000);
});

describe.skipIf(!hasPostgres)('two gateways on one database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('call one after another for a customer of both', async () => {
    const sites = ['one', 'two', 'three', 'four'];
    const platform = await startPlatform();
    const way = await startWay(platform.url, () => sleep(1_500));
    const store = `${database.url}?sslmode=disable`;
    const configs = [1, 2].map(() => configure(platform.url, way.url, sites, store));
    await prepare(configs[0]?.file ?? '', sites);
    const gateways = await Promise.all(configs.map(({ file }) => startGatewayProcess(file, { command, env })));
    cleanups.push(() => Promise.all(gateways.map((gateway) => gateway.stop())));
    const readOwners = async () =>
      (await database.run("SELECT DISTINCT owner FROM leases WHERE consumer LIKE 'site:%' AND until > 0")).length;
    // Each runs a part of the sites.
    expect(await eventually(async () => (await readOwners()) === 2, 60_000)).toBe(true);
    await Promise.all(sites.map((site) => reportLate(gateways[0]?.url ?? '', site)));
    expect(await eventually(async () => (await readOffline(platform.url)).length === sites.length, 60_000)).toBe(true);
    expect(way.uploads).toHaveLength(sites.length);
    expect(way.most()).toBe(1);
  }, 150_000);
});
