import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { parseEventKey } from '../src/event/event-key.ts';
import { lockGatewayFolder } from '../src/gateway/lock-data-folder.ts';
import { convey } from './cli.fixture.ts';
import { startLine } from './faults/postgres/line.ts';
import { makeFolder, post, purchase, root, startGatewayProcess, startSink, writeKey } from './gateway.fixture.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from './postgres.fixture.ts';

/** Checks the list of what a collector that was taken over may not do. */
async function expectFewRights(collector: pg.Client, database: TestDatabase): Promise<void> {
  const others = "SELECT id FROM nodes WHERE roles <> '{collect}'";
  expect(await database.run(`SELECT 1 FROM spools WHERE node IN (${others})`)).toHaveLength(1);
  // A gateway that has stopped, and another collector that has a role of its own.
  await database.run(
    "INSERT INTO spools VALUES ('stopped', 'one', NULL, 1, session_user), ('other', 'two', NULL, 1, 'convey_collect')",
  );
  await database.run("INSERT INTO shop_requests (id, site, content, added_at) VALUES ('erase 1', 'shop', '{}', 0)");
  // It can distrust a key that a page has used, and no gateway has this one.
  await collector.query("SELECT distrust_key('shop', repeat('a', 64), 1)");
  expect((await collector.query('SELECT site FROM distrusted_keys')).rows).toEqual([{ site: 'shop' }]);
  for (const statement of [
    'SELECT bytes FROM records',
    'SELECT * FROM records_3',
    'UPDATE records SET at = 0',
    'DELETE FROM records',
    'SELECT secrets FROM dashboard_connections',
    'SELECT * FROM alert_settings',
    'SELECT state FROM connections',
    'UPDATE connections SET state = consumer',
    'SELECT owner FROM leases',
    'UPDATE leases SET until = 0',
    'SELECT content FROM shop_requests',
    'UPDATE shop_requests SET content = NULL',
    'DELETE FROM shop_requests',
    'SELECT * FROM accounts',
    'SELECT * FROM sessions',
    'INSERT INTO commands SELECT 1',
    'SELECT * FROM visitor_profiles',
    'UPDATE spools SET added_by = NULL',
    'SELECT * FROM activity',
    'SELECT * FROM activity_checkpoint',
    "INSERT INTO activity VALUES (1, 1, 'config-changed', 'file', NULL, '{}', '')",
    "SELECT append_activity(1, 'account-added', 'cli', NULL, '{}')",
    'UPDATE lanes SET lane = 9',
    'DELETE FROM lanes',
    'UPDATE sites_version SET version = 0',
    'DELETE FROM distrusted_keys',
    "INSERT INTO page_sessions VALUES ('shop', 'a', NULL, 1, 9e15)",
    'UPDATE page_sessions SET token = site',
    "INSERT INTO distrusted_keys VALUES ('shop', 'key', 1)",
    "SELECT distrust_key('shop', 'no hash', 1)",
    'DROP POLICY collect_owns ON spools',
    'ALTER TABLE nodes DISABLE ROW LEVEL SECURITY',
    "INSERT INTO nodes VALUES ('fake', '', '{deliver}', 9e15, 1)",
    "INSERT INTO spools SELECT id, 'fake', 0, 1 FROM nodes WHERE roles <> '{collect}' ON CONFLICT (node) DO UPDATE SET empty_since = 0",
    "INSERT INTO collector_notices SELECT 'shop', 'domain-refused', 'x.example', id, 1, 1 FROM nodes WHERE roles <> '{collect}'",
  ])
    await expect(collector.query(statement), statement).rejects.toThrow(/permission denied|row-level security|must be owner/);
  for (const statement of [
    "UPDATE nodes SET seen_at = 0 WHERE roles <> '{collect}'",
    "DELETE FROM nodes WHERE roles <> '{collect}'",
    `UPDATE spools SET empty_since = 0 WHERE node IN (${others})`,
    `DELETE FROM spools WHERE node IN (${others})`,
    "UPDATE spools SET empty_since = 0 WHERE node IN ('stopped', 'other')",
    "DELETE FROM spools WHERE node IN ('stopped', 'other')",
  ])
    expect((await collector.query(statement)).rowCount, statement).toBe(0);
  await database.run('DELETE FROM shop_requests');
  await database.run("DELETE FROM spools WHERE node IN ('stopped', 'other')");
}

