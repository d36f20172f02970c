import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, watch } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ErasureReport } from '../../src/api/client.ts';
import { formatEventKey } from '../../src/event/event-key.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { openSqliteLog } from '../../src/storage/log/sqlite-log.ts';
import { openSqliteStore } from '../../src/storage/store/sqlite/sqlite-store.ts';
import { convey, parseJsonLines } from '../cli.fixture.ts';
import {
  conveyScript,
  eventually,
  type Folder,
  makeFolder,
  post,
  purchase,
  type RunningGateway,
  startGatewayProcess,
  tagId,
  writeKey,
} from '../gateway.fixture.ts';
import { type PacedGateway, startLocalGateway } from '../paced-gateway.fixture.ts';

let folder: Folder;
let microsoft: MicrosoftSimulator;
let config: string;
const running: RunningGateway[] = [];
let local: PacedGateway | undefined;

beforeEach(async () => {
  folder = makeFolder();
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' } });
  config = folder.writeConfig(microsoft.url, { site: { purchaseHoldSeconds: 0 } });
});
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.kill();
  await local?.stop();
  local = undefined;
  await microsoft.close();
  folder.remove();
});

async function start(): Promise<RunningGateway> {
  const gateway = await startGatewayProcess(config);
  running.push(gateway);
  return gateway;
}

/** Starts a gateway in this process, for tests without a crash. */
async function startLocally(): Promise<PacedGateway> {
  local = await startLocalGateway(config);
  return local;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
const consent = { adStorage: 'granted', source: 'call', explicit: true };

const jane = {
  email: 'Jane.Doe+x@shop.example',
  externalId: 'cust-7',
  visitor: 'a1'.repeat(16),
  click: 'dd4afcccb1c94a4cad9544dd7e5006ab',
  title: 'Wall clock of Jane',
  orderId: 'order-7781',
};
const bob = { email: 'bob@shop.example', visitor: 'b2'.repeat(16) };

/** Values that must not be on the disk after the erasure. The ids of her events remain as keys of the event log. */
const janesData = [
  jane.email,
  sha256('janedoe@shop.example'),
  sha256('jane.doe+x@shop.example'),
  jane.externalId,
  sha256(jane.externalId),
  jane.visitor,
  jane.click,
  jane.title,
  jane.orderId,
  '203.0.113.77',
];

function browse(url: string, events: readonly unknown[], signals: readonly unknown[] = []) {
  return fetch(`${url}/e`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', 'user-agent': agent },
    body: JSON.stringify({ writeKey, sentAt: new Date().toISOString(), events, signals }),
  });
}

function findOnDisk(texts: readonly string[]): readonly string[] {
  const files = readdirSync(folder.dataDir).filter((name) => /^(?:log|state)\.db(?:-wal)?$/.test(name));
  expect(files).toEqual(expect.arrayContaining(['log.db', 'state.db']));
  const bytes = files.map((name) => readFileSync(join(folder.dataDir, name)));
  return texts.filter((text) => bytes.some((file) => file.includes(text)));
}

async function listJson<T>(...args: readonly string[]): Promise<readonly T[]> {
  const { stdout, stderr, code } = await convey(...args, '--config', config, '--json');
  if (code !== 0) throw new Error(stderr);
  return parseJsonLines(stdout);
}

async function erase(...args: readonly string[]): Promise<ErasureReport> {
  const [report] = await listJson<ErasureReport>('erase', '--site', 'shop', ...args);
  if (!report) throw new Error('the command printed no report');
  return report;
}

async function sendVisits(url: string): Promise<void> {
  const page = { url: `https://shop.example/clock?msclkid=${jane.click}`, title: jane.title };
  const buildPageView = (id: string, user: object) => ({ id, name: 'PageView', user, page, consent });
  await browse(url, [buildPageView('view-jane', { anonymousId: jane.visitor })]);
  await browse(url, [{ ...buildPageView('view-bob', { anonymousId: bob.visitor }), page: { url: 'https://shop.example/' } }]);
  await browse(
    url,
    [
      { id: 'cart-jane', name: 'AddToCart', user: { anonymousId: jane.visitor, email: jane.email }, consent },
      { id: 'lead-jane', name: 'Lead', user: { anonymousId: jane.visitor }, consent },
    ],
    [
      {
        id: 'sig-1',
        type: 'identify',
        user: { anonymousId: jane.visitor, email: jane.email, externalId: jane.externalId },
        consent,
      },
    ],
  );
  const commerce = { orderId: jane.orderId, value: 10, currency: 'USD' };
  const { email, externalId, visitor: anonymousId } = jane;
  const user = { email, externalId, anonymousId, ip: '203.0.113.77', userAgent: agent };
  await post(url, [purchase('buy-jane', { user, commerce })]);
  // This event has neither an e-mail address nor a visitor. The external id, which the server sent with the visitor before, identifies her.
  await post(url, [{ id: 'later-jane', name: 'Subscribe', user: { externalId: jane.externalId }, consent }]);
  await post(url, [purchase('buy-bob', { user: { email: bob.email, anonymousId: bob.visitor } })]);
}

