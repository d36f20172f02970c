import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { convey, runConvey } from '../cli.fixture.ts';
import {
  type CommandResult,
  conveyScript,
  eventually,
  type Folder,
  makeFolder,
  post,
  purchase,
  type RunningGateway,
  startGatewayProcess,
} from '../gateway.fixture.ts';
import { type PacedGateway, startLocalGateway } from '../paced-gateway.fixture.ts';

const secret = 'correct horse battery';
const next = 'another horse, another battery';
const mark = { 'convey-request': '1' };
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).toReversed()) await cleanUp();
});

function createFolder(): Folder {
  const folder = makeFolder();
  cleanups.push(() => folder.remove());
  return folder;
}

interface Dashboard {
  readonly gateway: RunningGateway;
  readonly url: string;
  readonly setupToken: string | undefined;
}

/** Starts a gateway in a process of its own, with the real cost of passwords. */
async function startDashboard(file: string): Promise<Dashboard> {
  const gateway = await startGatewayProcess(file);
  cleanups.push(() => gateway.kill());
  await eventually(() => /The dashboard is at (\S+)\n/.test(gateway.output()));
  const [, url = ''] = /The dashboard is at (\S+)\n/.exec(gateway.output()) ?? [];
  // The gateway prints the setup link and the dashboard's address in one write.
  return { gateway, url, setupToken: /\/setup#([\w-]{43})\n/.exec(gateway.output())?.[1] };
}

interface LocalDashboard extends Omit<Dashboard, 'gateway'> {
  readonly gateway: PacedGateway;
}

/** Starts a gateway in this process, with a low cost of passwords. */
async function startLocalDashboard(file: string): Promise<LocalDashboard> {
  const gateway = await startLocalGateway(file);
  cleanups.push(gateway.stop);
  return { gateway, url: gateway.dashboardUrl, setupToken: /\/setup#([\w-]{43})$/.exec(gateway.setupUrl ?? '')?.[1] };
}

async function ask(url: string, method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...mark, ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  const code = /"code":"([\w-]+)"/.exec(answer)?.[1];
  const [cookie = ''] = response.headers.getSetCookie().map((line) => line.split(';', 1)[0] ?? '');
  return { status: response.status, answer, code, cookie: { cookie }, headers: response.headers };
}

/** Sends a request with exactly these headers. `fetch` would not send some of them. */
async function askRaw(url: string, method: string, path: string, headers: Readonly<Record<string, string>>, body?: string) {
  const outgoing = request(`${url}${path}`, { method, headers, setHost: false });
  outgoing.end(body);
  const [answer]: IncomingMessage[] = await once(outgoing, 'response');
  return answer ? { status: answer.statusCode, answer: await text(answer) } : undefined;
}

async function runWithInput(input: string, ...args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [conveyScript, ...args], { env: { ...process.env, NO_COLOR: '1' } });
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

test('each start prints a new token until an account is created, which signs in, is refused, signs out everywhere, and survives a restart', async () => {
  const dataFolder = createFolder();
  const file = dataFolder.writeConfig('http://127.0.0.1:1');
  const killed = await startDashboard(file);
  await killed.gateway.kill();
  const first = await startDashboard(file);
  const { url, setupToken } = first;
  expect(setupToken).not.toBe(killed.setupToken);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(first.gateway.output().match(/setup#/g)).toHaveLength(1);

  expect(await ask(url, 'GET', '/api/status')).toMatchObject({ status: 401, code: 'not-signed-in' });
  const setUp = (name: string, token = setupToken) => ask(url, 'POST', '/api/setup', { token, name, password: secret });
  expect(await setUp('ada', killed.setupToken)).toMatchObject({ status: 403, code: 'setup-refused' });
  // A token is for one account, also if two requests arrive at once.
  const claims = await Promise.all([setUp('ada'), setUp('ada')]);
  const [owner, refused] = claims.toSorted((one, other) => one.status - other.status);
  if (!owner || !refused) throw new Error('both requests have a response');
  expect([owner.status, owner.answer]).toEqual([200, '{"name":"ada","role":"owner"}']);
  expect(refused.status).toBe(403);
  expect(await setUp('eve')).toMatchObject({ status: 403 });
  const status = await ask(url, 'GET', '/api/status', undefined, owner.cookie);
  const [shop] = JSON.parse(status.answer).sites;
  expect([status.status, shop]).toEqual([
    200,
    { id: 'shop', name: 'shop', connections: ['bing'], browserBudget: expect.objectContaining({ purchases: expect.anything() }) },
  ]);
  expect(status.headers.get('cache-control')).toBe('no-store');

  const vic = { name: 'vic', role: 'viewer', password: next };
  expect(await ask(url, 'POST', '/api/accounts', vic, owner.cookie)).toMatchObject({ status: 200 });
  const viewer = await ask(url, 'POST', '/api/session', { name: 'vic', password: next });
  expect(await ask(url, 'GET', '/api/connections', undefined, viewer.cookie)).toMatchObject({ status: 200 });
  const pause = '/api/sites/shop/connections/bing/pause';
  expect(await ask(url, 'POST', pause, undefined, viewer.cookie)).toMatchObject({ status: 403, code: 'editor-only' });
  const forged = { ...owner.cookie, 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:3000' };
  expect(await ask(url, 'POST', pause, undefined, forged)).toMatchObject({ status: 403, code: 'not-our-page' });
  expect((await ask(url, 'GET', '/api/connections', undefined, owner.cookie)).answer).not.toContain('"paused"');
  expect(await ask(url, 'POST', pause, undefined, owner.cookie)).toMatchObject({ status: 200 });
  expect((await ask(url, 'GET', '/api/connections', undefined, owner.cookie)).answer).toContain('"paused"');

  const otherSession = await ask(url, 'POST', '/api/session', { name: 'ada', password: secret });
  expect(await ask(url, 'DELETE', '/api/session?everywhere=1', undefined, otherSession.cookie)).toMatchObject({ status: 204 });
  for (const { cookie } of [owner, otherSession])
    expect(await ask(url, 'GET', '/api/me', undefined, cookie)).toMatchObject({ status: 401 });
  expect(await ask(url, 'GET', '/api/me', undefined, viewer.cookie)).toMatchObject({ status: 200 });

  const secondSession = await ask(url, 'POST', '/api/session', { name: 'ada', password: secret });
  expect(await first.gateway.stop()).toBe(0);
  const second = await startDashboard(file);
  expect(second.setupToken).toBeUndefined();
  const meAfterRestart = await ask(second.url, 'GET', '/api/me', undefined, secondSession.cookie);
  expect([meAfterRestart.status, meAfterRestart.answer]).toEqual([200, '{"name":"ada","role":"owner"}']);
  expect(await ask(second.url, 'GET', '/api/me', undefined, otherSession.cookie)).toMatchObject({ status: 401 });
  expect(await second.gateway.stop()).toBe(0);

  const files = readdirSync(dataFolder.dataDir).filter((name) => statSync(join(dataFolder.dataDir, name)).isFile());
  const stored = files.map((name) => readFileSync(join(dataFolder.dataDir, name)).toString('latin1')).join('');
  const printed = killed.gateway.output() + first.gateway.output() + second.gateway.output();
  expect(stored).toContain('scrypt$17$8$1$');
  for (const canary of [
    secret,
    next,
    ...[owner, viewer, secondSession].map(({ cookie }) => cookie.cookie.replace('convey=', '')),
  ]) {
    expect(stored).not.toContain(canary);
    expect(printed).not.toContain(canary);
  }
  expect(setupToken).toMatch(/^[\w-]{43}$/);
  expect(stored).not.toContain(setupToken);
  expect(printed.split(setupToken ?? '')).toHaveLength(2);
}, 60_000);

test('accounts are created, changed and removed over the socket, and a lost password is replaced', async () => {
  const file = createFolder().writeConfig('http://127.0.0.1:1');
  const { url, setupToken } = await startLocalDashboard(file);
  const accounts = (stdin: string, ...args: readonly string[]) => runConvey(['accounts', ...args, '--config', file], { stdin });
  expect((await accounts('', 'list')).stdout).toContain('No accounts.');
  expect(await accounts(`${secret}\n`, 'add', 'Vic', '--role', 'viewer')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('error: At least one account must be an owner'),
  });
  expect(await runWithInput(`${secret}\n`, 'accounts', 'add', 'Ada', '--role', 'owner', '--config', file)).toMatchObject({
    code: 0,
    stdout: 'ada can now sign in.\n',
  });
  expect(await accounts(`${secret}\n`, 'add', 'vic')).toMatchObject({ code: 0 });
  expect(await accounts('', 'add', 'e v e')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^error: The <name> is not valid\. Must be 1 to 100 letters, (?!.*password)/),
  });
  expect(await accounts('short\n', 'add', 'eve')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('15 to 256 characters'),
  });
  expect(await accounts(`${secret}\n`, 'add', 'vera', '--site', 'shop=editor')).toMatchObject({ code: 0 });
  for (const wrong of ['shop', 'shop=admin', '=editor'])
    expect(await accounts('', 'add', 'eve', '--site', wrong)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('shop=editor'),
    });
  expect(await accounts(`${secret}\n`, 'add', 'eve', '--site', 'nowhere=viewer')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('a list of existing sites'),
  });
  expect((await accounts('', 'list')).stdout).toMatch(/^name +role +since.*\nada +owner .*\nvera +shop=editor .*\nvic +viewer /);
  expect(await accounts('', 'remove', 'vera')).toMatchObject({ code: 0 });

  const invited = await accounts('', 'invite', '--site', 'shop=viewer', '--note', 'Eve', '--hours', '1');
  const [, token = ''] = /^http.*\/invitation#([\w-]{40,})$/m.exec(invited.stdout) ?? [];
  expect(invited.stdout).toContain(`\n${url}/invitation#`);
  expect(await ask(url, 'POST', '/api/invitations/accept', { token, name: 'eve', password: secret })).toMatchObject({
    status: 200,
  });
  for (const wrong of [
    ['--hours', '721'],
    ['--site', 'nowhere=viewer'],
    ['--site', 'shop=viewer', '--role', 'viewer'],
    ['--note', 'x'.repeat(101)],
  ])
    expect([wrong, await accounts('', 'invite', ...wrong)]).toEqual([wrong, expect.objectContaining({ code: 1, stdout: '' })]);
  expect(await accounts('', 'remove', 'eve')).toMatchObject({ code: 0 });
  expect(await ask(url, 'POST', '/api/setup', { token: setupToken, name: 'eve', password: secret })).toMatchObject({
    status: 403,
  });

  const session = await ask(url, 'POST', '/api/session', { name: 'ada', password: secret });
  const reset = await accounts(`${next}\n`, 'reset-password', 'ada');
  expect(reset).toMatchObject({ code: 0, stderr: '' });
  expect(reset.stdout).not.toContain(next);
  expect(await ask(url, 'GET', '/api/me', undefined, session.cookie)).toMatchObject({ status: 401 });
  expect(await ask(url, 'POST', '/api/session', { name: 'ada', password: secret })).toMatchObject({ status: 401 });
  expect(await ask(url, 'POST', '/api/session', { name: 'ada', password: next })).toMatchObject({ status: 200 });
  expect(await accounts('', 'remove', 'ada')).toMatchObject({ code: 1, stderr: expect.stringContaining('must be an owner') });
  expect(await accounts('', 'remove', 'vic')).toMatchObject({ code: 0 });
  expect(await accounts('', 'remove', '../vic')).toMatchObject({ code: 1, stderr: expect.stringContaining('no such account') });
  expect((await convey('connections', 'list', '--config', file)).stdout).toContain('shop/bing');
}, 120_000);

