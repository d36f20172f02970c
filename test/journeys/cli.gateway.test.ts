import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCommands } from '../../src/cli/run-cli.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { simulators } from '../../src/simulators/simulators.ts';
import { openWithoutMigrating } from '../../src/storage/sqlite/open.ts';
import { convey, parseJsonLines } from '../cli.fixture.ts';
import {
  conveyScript,
  eventually,
  type Folder,
  makeFolder,
  post,
  purchase,
  root,
  runConveyProcess,
  tagId,
} from '../gateway.fixture.ts';
import { type PacedGateway, startLocalGateway } from '../paced-gateway.fixture.ts';

describe('an operator at a terminal', () => {
  let folder: Folder;
  let microsoft: MicrosoftSimulator;
  let gateway: PacedGateway;
  let config: string;

  beforeAll(async () => {
    folder = makeFolder();
    microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' } });
    config = folder.writeConfig(microsoft.url);
    gateway = await startLocalGateway(config);
  });
  afterAll(async () => {
    await gateway.stop();
    await microsoft.close();
    folder.remove();
  });

  it('sends a test event through everything and reads its timeline', async () => {
    const { code, stdout } = await convey('send-test', '--config', config);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /convey_test[\s\S]*bing {2}delivered[\s\S]*200 {2}delivered[\s\S]*"eventName": "convey_test"[\s\S]*eventsReceived/,
    );
    expect(microsoft.journalEvents().map(({ eventName }) => eventName)).toContain('convey_test');
  });

  it('lists events with their outcomes, and follows one across every boundary', async () => {
    await post(gateway.url, [
      purchase('o-1', { user: { email: 'jane@shop.example', phone: 'nonsense' } }),
      purchase('o-2', { consent: { adStorage: 'denied', explicit: true } }),
      { ...purchase('o-3'), name: '?' },
    ]);
    expect(
      await eventually(async () => (await convey('event', 'o-2', '--config', config)).stdout.includes('consent-denied')),
    ).toBe(true);
    const list = await convey('events', '--config', config);
    expect(list.stdout).toMatch(/Purchase +o-1 +USD 125\.40 +bing: delivered/);
    expect(list.stdout).toMatch(/Recent rejections at shop[\s\S]*name: name-invalid/);
    const one = await convey('event', 'o-1', '--config', config);
    expect(one.stdout).toMatch(/match keys (?=.*\bemail\b)(?!.*emailMicrosoft)/);
    expect(one.stdout).toMatch(/warning.*user\.phone/);
    const [story] = parseJsonLines((await convey('event', 'o-1', '--json', '--config', config)).stdout);
    expect(story.connections[0].attempts[0]).toMatchObject({
      result: 'delivered',
      status: 200,
      payload: { eventId: 'o-1', eventName: 'purchase' },
    });
    expect(JSON.stringify(story)).not.toContain('good-token');
    const denied = await convey('event', 'o-2', '--config', config);
    expect(denied.stdout).toContain('denied');
  });

  it('finds an event by an id with any characters', async () => {
    const ids = ['..', '.', 'a/b%2F c', '../../status', 'é✓+&?#'];
    await post(
      gateway.url,
      ids.map((id) => purchase(id)),
    );
    expect(await eventually(async () => (await convey('event', '..', '--config', config)).code === 0)).toBe(true);
    for (const id of ids) {
      const { stdout } = await convey('event', id, '--json', '--config', config);
      expect(parseJsonLines(stdout)).toMatchObject([{ event: { id } }]);
    }
  });

  it('follows events as they arrive, and prints changed outcomes', async () => {
    await convey('connections', 'pause', 'shop/bing', '--config', config);
    await post(gateway.url, [purchase('o-before-1'), purchase('o-before-2')]);
    const following = spawn(process.execPath, [conveyScript, 'events', '--follow', '--limit', '1', '--config', config], {
      env: { ...process.env, NO_COLOR: '1' },
    });
    let printed = '';
    following.stdout.on('data', (chunk: Buffer) => {
      printed += chunk;
    });
    expect(await eventually(() => printed.includes('o-before-2'))).toBe(true);
    expect(printed.trimEnd().split('\n')).toHaveLength(1);
    await post(gateway.url, [purchase('o-after')]);
    expect(await eventually(() => /o-after .* bing: undelivered/.test(printed))).toBe(true);
    await convey('connections', 'resume', 'shop/bing', '--config', config);
    for (const id of ['o-before-1', 'o-before-2', 'o-after'])
      expect(await eventually(() => new RegExp(`${id} .* bing: delivered`).test(printed)), id).toBe(true);
    expect(printed.match(/o-after/g)).toHaveLength(2);
    following.kill();
    await once(following, 'close');
  });

  it('pauses, resumes and probes a connection', async () => {
    expect((await convey('connections', 'pause', 'shop/bing', '--config', config)).stdout).toBe('Paused.\n');
    await post(gateway.url, [purchase('o-paused')]);
    const list = await convey('connections', 'list', '--config', config);
    expect(list.stdout).toMatch(/shop\/bing \(microsoft, simulator\) {2}paused/);
    expect(list.stdout).toMatch(/oldest waiting event {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n/);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(microsoft.journalEvents().map(({ eventId }) => eventId)).not.toContain('o-paused');
    expect((await convey('connections', 'resume', 'shop/bing', '--config', config)).code).toBe(0);
    expect(await eventually(() => microsoft.journalEvents().some(({ eventId }) => eventId === 'o-paused'))).toBe(true);
    const probe = await convey('connections', 'probe', 'bing', '--config', config);
    expect(probe).toMatchObject({ code: 0, stdout: 'The platform accepts the credential.\n' });
  });

  it('retries dead letters once their cause is fixed, or drops them', async () => {
    const listDeadLetters = async () =>
      parseJsonLines((await convey('dead-letters', 'list', '--site', 'shop', '--json', '--config', config)).stdout);
    const runDeadLetters = (...args: readonly string[]) => convey('dead-letters', ...args, '--config', config);
    microsoft.faults({ mode: 'reject', eventIds: ['bad-1', 'bad-2', 'bad-3'] });
    await post(
      gateway.url,
      ['bad-1', 'bad-2', 'bad-3'].map((id) => purchase(id)),
    );
    expect(await eventually(async () => (await listDeadLetters()).length === 3)).toBe(true);
    microsoft.faults({ mode: 'ok' });
    const [{ offset, eventId }] = await listDeadLetters();
    expect((await runDeadLetters('retry', 'shop/bing')).stderr).toContain(
      'No failed event is selected. Use --offset for each failed event, or --all',
    );
    expect((await runDeadLetters('retry', 'shop/bing', '--offset', offset)).stdout).toBe('1 event will be sent.\n');
    expect(await eventually(() => microsoft.journalEvents().some((event) => event.eventId === eventId))).toBe(true);
    expect((await runDeadLetters('drop', 'shop/bing', '--all')).stdout).toBe('2 events dropped.\n');
    expect((await runDeadLetters('list', '--site', 'shop')).stdout).toBe('No failed events.\n');
    expect((await runDeadLetters('drop', 'shop/bing', '--all')).stdout).toBe('There is no such failed event.\n');
  });

  it('replays a period or one event, sees its progress, and can stop it', async () => {
    const replay = (...args: readonly string[]) => convey('replay', '--connection', 'bing', ...args, '--config', config);
    const requests = () => microsoft.journal().length;
    await post(gateway.url, [purchase('again-1')]);
    expect(await eventually(() => microsoft.journalEvents().some(({ eventId }) => eventId === 'again-1'))).toBe(true);
    expect((await replay()).stdout).toBe('No replay has run for this connection.\n');
    expect((await replay('--event', 'again-1')).stdout).toContain('already delivered. Set `again`');
    const before = requests();
    expect((await replay('--event', 'again-1', '--again')).stdout).toBe('1 event will be sent.\n');
    expect(await eventually(() => requests() > before)).toBe(true);
    expect((await replay('--event', 'nobody')).code).toBe(1);
    expect((await replay('--from', '1h')).stderr).toContain('The period is incomplete. Use --from and --to');
    expect((await replay('--from', '1h', '--to', '0s', '--stop')).stderr).toContain('cannot be combined');
    expect((await replay('--from', '1h', '--to', '0s')).stdout).toMatch(
      /^Replaying \d+ reports, the oldest first\. Delivered events are omitted\.\n$/,
    );
    // Two events were dropped dead letters. A replay of their period includes them.
    expect(await eventually(async () => /ended at .* 2 queued for delivery/.test((await replay()).stdout))).toBe(true);
    expect((await replay('--stop')).stdout).toBe('No replay is running.\n');
  });

  it('sees the time and outcome of an erased event, without a loss in the number of listed events', async () => {
    const user = { anonymousId: 'c3'.repeat(16) };
    await post(gateway.url, [purchase('e-1')]);
    await post(gateway.url, [purchase('e-2', { user }), purchase('e-3', { user })]);
    const getReceivedIds = () => microsoft.journalEvents().map(({ eventId }) => eventId);
    const isSettled = async () => !(await convey('events', '--config', config)).stdout.includes('undelivered');
    expect(await eventually(async () => getReceivedIds().includes('e-3') && (await isSettled()))).toBe(true);
    const erased = await convey('erase', '--event-id', 'e-2', '--yes', '--config', config);
    // A slow machine prints progress.
    expect(erased).toMatchObject({ code: 0, stderr: expect.stringMatching(/^(?:Searched .*\n)*$/) });
    const { stdout } = await convey('events', '--limit', '1', '--config', config);
    const rows = stdout.split('\n\n')[0]?.trimEnd().split('\n').slice(1);
    expect(rows?.map((row) => row.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, 'TIME').replace(/ +/g, ' '))).toEqual([
      'TIME shop server Purchase e-1 USD 125.40 bing: delivered',
      'TIME shop (erased) bing: delivered',
      'TIME shop (erased) bing: delivered',
    ]);
    const one = await convey('event', 'e-2', '--config', config);
    expect(one.stdout).toMatch(
      /^Purchase {2}e-2\n {2}received {3}.* UTC, from the server\n {2}removed {4}A privacy request erased the data\..*\n {2}connection [\s\S]*\n {2}bing {2}delivered/,
    );
  });

  it('cannot start a second gateway on the same data folder, and learns which process has it', async () => {
    const { code, stderr } = await runConveyProcess('start', '--config', config);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: Another gateway \(process \d+\) is using the data folder .*\. Stop it first/);
  });

  it('finds the socket closed to all other users', () => {
    expect(statSync(join(folder.dataDir, 'admin.sock')).mode & 0o777).toBe(0o600);
    expect(statSync(folder.dataDir).mode & 0o077).toBe(0);
  });

  it('checks a running gateway without sending an event', async () => {
    const before = microsoft.journalEvents().length;
    const { code, stdout } = await convey('check', '--config', config);
    expect(stdout).toMatch(
      /ok {7}dataDir: A gateway runs on this folder[\s\S]*ok {7}shop\/bing: The platform accepts[\s\S]*ok {7}clock/,
    );
    expect(code).toBe(0);
    expect(microsoft.journalEvents()).toHaveLength(before);
  });

  it('gets the problem and the fix on stderr, with a failing exit code', async () => {
    const failures: [string[], RegExp][] = [
      [['events', '--site', 'nowhere', '--config', config], /^error: There is no such site\. Use the id/],
      [['event', 'nothing', '--config', config], /^error: There is no event with the id nothing\./],
      [['connections', 'probe', 'shop/nothing', '--config', config], /^error: There is no such running connection\. See/],
      [['send-test', '--site', 'nowhere', '--config', config], /^error: There is no such site\. Use/],
      [['replay', '--config', config], /^error: The option --connection is missing\. See `convey replay --help`/],
      [['frobnicate'], /^error: There is no command frobnicate\. See `convey --help`/],
      [
        ['start', '--config', '/nowhere/convey.json'],
        /^error: There is no config file \/nowhere\/convey\.json\. Set the file with --config/,
      ],
      [['events', '--limit', 'many', '--config', config], /^error: .*--limit.*1 to 1000/],
      [['simulate', 'microsoft', '--token', 'nonsense'], /^error: A --token is not TAG=TOKEN\./],
    ];
    for (const [args, expected] of failures) {
      const { code, stdout, stderr } = await convey(...args);
      expect([args[0], stderr]).toEqual([args[0], expect.stringMatching(expected)]);
      expect([code, stdout]).toEqual([1, '']);
    }
  });

  it('starts on the ports of --port and --dashboard-port in place of those of the config, and learns of them if a port is busy', async () => {
    const other = makeFolder();
    const port = new URL(microsoft.url).port;
    const file = other.writeConfig(microsoft.url);
    const settings = { '--port': 'collector', '--dashboard-port': 'dashboard' };
    for (const [option, key] of Object.entries(settings)) {
      const { code, stderr } = await convey('start', option, port, '--config', file);
      expect(stderr).toMatch(new RegExp(`^error: Cannot listen on 127\\.0\\.0\\.1:${port}: another process uses the port\\. `));
      expect(stderr).toContain(`Set \`${key}.port\` to a free port`);
      expect(stderr).toContain(`use \`convey start ${option} PORT\``);
      expect(code).toBe(1);
      expect((await convey('start', option, 'x', '--config', file)).stderr).toMatch(`error: The ${option} is not a number`);
    }
    const { stderr } = await convey('start', '--port', port, '--dashboard-port', port, '--config', file);
    expect(stderr).toMatch(/^error: Cannot listen on 127\.0\.0\.1:\d+: collector and dashboard have the same port\. Set/);
    other.remove();
  });

  it('is pointed to an existing example of a config file, also in the package', async () => {
    const { stderr } = await convey('start', '--config', '/nowhere/convey.json');
    const [, example = ''] = /--config FILE\. An example is (\S+)/.exec(stderr) ?? [];
    expect(JSON.parse(readFileSync(example, 'utf8'))).toHaveProperty('sites');
    expect(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).files).toContain(relative(root, example).split('/')[0]);
  });

  it('needs no --site, because there is only one', async () => {
    const rules = await convey('rules', 'test', '--connection', 'shop/bing', '--config', config);
    expect(rules).toMatchObject({ code: 0, stdout: 'bing  has no rules that are on.\n' });
    const drop = await convey('visitors', 'drop', '--larger-than', '1MiB', '--dry-run', '--config', config);
    expect(drop).toMatchObject({ code: 0, stdout: 'No profile matches.\n' });
  });

  it('learns that an export has nothing', async () => {
    const exported = await convey('export', '--email', 'nobody@shop.example', '--config', config);
    expect(exported).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Nothing about this person was found\. Check the key/),
    });
    expect(JSON.parse(exported.stdout)).toMatchObject({ people: [], events: [] });
  });

  it('gives a relative path the folder of the config file, and a start leaves no data of the working directory behind', async () => {
    const elsewhere = makeFolder();
    const file = join(elsewhere.dir, 'convey.json');
    const text = {
      dataDir: './data',
      secretsKeyFile: './key',
      collector: { host: '127.0.0.1', port: 0 },
      dashboard: { port: 0 },
    };
    writeFileSync(file, JSON.stringify(text));
    const moved = join(elsewhere.dir, 'here');
    const run = (...args: readonly string[]) => {
      // Inside `npm run`, paths would be relative to the folder of npm's caller.
      const env = { ...process.env, NO_COLOR: '1', npm_package_name: undefined };
      const child = spawnSync(process.execPath, [conveyScript, ...args], { cwd: moved, encoding: 'utf8', env });
      return `${child.stdout}${child.stderr}`;
    };
    mkdirSync(join(moved, 'data'), { recursive: true });
    writeFileSync(join(moved, 'data', 'log.db'), '');
    expect(run('check', '--config', '../convey.json')).toContain(`The data folder ${join(elsewhere.dir, 'data')} does not exist`);
    expect(run('start', '--config', '../convey.json')).toMatch(
      new RegExp(`^error: There is no data in ${join(elsewhere.dir, 'data')}, but in ${join(moved, 'data')}\\. .* Move `),
    );
    elsewhere.remove();
  });

  it('gets one JSON object per line', async () => {
    for (const args of [['connections', 'list'], ['alerts', 'list'], ['accuracy'], ['match-quality'], ['rules', 'test']]) {
      const { stdout } = await convey(...args, '--json', '--config', config);
      // A list may be empty: it prints nothing.
      expect([args, stdout === '' ? 0 : stdout.trimEnd().split('\n').length]).toEqual([args, parseJsonLines(stdout).length]);
      for (const one of parseJsonLines(stdout)) expect(Array.isArray(one)).toBe(false);
    }
  });

  it('retries the failed events that match filters, after it has printed their number', async () => {
    const retry = (...args: readonly string[]) => convey('dead-letters', 'retry', 'shop/bing', ...args, '--config', config);
    const sent = () => microsoft.journalEvents().filter(({ eventId }) => eventId === 'bad-4').length;
    microsoft.faults({ mode: 'reject', eventIds: ['bad-4'] });
    await post(gateway.url, [purchase('bad-4')]);
    const listed = () => convey('dead-letters', 'list', '--site', 'shop', '--config', config);
    expect(await eventually(async () => (await listed()).stdout.includes('bad-4'))).toBe(true);
    microsoft.faults({ mode: 'ok' });
    const before = sent();
    expect((await retry('--event', 'Lead', '--yes')).stdout).toBe('There is no such failed event.\n');
    expect((await retry('--all', '--since', '1h')).stderr).toContain('or filters such as --since');
    expect((await retry('--event', 'Purchase', '--since', '1h', '--dry-run')).stdout).toMatch(/^1 /);
    expect(sent()).toBe(before);
    expect((await retry('--event', 'Purchase', '--since', '1h', '--yes')).stdout).toMatch(/^1 [\s\S]*\n1 /);
    expect(await eventually(() => sent() > before)).toBe(true);
  });

  it('lists issues and changes without the name of `list`, and reads --config after each of their commands', async () => {
    const run = (...args: readonly string[]) => convey(...args, '--config', config);
    expect(await run('issues', '--state', 'resolved')).toMatchObject({ code: 0 });
    expect((await run('issues', 'list')).stdout).toBe((await run('issues')).stdout);
    for (const decision of [['acknowledge'], ['snooze', '--for', '4h'], ['assign'], ['open']])
      expect(await run('issues', ...decision, 'absent')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('There is no such issue'),
      });
    const changes = await run('activity', '--json');
    expect(parseJsonLines(changes.stdout)).toContainEqual(expect.objectContaining({ kind: 'connection-paused', actor: 'cli' }));
    expect((await run('activity', 'list', '--json')).stdout).toBe(changes.stdout);
    expect((await run('activity')).stdout).toMatch(/^time \(UTC\) +actor +site +connection +change\n/);
  });

  it('verifies that no change was altered, and exits with 1 if one was', async () => {
    const verify = () => convey('activity', 'verify', '--config', config);
    expect(await verify()).toMatchObject({ code: 0, stdout: expect.stringMatching(/The chain is complete\.\n$/) });
    const state = openWithoutMigrating(join(folder.dataDir, 'state.db'));
    state.exec("UPDATE activity SET actor = 'nobody' WHERE seq = 2");
    expect(await verify()).toMatchObject({ code: 1, stdout: expect.stringContaining('\nBroken at entry 2: the columns') });
    state.exec('DELETE FROM activity WHERE seq = 2');
    state.close();
    expect(await verify()).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/Missing: entry 2\.\n[\s\S]*does not verify/),
    });
  });

  it('gets the help of a group that it names without a command, which offers only commands that exist', async () => {
    for (const group of (await loadCommands()).filter(({ commands }) => commands.length > 0)) {
      // These list without the name of `list`.
      if (['activity', 'issues', 'keys'].includes(group.name())) continue;
      const { code, stdout, stderr } = await convey(group.name());
      expect([group.name(), code, stderr]).toEqual([group.name(), 0, '']);
      expect(stdout).toContain(`Usage: convey ${group.name()}`);
    }
    const { stdout } = await convey('connections');
    expect(stdout).toContain('List, pause, resume or probe');
    expect(await convey('connections', 'test')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: There is no command test/),
    });
  });

  it('gets help for every command', async () => {
    const { stdout } = await runConveyProcess('--help');
    for (const command of [
      'start',
      'demo',
      'check',
      'simulate',
      'send-test',
      'events',
      'event',
      'connections',
      'dead-letters',
      'replay',
    ]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
      expect(await convey(command, '--help')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`Usage: convey ${command}`),
      });
    }
  });
});