describe.skipIf(!hasPostgres)('a gateway on PostgreSQL', () => {
  let folder: ReturnType<typeof makeFolder>;
  let database: TestDatabase;
  let sink: Awaited<ReturnType<typeof startSink>>;
  let configFile: string;
  beforeEach(async () => {
    vi.stubEnv('CONVEY_SECRETS_KEY', randomBytes(32).toString('hex'));
    database = await createTestDatabase();
    sink = await startSink();
    folder = makeFolder();
    configFile = folder.writeConfig(sink.url, { store: database.url, site: { purchaseHoldSeconds: 0 } });
  });
  afterEach(async () => {
    await sink.close();
    await database.drop();
    folder.remove();
    vi.unstubAllEnvs();
  });

  /** Creates the tables, and makes the folder one of this database. */
  const startOnce = async () => expect(await (await startGatewayProcess(configFile)).stop()).toBe(0);
  const listDelivered = () => new Set(sink.events().map((event) => event.eventId));

  it('delivers every acknowledged event after kill -9, and starts again at once', async () => {
    const first = await startGatewayProcess(configFile);
    const ids = Array.from({ length: 40 }, (_, index) => `ord-${index}`);
    for (const id of ids.slice(0, 20))
      expect(await post(first.url, [purchase(id)])).toMatchObject({ accepted: 1, duplicates: 0 });
    // The rest is acknowledged together, and most of it not yet sent when the process ends.
    await Promise.all(ids.slice(20).map((id) => post(first.url, [purchase(id)])));
    await first.kill();
    const second = await startGatewayProcess(configFile);
    await expect.poll(() => ids.filter((id) => !listDelivered().has(id))).toEqual([]);
    expect(await post(second.url, [purchase('ord-3')])).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await database.run('SELECT count(*)::integer AS records FROM records')).toEqual([{ records: ids.length }]);
    expect(second.output()).not.toContain('postgres:postgres@');
    expect(await second.stop()).toBe(0);
  });

  it('shares its sites with a second gateway, and hands them over when it stops', async () => {
    const otherFolder = makeFolder();
    const otherConfig = otherFolder.writeConfig(sink.url, { store: database.url, site: { purchaseHoldSeconds: 0 } });
    const [first, second] = [await startGatewayProcess(configFile), await startGatewayProcess(otherConfig)];
    const isDelivered = (id: string) => expect.poll(() => listDelivered().has(id)).toBe(true);
    expect(await post(first.url, [purchase('shared-1')])).toMatchObject({ accepted: 1 });
    expect(await post(second.url, [purchase('shared-1'), purchase('shared-2')])).toMatchObject({ accepted: 1, duplicates: 1 });
    for (const id of ['shared-1', 'shared-2']) await isDelivered(id);
    // One of the two runs the site. The other passes the command on.
    const listPaused = () =>
      database.run<{ state: string }>(`SELECT state FROM connections WHERE state::jsonb->'pause'->>'cause' = 'operator'`);
    for (const config of [configFile, otherConfig]) {
      expect((await convey('connections', 'pause', 'shop/bing', '--config', config)).code).toBe(0);
      expect(await listPaused()).toHaveLength(1);
      expect((await convey('connections', 'resume', 'shop/bing', '--config', config)).code).toBe(0);
      expect(await listPaused()).toEqual([]);
    }
    // An alert setting of one process is known to the other, which does not undo it.
    const target = { site: 'shop', connection: 'bing' };
    const [one, other] = [folder, otherFolder].map(({ dataDir }) => connectToGateway({ dataDir }));
    await one?.('PUT /api/sites/:site/connections/:connection/mute', target, {});
    await expect.poll(async () => (await other?.('GET /api/alerts'))?.mutes).toEqual([target]);
    await other?.('PUT /api/alerts/settings', {}, { settings: { digest: 'daily' } });
    await expect.poll(async () => (await one?.('GET /api/alerts'))?.settings?.digest).toBe('daily');
    expect((await one?.('GET /api/alerts'))?.mutes).toEqual([target]);
    // A page whose session one process opened is known to the other.
    const loadPixel = async () => (await fetch(`${second.url}/p.js?k=${writeKey}`)).text();
    expect(await loadPixel()).not.toContain('convey_debug');
    const token = (await one?.('POST /api/sites/:site/page-sessions', { site: 'shop' }))?.token;
    await expect.poll(loadPixel, { timeout: 15_000 }).toContain('convey_debug');
    for (const [tab, open] of [
      ['a', true],
      ['b', false],
    ]) {
      const body = JSON.stringify({ writeKey, debug: `${token}.${tab}`, seen: [{ name: 'order_done', keys: [] }] });
      const answer = await fetch(`${second.url}/e`, { method: 'POST', headers: { origin: 'https://shop.example' }, body });
      expect(await answer.json()).toEqual({ open });
    }
    const seen = await one?.('GET /api/sites/:site/seen-events', { site: 'shop' });
    expect(seen?.events).toMatchObject([{ name: 'order_done' }]);
    // An erasure moves the site to the process that was asked.
    for (const [config, id] of [
      [configFile, 'shared-1'],
      [otherConfig, 'shared-2'],
    ] as const) {
      const erased = await convey('erase', '--site', 'shop', '--event-id', id, '--yes', '--config', config);
      // A slow machine prints progress.
      expect([erased.code, erased.stderr]).toEqual([0, expect.stringMatching(/^(?:Searched .*\n)*$/)]);
    }
    expect(await first.stop()).toBe(0);
    expect(await post(second.url, [purchase('shared-3')])).toMatchObject({ accepted: 1 });
    await isDelivered('shared-3');
    expect(await second.stop()).toBe(0);
    otherFolder.remove();
    const sent = sink
      .events()
      .map((event) => event.eventId)
      .filter((id) => String(id).startsWith('shared-'));
    expect(sent.toSorted()).toEqual(['shared-1', 'shared-2', 'shared-3']);
  });

  it('collects with few rights in one process and delivers in another, by their roles', async () => {
    await startOnce();
    const frontFolder = makeFolder();
    // A file with a new connection, which the collector knows first.
    const settings = { tagId: '187099999', token: 'good-token' };
    const added = { id: 'added', destination: 'microsoft', settings: { ...settings, endpoint: sink.url } };
    const config = { store: database.url, site: { purchaseHoldSeconds: 0, connections: [added] } };
    const backConfig = folder.writeConfig(sink.url, { ...config, roles: ['deliver', 'admin'] });
    const name = new URL(database.url).pathname.slice(1);
    await database.run('DROP ROLE IF EXISTS convey_collect_1, convey_collect');
    await database.run(readFileSync(join(root, 'deploy/collect-role.sql'), 'utf8'));
    await database.run(`GRANT CONNECT ON DATABASE ${name} TO convey_collect`);
    await database.run('CREATE ROLE convey_collect_1 LOGIN IN ROLE convey_collect');
    const store = database.url.replace(/\/\/[^@]+@/, '//convey_collect_1@');
    const frontConfig = frontFolder.writeConfig(sink.url, { ...config, store, roles: ['collect'] });
    const front = await startGatewayProcess(frontConfig);
    const back = await startGatewayProcess(backConfig);
    await expect.poll(front.output).toMatch(/accepts events at .*\nRoles: collect\n.*\nThe metrics are at/);
    await expect.poll(back.output).toMatch(/Its health is at .*\nRoles: deliver, admin\nThe dashboard is at/);
    expect(await post(front.url, [purchase('front-1')])).toMatchObject({ accepted: 1 });
    await expect.poll(() => listDelivered().has('front-1')).toBe(true);
    await expect(post(back.url, [purchase('back-1')])).rejects.toThrow('404');
    for (const { url } of [front, back]) expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const [, metrics = ''] = /metrics are at (\S+)/.exec(front.output()) ?? [];
    const text = await (await fetch(metrics)).text();
    expect(text).toMatch(/^convey_events_accepted_total\{.*\} 1$/m);
    expect(text).toMatch(/^convey_nodes\{role="deliver"\} 1$/m);
    expect(text).toMatch(/^convey_sites_without_holder 0$/m);
    // How sites and the log stand is reported by the process that delivers.
    expect(text).not.toMatch(/^convey_connection_lag_events\{/m);
    expect(text).toMatch(/^convey_log_records 0$/m);
    expect((await fetch(metrics.replace('/metrics', '/'))).status).toBe(404);
    const { code, stderr } = await convey('connections', 'list', '--config', frontConfig);
    expect([code, stderr]).toEqual([1, expect.stringContaining('no role `admin`')]);
    expect((await convey('connections', 'list', '--config', backConfig)).code).toBe(0);
    // The process that changes a site of the dashboard records its rules, and the collector only applies it.
    const admin = connectToGateway({ dataDir: folder.dataDir });
    await admin('POST /api/sites', {}, { id: 'made', domains: ['made.example'], purchaseHoldSeconds: 0 });
    const made = { site: 'made' };
    await admin(
      'PUT /api/sites/:site/connections/:connection',
      { ...made, connection: 'bing' },
      { destination: 'microsoft', settings },
    );
    const { key } = await admin('POST /api/sites/:site/keys', made, { kind: 'secret' });
    const postToMade = () => post(front.url, [purchase('made-1')], key).catch(String);
    await expect.poll(postToMade, { timeout: 20_000 }).toMatchObject({ accepted: 1 });
    await expect.poll(() => listDelivered().has('made-1'), { timeout: 20_000 }).toBe(true);
    expect((await admin('GET /api/sites/:site/consent', made)).banners).toEqual([
      { source: 'server', granted: 1, denied: 0, unknown: 0 },
    ]);
    const asCollector = new pg.Client({ connectionString: store });
    await asCollector.connect();
    await expectFewRights(asCollector, database).finally(() => asCollector.end());
    const listProblems = (output: string) =>
      output.match(/.*"level":"(?:warn|error)".*/g)?.filter((line) => !line.includes('no node delivers'));
    expect(listProblems(front.output()) ?? []).toEqual([]);
    // The collector spools while the database is away, forwards, and reports a domain that is not listed.
    await database.setAway(true);
    expect(await post(front.url, [purchase('spooled-1')])).toMatchObject({ accepted: 1 });
    await database.setAway(false);
    await expect.poll(() => listDelivered().has('spooled-1'), { timeout: 20_000 }).toBe(true);
    // A spooled event is counted once, too.
    expect(await database.run("SELECT sum(events)::integer AS events FROM consent_counts WHERE site = 'shop'")).toEqual(
      await database.run("SELECT count(*)::integer AS events FROM records WHERE partition = 'shop' AND key NOT LIKE '$%'"),
    );
    await fetch(`${front.url}/e`, {
      method: 'POST',
      headers: { origin: 'https://elsewhere.example' },
      body: JSON.stringify({ writeKey, events: [{ name: 'Lead' }] }),
    });
    await expect
      .poll(() => database.run('SELECT domain FROM collector_notices'), { timeout: 20_000 })
      .toEqual([{ domain: 'elsewhere.example' }]);
    await admin('DELETE /api/sites/:site', made);
    await expect.poll(postToMade, { timeout: 20_000 }).toContain('401');
    expect(await front.stop()).toBe(0);
    // A channel that changed in the file of the collector first.
    const channels = [{ id: 'ops', type: 'slack', url: 'https://hooks.slack.com/services/changed' }];
    frontFolder.writeConfig(sink.url, { ...config, store, roles: ['collect'], alerts: { channels } });
    // An earlier version of the file gave fewer rights. The collector starts, and names the one that it lacks.
    await database.run('REVOKE ALL ON browser_usage, leases FROM convey_collect');
    const again = await startGatewayProcess(frontConfig);
    expect(await post(again.url, [purchase('front-2')])).toMatchObject({ accepted: 1 });
    expect([await again.stop(), await back.stop()]).toEqual([0, 0]);
    expect(listProblems(again.output())).toEqual([expect.stringContaining('permission denied for table browser_usage')]);
    expect(front.output()).not.toMatch(/permission denied|row-level security/);
    // By the function alone: its role has no right on the table.
    const changed = await database.run("SELECT entry FROM activity WHERE kind = 'config-changed' AND site IS NULL");
    const entries = changed.map(({ entry }) => JSON.parse(String(entry)));
    expect(entries).toContainEqual(
      expect.objectContaining({ actor: 'file', changed: expect.arrayContaining(['alerts.channels[ops].type']) }),
    );
    await database.run('DROP OWNED BY convey_collect_1, convey_collect');
    await database.run('DROP ROLE convey_collect_1, convey_collect');
    frontFolder.remove();
  });

  it('accepts events in a spool while the database is away, and the next start or a drain forwards them once', async () => {
    const first = await startGatewayProcess(configFile);
    const isReady = async () => (await fetch(`${first.url}/readyz`)).json();
    const ids = Array.from({ length: 30 }, (_, index) => `away-${index}`);
    expect(await post(first.url, [purchase('away-0')])).toMatchObject({ accepted: 1 });
    expect(await isReady()).toEqual({ ok: true, appendsTo: 'database' });
    await database.setAway(true);
    for (const id of ids.slice(1)) expect(await post(first.url, [purchase(id)])).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(await post(first.url, [purchase('away-7')])).toMatchObject({ accepted: 0, duplicates: 1 });
    await expect.poll(isReady).toEqual({ ok: true, appendsTo: 'spool' });
    await first.kill();
    const drain = () => convey('spool', 'drain', '--config', configFile);
    const checked = await convey('check', '--config', configFile);
    expect([checked.code, checked.stdout]).toEqual([1, expect.stringMatching(/spool: 29 records wait for the database/)]);
    expect(await drain()).toMatchObject({ code: 1, stderr: expect.stringContaining('not currently accepting connections') });
    await database.setAway(false);

    const second = await startGatewayProcess(configFile);
    await expect.poll(() => ids.filter((id) => !listDelivered().has(id))).toEqual([]);
    expect(await drain()).toMatchObject({ code: 1, stderr: expect.stringContaining('Stop it first') });
    await database.setAway(true);
    expect(await post(second.url, [purchase('left'), purchase('away-7')])).toMatchObject({ accepted: 2 });
    const ended = second.stop();
    await expect.poll(second.output).toContain('spool not empty');
    expect(await ended).toBe(0);
    await database.setAway(false);
    expect(await drain()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 record was forwarded, 1 were there before'),
    });
    expect(await drain()).toMatchObject({ code: 0, stdout: expect.stringContaining('0 records') });
    const stored = await database.run<{ key: string }>(
      `SELECT key FROM records WHERE partition = 'shop' AND (key LIKE '%away-%' OR key LIKE '%left%') ORDER BY seq`,
    );
    expect(stored.map(({ key }) => parseEventKey(key).id)).toEqual([...ids, 'left']);
    // The request with the first event may be in doubt when the database goes away.
    const spooled = ids.slice(1);
    const sent = sink.events().map(({ eventId }) => String(eventId));
    expect(sent.filter((id) => spooled.includes(id)).toSorted()).toEqual(spooled.toSorted());
    expect((await convey('spool', 'status', '--config', configFile)).stdout).toBe('No gateway has a spool.\n');
    await database.run("INSERT INTO spools VALUES ('gone', 'shop-9', NULL, 0)");
    expect((await convey('spool', 'status', '--config', configFile)).stdout).toMatch(/gone +shop-9 +has events +1970/);
    const forget = () => convey('spool', 'forget', 'gone', '--yes', '--config', configFile);
    expect([(await forget()).code, (await forget()).code]).toEqual([0, 1]);
  });

  it('answers commands within 5 s while the database is away or silent, with the spool and what became of a change', async () => {
    const line = await startLine(Number(new URL(database.url).port));
    const away = database.url.replace(/:\d+\/(?=\w+$)/, `:${line.port}/`);
    const awayConfig = folder.writeConfig(sink.url, { store: away, site: { purchaseHoldSeconds: 0 } });
    const running = await startGatewayProcess(awayConfig);
    const admin = connectToGateway({ dataDir: folder.dataDir });
    const list = () => admin('GET /api/connections');
    const pause = () =>
      admin('POST /api/sites/:site/connections/:connection/:action', { site: 'shop', connection: 'bing', action: 'pause' });
    const ask = async (call: () => Promise<unknown>) => {
      const since = performance.now();
      const message = await call().then(JSON.stringify, (error: unknown) => String(error));
      expect(performance.now() - since).toBeLessThan(6_000);
      return message;
    };
    // The line is silent: a change that has begun may end later.
    line.cut('both');
    const [listed, paused] = await Promise.all([ask(list), ask(pause)]);
    expect(listed).toMatch(/The database does not answer\. .* Meanwhile, events are accepted/);
    expect(paused).toMatch(/The database does not answer\. .* may have been carried out: look before you repeat/);
    line.target = undefined;
    line.reset();
    expect(await post(running.url, [purchase('while-away')])).toMatchObject({ accepted: 1 });
    await expect.poll(async () => (await fetch(`${running.url}/readyz`)).json()).toMatchObject({ appendsTo: 'spool' });
    expect(await ask(pause)).toContain('Nothing was changed.');
    const { code, stderr } = await convey('connections', 'list', '--config', awayConfig);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^error: The database does not answer\. .* 1 record of this gateway/),
    ]);
    expect(running.output()).not.toContain('admin request fault');
    line.target = Number(new URL(database.url).port);
    line.mend();
    await expect.poll(() => list().then(() => 'answered', String), { timeout: 20_000 }).toBe('answered');
    expect(await running.stop()).toBe(0);
    await line.close();
  });

  it('is checked and refused with field, rule and remedy when a setting breaks a promise', async () => {
    const name = new URL(database.url).pathname.slice(1);
    await startOnce();
    const check = () => convey('check', '--config', configFile);
    expect((await check()).stdout).toMatch(/store: A 202 survives the crash of any gateway/);
    await database.run(`ALTER DATABASE ${name} SET synchronous_commit = off`);
    const { code, stdout } = await check();
    expect([code, stdout]).toEqual([1, expect.stringMatching(/store: .*`synchronous_commit` is off.*Set it to `on`/)]);
    await expect(startGatewayProcess(configFile)).rejects.toThrow(/`synchronous_commit` is off/);
    await database.run(`ALTER DATABASE ${name} RESET synchronous_commit`);
  });

  it('is not started on a folder with other data, or without the key in the environment', async () => {
    await startOnce();
    await expect(startGatewayProcess(configFile, { env: { CONVEY_SECRETS_KEY: '' } })).rejects.toThrow(/CONVEY_SECRETS_KEY/);
    // Without `store`, it would start with an empty event log.
    expect(() => lockGatewayFolder({ dataDir: folder.dataDir })).toThrow('Set `store` again');
    const other = makeFolder();
    mkdirSync(other.dataDir);
    writeFileSync(join(other.dataDir, 'log.db'), 'no spool');
    expect(() => lockGatewayFolder({ dataDir: other.dataDir, store: database.url })).toThrow(/not in the database of `store`/);
    other.remove();
    writeFileSync(join(folder.dataDir, 'state.db'), 'of another gateway');
    await expect(startGatewayProcess(configFile)).rejects.toThrow(/not in the database of `store`/);
  });

  it('leaves backup and restore to the tools of the database', async () => {
    for (const command of ['backup', 'restore']) {
      const { code, stderr } = await convey(command, join(folder.dir, 'b.tar'), '--config', configFile);
      expect([code, stderr]).toEqual([1, expect.stringContaining('PostgreSQL')]);
    }
  });
});
