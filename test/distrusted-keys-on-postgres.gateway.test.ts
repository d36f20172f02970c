import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/clock/clock.ts';
import { convey, parseJsonLines } from './cli.fixture.ts';
import { eventually, type Folder, makeFolder, post, purchase, secretKey, startSink } from './gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from './paced-gateway.fixture.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from './postgres.fixture.ts';

/** A secret key that a page uses, at a gateway with several collector threads on files, and at two that share PostgreSQL. */

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function start(folder: Folder, endpoint: string, database?: TestDatabase): Promise<PacedGateway> {
  const store = database && { store: `${database.url}?sslmode=disable` };
  const config = folder.writeConfig(endpoint, { ...store, ...(!database && { collector: { threads: 2 } }) });
  const gateway = await startPacedGateway(config, systemClock, { env: { CONVEY_SECRETS_KEY: 'c7'.repeat(32) } });
  ends.push(() => gateway.stop());
  return gateway;
}

async function startSinkOnce() {
  const sink = await startSink();
  ends.push(() => sink.close());
  return sink;
}

function makeEndedFolder(): Folder {
  const folder = makeFolder();
  ends.push(() => folder.remove());
  return folder;
}

/** Sends an event as a page with the secret key would. */
async function useInPage({ url }: PacedGateway, key = secretKey): Promise<number> {
  const headers = { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`, origin: 'https://shop.example' };
  const body = JSON.stringify({ type: 'page', messageId: `page-${key}`, userId: 'cust-7' });
  return (await fetch(`${url}/v1/track`, { method: 'POST', headers, body })).status;
}

/** Returns whether the gateway counts the key's next report as a browser's. */
async function isDistrusted({ url, callApi }: PacedGateway): Promise<boolean> {
  const id = `order-${crypto.randomUUID()}`;
  await post(url, [purchase(id)]);
  const found = async () => (await callApi('GET /api/sites/:site/events', { site: 'shop', text: id })).events[0];
  expect(await eventually(async () => (await found()) !== undefined)).toBe(true);
  return Object(await found()).reporter === 'browser';
}

const listIssues = async ({ callApi }: PacedGateway) =>
  (await callApi('GET /api/issues', {})).filter(({ kind }) => kind === 'key-distrusted');

it('a secret key that a page uses is distrusted past a restart, until the command line trusts it again', async () => {
  const sink = await startSinkOnce();
  const folder = makeEndedFolder();
  const first = await start(folder, sink.url);
  expect(await useInPage(first, 'sk_a_strangers_guess_0123456789')).toBe(401);
  expect(await isDistrusted(first)).toBe(false);
  expect(await useInPage(first)).toBe(200);
  expect(await eventually(() => isDistrusted(first))).toBe(true);
  expect(await listIssues(first)).toMatchObject([{ severity: 'urgent', site: 'shop' }]);
  await first.stop();

  const second = await start(folder, sink.url);
  expect(await isDistrusted(second)).toBe(true);
  const config = `${folder.dir}/convey.json`;
  const [listed] = parseJsonLines((await convey('keys', '--config', config, '--json')).stdout);
  expect(listed).toMatchObject({ site: 'shop', name: 'secret key file-1' });
  const trusted = await convey('keys', 'trust', 'shop', Object(listed).id, '--config', config);
  expect(trusted.stdout).toContain('is trusted again');
  expect(await isDistrusted(second)).toBe(false);
  const { rows } = await second.callApi('GET /api/activity', {});
  expect(rows.map(({ kind }) => kind)).toContain('key-trusted');
  expect((await convey('keys', '--config', config)).stdout).toContain('No page has used a secret key.');
});

describe.skipIf(!hasPostgres)('on a database', () => {
  it('a secret key that a page uses is distrusted by every gateway within seconds, and trusted by every one', async () => {
    const database = await createTestDatabase();
    ends.push(() => database.drop());
    const sink = await startSinkOnce();
    const one = await start(makeEndedFolder(), sink.url, database);
    const other = await start(makeEndedFolder(), sink.url, database);
    expect(await useInPage(one)).toBe(200);
    expect(await eventually(() => isDistrusted(other), 10_000)).toBe(true);
    expect(await isDistrusted(one)).toBe(true);
    const [key] = (await other.callApi('GET /api/sites/:site', { site: 'shop' })).distrustedKeys;
    await other.callApi('POST /api/sites/:site/keys/:key/trust', { site: 'shop', key: key?.id ?? '' });
    expect(await eventually(async () => !(await isDistrusted(one)), 10_000)).toBe(true);
  });
});