describe('convey check', () => {
  it('fails with the fix for a port in use, a refused token and an unreachable platform', async () => {
    const folder = makeFolder();
    const microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' } });
    const otherServer = createServer().listen(0, '127.0.0.1');
    await once(otherServer, 'listening');
    const address = otherServer.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const settings = { tagId, token: 'bad-token', endpoint: microsoft.url };
    const connections = [
      { id: 'refused', destination: 'microsoft', settings },
      { id: 'unreachable', destination: 'microsoft', settings: { ...settings, endpoint: 'http://127.0.0.1:1' } },
    ];
    const file = folder.writeConfig(microsoft.url, { site: { connections } });
    const config = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...config, collector: { host: '127.0.0.1', port } }));
    const { code, stdout } = await convey('check', '--config', file);
    expect(stdout).toMatch(/warning {2}collector\.countryHeader: The country of browsers is unknown.* at shop\./);
    expect(code).toBe(1);
    expect(stdout).toMatch(/problem {2}collector\.port: Cannot listen on .* Set `collector\.port` to a free port/);
    expect(stdout).toMatch(
      /problem {2}shop\/refused: The platform refuses the credential or the id\. Microsoft does not accept the token/,
    );
    expect(stdout).toMatch(
      /problem {2}shop\/unreachable: The platform was not reached\. The platform cannot be reached \(ECONNREFUSED\)/,
    );
    expect(microsoft.journalEvents()).toHaveLength(0);
    otherServer.close();
    await microsoft.close();
    folder.remove();
  });

  it('lists every problem of the config file at once', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'convey-test-'));
    const file = join(dir, 'convey.json');
    writeFileSync(file, JSON.stringify({ sites: [{ id: 'Shop', domains: [] }] }));
    const { code, stderr } = await convey('check', '--config', file);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /has 3 problems\. Correct the file and try again:\n {2}sites\[0\]\.id: .*\n {2}sites\[0\]\.domains: .*\n {2}sites\[0\]\.writeKey: Is missing\..*\n/,
    );
    rmSync(dir, { recursive: true });
  });
});