it('an erased person is in no file on the disk under any key, and others remain', async () => {
  const gateway = await start();
  await fetch(`${microsoft.url}/faults`, { method: 'POST', body: JSON.stringify({ mode: 'reject', eventIds: ['lead-jane'] }) });
  await sendVisits(gateway.url);
  const getReceivedIds = () => microsoft.journalEvents().map(({ eventId }) => eventId);
  expect(
    await eventually(() => ['cart-jane', 'buy-jane', 'later-jane', 'buy-bob'].every((id) => getReceivedIds().includes(id))),
  ).toBe(true);
  const listDeadLetters = () => listJson<{ eventId: string }>('dead-letters', 'list', '--site', 'shop');
  expect(await eventually(async () => (await listDeadLetters()).some(({ eventId }) => eventId === 'lead-jane'))).toBe(true);
  const listConnections = () => listJson<{ counts: { delivered: number } }>('connections', 'list');
  expect(await eventually(async () => (await listConnections())[0]?.counts.delivered === 6)).toBe(true);
  expect(findOnDisk([sha256('janedoe@shop.example'), jane.visitor])).not.toEqual([]);

  const dryRun = await erase('--email', jane.email, '--dry-run');
  expect(dryRun).toMatchObject({ dryRun: true, events: 5, copies: 0, signals: 1, visitors: 1, deadLetters: 1 });
  expect(dryRun.attempts).toBeGreaterThan(0);
  expect(await listDeadLetters()).toHaveLength(1);

  expect((await convey('erase', '--site', 'shop', '--email', jane.email, '--config', config)).stderr).toContain('--yes');
  const report = await erase('--email', jane.email, '--yes');
  expect(report).toEqual({ ...dryRun, dryRun: false });
  expect(report.received).toMatchObject([{ connection: 'bing', destination: 'microsoft', events: 4, inDoubt: 0 }]);
  expect(findOnDisk(janesData)).toEqual([]);
  expect(findOnDisk([bob.visitor])).toEqual([bob.visitor]);

  const noCounts = { events: 0, copies: 0, signals: 0, visitors: 0, links: 0, deadLetters: 0, attempts: 0, exports: 0 };
  expect(await erase('--email', jane.email, '--yes')).toEqual({ dryRun: false, found: false, ...noCounts, received: [] });
  await gateway.kill();
  running.splice(0);

  const restarted = await start();
  expect(findOnDisk(janesData)).toEqual([]);
  expect(await listDeadLetters()).toEqual([]);
  const events = (await convey('events', '--site', 'shop', '--json', '--config', config)).stdout;
  expect(events).not.toContain('jane');
  expect(events).toContain('buy-bob');
  const [story] = await listJson<{ event: unknown; connections: readonly { attempts: readonly unknown[] }[] }>(
    'event',
    'buy-jane',
  );
  expect(story).toMatchObject({ event: null, copies: [], connections: [{ attempts: [] }] });

  // An erased person can become a customer again.
  await post(restarted.url, [purchase('buy-jane-2', { user: { email: jane.email } })]);
  expect(await eventually(() => getReceivedIds().includes('buy-jane-2'))).toBe(true);
  expect(getReceivedIds().filter((id) => id === 'buy-jane')).toHaveLength(1);
  expect(restarted.output()).not.toContain('jane');
  await restarted.stop();
  running.splice(0);
  expect(existsSync(join(folder.dataDir, 'state.db-wal'))).toBe(false);
}, 90_000);

it('an erasure that a kill -9 interrupts completes when it is requested again', async () => {
  let gateway = await start();
  for (const afterMs of [50, 100, 150]) {
    const range = (count: number) => Array.from({ length: count }, (_, index) => index);
    const buildPageView = (index: number) => {
      return { id: `v-${afterMs}-${index}`, name: 'PageView', user: { anonymousId: jane.visitor, email: jane.email }, consent };
    };
    for (const part of range(10))
      await post(
        gateway.url,
        range(200).map((index) => buildPageView(part * 200 + index)),
      );
    const erasureRequest = request({
      socketPath: join(folder.dataDir, 'admin.sock'),
      path: '/api/sites/shop/erase',
      method: 'POST',
    });
    erasureRequest.on('error', () => undefined).end(JSON.stringify({ email: jane.email }));
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await gateway.kill();
    gateway = await start();
    let report = await erase('--email', jane.email, '--yes');
    // After a kill a process reads both files. Meanwhile an erasure may be unfinished, which the next one ends, and the write-ahead log is
    // truncated by the first commit after it.
    await eventually(async () => {
      if (!report.unfinished && findOnDisk(janesData).length === 0) return true;
      await post(gateway.url, [{ id: crypto.randomUUID(), name: 'PageView', consent }]);
      report = await erase('--email', jane.email, '--yes');
      return false;
    }, 90_000);
    expect(findOnDisk(janesData)).toEqual([]);
    expect(gateway.output()).not.toContain('jane');
  }
}, 300_000);