test('the port refuses hostile requests, slows down guesses of a password, and keeps working', async () => {
  const { url, gateway, setupToken } = await startLocalDashboard(createFolder().writeConfig('http://127.0.0.1:1'));
  const { host } = new URL(url);
  for (const name of ['shop.example', `${host}.shop.example`, 'localhost@shop.example'])
    expect(await askRaw(url, 'GET', '/api/status', { host: name }), name).toMatchObject({
      status: expect.toSatisfy((status) => status === 421 || status === 400),
    });
  expect(await askRaw(url, 'GET', '/api/status', { host: `localhost:${new URL(url).port}` })).toMatchObject({ status: 401 });
  const chunked = { host, ...mark, 'transfer-encoding': 'chunked' };
  expect(await askRaw(url, 'POST', '/api/session', chunked, ' '.repeat(70_000))).toMatchObject({ status: 413 });
  for (const path of [
    '/api/../../etc/passwd',
    '/%2e%2e/api',
    '/assets/../../package.json',
    '/assets/%2e%2e/%2e%2e/package.json',
  ]) {
    const answer = await askRaw(url, 'GET', path, { host });
    expect([path, answer?.status === 200 ? answer.answer.slice(0, 15) : answer?.status]).toEqual([
      path,
      expect.toSatisfy((status) => ['<!doctype html>', 400, 401, 404].includes(status)),
    ]);
  }
  expect((await askRaw(url, 'GET', '/api/status%00', { host }))?.status).toBe(401);
  const { cookie } = await ask(url, 'POST', '/api/setup', { token: setupToken, name: 'ada', password: secret });
  const guesses = await Promise.all(
    Array.from({ length: 12 }, () => ask(url, 'POST', '/api/session', { name: 'ada', password: next })),
  );
  const slowedDown = guesses.filter((guess) => guess.status !== 401);
  expect(slowedDown.length).toBeGreaterThan(0);
  for (const slowed of slowedDown) {
    expect(slowed).toMatchObject({ status: 429, code: 'rate-limited' });
    expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(await ask(url, 'GET', '/api/me', undefined, cookie)).toMatchObject({ status: 200 });

  const page = await ask(url, 'GET', '/setup');
  expect([page.status, page.headers.get('content-security-policy')]).toEqual([
    200,
    expect.stringMatching(/^default-src 'none'; script-src 'self' 'nonce-/),
  ]);
  const collector = await ask(gateway.url, 'GET', '/api/status');
  expect(collector.status).toBe(404);
  expect(JSON.stringify(gateway.lines)).not.toContain('fault');
}, 60_000);

test('a port in use leads to an error that names the setting, and leaves no data folder behind', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  cleanups.push(() => other.close());
  const address = other.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const folder = createFolder();
  const file = folder.writeConfig('http://127.0.0.1:1', { dashboard: { port } });
  for (const command of ['start', 'check']) {
    const { code, stdout, stderr } = await convey(command, '--config', file);
    expect([command, code]).toEqual([command, 1]);
    expect(stdout + stderr).toMatch(/Cannot listen on 127\.0\.0\.1:\d+: .*Set `dashboard\.port` to a free port/);
    if (command === 'start') expect(existsSync(folder.dataDir)).toBe(false);
  }
}, 60_000);

test('a viewer receives events as they arrive, until the sign-out, and a stop of the gateway does not wait for the stream', async () => {
  const dataFolder = createFolder();
  const { gateway, url, setupToken } = await startLocalDashboard(dataFolder.writeConfig('http://127.0.0.1:1'));
  const { cookie } = await ask(url, 'POST', '/api/setup', { token: setupToken, name: 'ada', password: secret });
  expect(await ask(url, 'GET', '/api/sites/shop/stream')).toMatchObject({ status: 401 });
  const response = await fetch(`${url}/api/sites/shop/stream`, { headers: cookie });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(response.headers.get('content-encoding')).toBeNull();
  const follow = (answer: Response) => {
    const stream = { received: '', hasEnded: false, end: Promise.resolve() };
    stream.end = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of answer.body ?? []) stream.received += decoder.decode(chunk);
      stream.hasEnded = true;
    })();
    return stream;
  };
  const open = follow(response);
  const elsewhere = await ask(url, 'POST', '/api/session', { name: 'ada', password: secret });
  const signedOut = follow(await fetch(`${url}/api/sites/shop/stream`, { headers: elsewhere.cookie }));
  for (const stream of [open, signedOut]) expect(await eventually(() => stream.received.startsWith('retry: '))).toBe(true);
  expect(await ask(url, 'DELETE', '/api/session', undefined, elsewhere.cookie)).toMatchObject({ status: 204 });
  await post(gateway.url, [purchase('live-1')]);
  expect(await eventually(() => /^event: row\nid: \d{16}\ndata: .*"id":"live-1"/m.test(open.received))).toBe(true);
  expect(await eventually(() => signedOut.hasEnded)).toBe(true);
  expect(signedOut.received).not.toContain('live-1');
  // A stop cuts what it cannot end, which rejects.
  await Promise.all([gateway.stop(), open.end]);
});