/** The outcomes of the day of traffic. */
const seenOutcomes = [
  'delivered',
  'awaiting-verdict',
  'dead',
  'duplicate',
  'consent-denied',
  'bot',
  'no-identifier',
  'unsupported-event',
  'test-order',
  'offline-order',
  'awaiting-purchase',
];

describe('the demo', () => {
  it('plays a shopper once and exits 0 because everything arrived as documented', async () => {
    const { code, stdout } = await runConveyProcess('demo', '--once');
    for (const { name } of simulators)
      expect(stdout).toMatch(new RegExp(`\\n${name}: (\\d+) of \\1 events arrived once, as documented\\.`));
    expect(code).toBe(0);
  });

  it('a demo that cannot start reports why, leaves nothing behind and exits', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'convey-test-'));
    const TMPDIR = join(dir, 'x'.repeat(100)); // too long for the socket's path
    mkdirSync(TMPDIR);
    const child = spawn(process.execPath, [conveyScript, 'demo'], {
      env: { ...process.env, TMPDIR },
      timeout: 50_000,
    });
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect(stderr).toMatch(/error:.* The demo's own config is not valid: dataDir: Is too long .*\. Set TMPDIR/);
    expect(code).toBe(1);
    expect(readdirSync(TMPDIR)).toEqual([]);
    rmSync(dir, { recursive: true });
  });

  it('starts with a day of traffic and three steps, signs in once by its link, and cleans up when it is stopped', {
    timeout: 120_000,
  }, async () => {
    const child = spawn(process.execPath, [conveyScript, 'demo'], { env: { ...process.env, NO_COLOR: '1' } });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk;
    });
    expect(await eventually(() => printed.includes('Press Ctrl-C'), 60_000)).toBe(true);
    const [, file = ''] = /--config (\S+)/.exec(printed) ?? [];
    const [, link = ''] = /1\. See the dashboard +(\S+)\n +Open this link\. It signs you in once/.exec(printed) ?? [];
    const [, ad = ''] = /2\. Buy a clock +(\S+)/.exec(printed) ?? [];
    const [, platforms = ''] = /3\. Compare platforms +(\S+)/.exec(printed) ?? [];
    expect(printed.split('\n').length).toBeLessThan(18);
    const signedIn = await fetch(link, { redirect: 'manual' });
    const [cookie = ''] = signedIn.headers.getSetCookie();
    const me = await fetch(new URL('/api/me', link), { headers: { cookie: cookie.split(';', 1)[0] ?? '' } });
    expect(await me.json()).toEqual({ name: 'demo', role: 'owner' });
    expect((await fetch(link)).status).toBe(410);
    expect((await fetch(ad)).url).toMatch(/\/\?\w+=.*&/);
    const comparison = await (await fetch(platforms)).text();
    // Browser tags and gateway reported the purchases of the day, at each platform that has a tag.
    for (const { id, demo } of simulators)
      if (demo.reportByTag)
        expect(comparison.split('<article').find((card) => card.includes(`href="/${id}/"`))).toMatch(/>[1-9]\d* events? merged/);
    const listed = parseJsonLines((await convey('connections', 'list', '--json', '--config', file)).stdout);
    const outcomes = new Set(listed.flatMap(({ counts }: { counts: object }) => Object.keys(counts)));
    for (const outcome of seenOutcomes) expect([...outcomes]).toContain(outcome);
    const unhealthy = listed.filter(({ health }: { health: string }) => health !== 'healthy');
    expect(unhealthy).toEqual([]);
    const accuracy = parseJsonLines((await convey('accuracy', '--json', '--config', file)).stdout);
    expect(accuracy[0].connections[0]).toMatchObject({ missing: 1 });
    expect((await convey('send-test', '--site', 'demo', '--config', file)).code).toBe(0);
    // An order of the demo shop arrives by webhook too.
    const order = await fetch(new URL('/orders', ad), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ order: '345678*cube-desk.1', email: 'jane.doe@example.com', consent: 'granted' }),
    });
    expect(order.status).toBe(204);
    const hasOrder = async () =>
      (await convey('events', '--site', 'demo', '--json', '--config', file)).stdout.includes('purchase-345678-');
    await expect.poll(hasOrder).toBe(true);
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
  });
});