it('a start completes an interrupted erasure in the log', async () => {
  mkdirSync(folder.dataDir, { recursive: true, mode: 0o700 });
  const log = await openSqliteLog(join(folder.dataDir, 'log.db'), { now: Date.now });
  const store = await openSqliteStore(join(folder.dataDir, 'state.db'), { now: Date.now });
  const bytes = Buffer.from(JSON.stringify({ v: 1, identity: { anonymousId: jane.visitor } }));
  const [appended] = await log.append([
    { partition: 'shop', key: formatEventKey({ name: 'Lead', id: 'lead', reporter: 'browser' }), bytes },
  ]);
  if (!appended || 'duplicate' in appended) throw new Error('the log is new');
  await store.beginErasure({ site: 'shop', offsets: [appended.offset], visitors: [], now: Date.now() });
  await Promise.all([log.close(), store.close()]);
  expect(findOnDisk([jane.visitor])).toEqual([jane.visitor]);
  const { lines } = await startLocally();
  expect(findOnDisk([jane.visitor])).toEqual([]);
  expect(await eventually(() => lines.some(({ msg }) => msg.includes('erasure interrupted: repeat it')))).toBe(true);
});

it('temporary files of SQLite never leave the data folder', async () => {
  mkdirSync(folder.dataDir, { recursive: true, mode: 0o700 });
  // More data than fits into SQLite's cache.
  const store = await openSqliteStore(join(folder.dataDir, 'state.db'), { now: Date.now });
  const lease = await store.acquireLease('identity:shop', 'embedded', 60_000);
  if (!lease) throw new Error('a new store has no other owner');
  const key = 'x'.repeat(4_000);
  for (let from = 0; from < 10_000; from += 500) {
    const links = Array.from({ length: 500 }, (_, at) => ({ key: `order:${key}${from + at}`, visitor: `v-${from + at}`, at: 1 }));
    await store.commitIdentity(lease, { site: 'shop', cursor: '', reports: [], now: 1, links });
  }
  await store.close();
  await start();
  const dataFiles = new Set(readdirSync(folder.dataDir));
  const temporaryFiles = new Set<string | null>();
  const watcher = watch(folder.dataDir, (_, name) => name !== null && !dataFiles.has(name) && temporaryFiles.add(name));
  expect(await erase('--anonymous-id', 'v-1', '--yes')).toMatchObject({ visitors: 1 });
  expect(await eventually(() => temporaryFiles.size > 0)).toBe(true);
  watcher.close();
}, 60_000);

const command = [conveyScript, 'erase', '--site', 'shop', '--email', '-'];

it('the value is read from a pipe, without a prompt with --yes', async () => {
  const gateway = await startLocally();
  await post(gateway.url, [purchase('buy', { user: { email: jane.email } })]);
  const child = spawn(process.execPath, [...command, '--yes', '--json', '--config', config]);
  child.stdin.end(`${jane.email}\n`);
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect([code, JSON.parse(stdout).events]).toEqual([0, 1]);
});

/** The command that runs another one on a terminal. Some machines lack it. */
const scriptCommand = '/usr/bin/script';

it.skipIf(spawnSync(scriptCommand, ['--version']).status !== 0)(
  'a terminal prompts for the value and for confirmation',
  async () => {
    const gateway = await startLocally();
    await post(gateway.url, [purchase('buy', { user: { email: jane.email } })]);
    const line = [process.execPath, ...command, '--config', config].map((part) => `'${part}'`).join(' ');
    const child = spawn(scriptCommand, ['--quiet', '--return', '--command', line, '/dev/null'], {
      env: { ...process.env, NO_COLOR: '1' },
    });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    const closed = once(child, 'close');
    expect(await eventually(() => printed.includes('email: '))).toBe(true);
    child.stdin.write(`${jane.email}\r`);
    expect(await eventually(() => printed.includes('Type yes: '))).toBe(true);
    child.stdin.write('yes\r');
    const [code] = await closed;
    expect(code, printed).toBe(0);
    expect(printed).toMatch(/erased\s+count\s+events\s+1/);
  },
  60_000,
);
