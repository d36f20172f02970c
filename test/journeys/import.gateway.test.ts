import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { convey, parseJsonLines } from '../cli.fixture.ts';
import { eventually, makeFolder, post, purchase, startGatewayProcess, startSink } from '../gateway.fixture.ts';
import { countReceived, listOrders, orderTime, readImportLine, startImport, writeLines } from '../import.fixture.ts';
import { startLocalGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

/** A shop imports its old orders from a file, while importer and gateway are killed. */

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

/** `CONVEY_IMPORT_ROWS=100000` runs the kills with a large file. */
const rows = Number(process.env.CONVEY_IMPORT_ROWS ?? 3_000);
const patienceMs = 20_000 + 10 * rows;

async function prepare(site: object = {}) {
  const folder = makeFolder();
  cleanups.push(() => folder.remove());
  const sink = await startSink();
  cleanups.push(() => sink.close());
  const config = folder.writeConfig(sink.url, { site: { purchaseHoldSeconds: 0, consent: { policy: 'granted' }, ...site } });
  return { folder, sink, config, ask: connectToGateway({ dataDir: folder.dataDir }) };
}

async function finish(child: ChildProcessWithoutNullStreams) {
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { code, stdout, stderr };
}

describe(`an import of ${rows} rows`, () => {
  test('goes on after kills of importer and gateway, and each row is once in the log', { timeout: 3 * patienceMs }, async () => {
    const { folder, sink, config, ask } = await prepare();
    const file = writeLines(folder, listOrders(rows));
    let gateway = await startGatewayProcess(config);
    cleanups.push(() => gateway.kill());

    const first = startImport(file, config);
    expect(await eventually(async () => (await readImportLine(ask)) > rows / 4, patienceMs)).toBe(true);
    first.kill('SIGKILL');
    await once(first, 'close');
    const killedAt = await readImportLine(ask);
    expect(killedAt).toBeLessThan(rows);

    const second = startImport(file, config);
    expect(await eventually(async () => (await readImportLine(ask)) > rows / 2, patienceMs)).toBe(true);
    await gateway.kill();
    const stopped = await finish(second);
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toContain('Run the same command again to go on after the last stored row.');

    gateway = await startGatewayProcess(config);
    const third = await finish(startImport(file, config, '--json'));
    expect(third).toMatchObject({ code: 0, stderr: expect.stringMatching(/Goes on after line \d+/) });
    const [done] = parseJsonLines(third.stdout);
    expect(done).toMatchObject({ line: rows + 1, refused: 0, finishedAt: expect.any(Number) });
    expect(done.accepted + done.repeated).toBe(rows);

    const countSent = () => new Set(sink.events().map(({ eventId }) => eventId)).size;
    expect(await eventually(() => countSent() === rows, patienceMs)).toBe(true);
    expect(await countReceived(ask)).toEqual({ received: rows, copies: 0 });
    const again = await finish(startImport(file, config));
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^This file was imported at .*Nothing was sent\.\n$/) });
    // Another mapping is another import, whose rows are stored already.
    const other = await finish(startImport(file, config, '--event', 'Purchase', '--json'));
    expect(parseJsonLines(other.stdout)).toMatchObject([{ accepted: 0, repeated: rows, refused: 0 }]);
    expect(await countReceived(ask)).toEqual({ received: rows, copies: 0 });
    // The gateway repeats a request unchanged if the kill left it without an answer.
    const requests = new Map(sink.requests.map(({ body }) => [JSON.stringify(body), body.data]));
    expect([...requests.values()].flat()).toHaveLength(rows);
  });

  test('stops at Ctrl-C after the rows that are being sent', { timeout: 60_000 }, async () => {
    const { folder, config, ask } = await prepare();
    const file = writeLines(folder, listOrders(rows));
    const gateway = await startGatewayProcess(config);
    cleanups.push(() => gateway.kill());
    const child = startImport(file, config);
    expect(await eventually(async () => (await readImportLine(ask)) > 0)).toBe(true);
    child.kill('SIGINT');
    const { code, stderr } = await finish(child);
    expect(code).toBe(130);
    expect(stderr).toContain(`Stopped after line ${await readImportLine(ask)}. Run the same command again to go on after it.`);
  });
});

test('an import waits while a connection lags over 10 s, and goes on by itself', async () => {
  const { folder, sink, config, ask } = await prepare();
  const clock = createPacedClock();
  const gateway = await startPacedGateway(config, clock);
  cleanups.push(() => gateway.stop());
  const connection = { site: 'shop', connection: 'bing' };
  await ask('POST /api/sites/:site/connections/:connection/:action', { ...connection, action: 'pause' });
  await post(gateway.url, [purchase('waiting')]);
  clock.jump(20_000);
  const readImports = async () => (await ask('GET /api/sites/:site/imports', { site: 'shop' })).imports;
  const importing = convey('import', writeLines(folder, listOrders(250)), '--config', config);
  expect(await eventually(async () => (await readImports()).length > 0)).toBe(true);
  const [begun] = await readImports();
  expect(begun?.line).toBe(0);
  const { wait } = await ask('GET /api/sites/:site/imports/:import', { site: 'shop', import: begun?.id ?? '' });
  expect(wait).toMatchObject({ consumer: 'bing', seconds: expect.any(Number) });
  await ask('POST /api/sites/:site/connections/:connection/:action', { ...connection, action: 'resume' });
  const { code, stdout, stderr } = await importing;
  expect([code, stdout]).toEqual([0, '250 rows accepted, 0 repeated, 0 refused.\n']);
  expect(stderr).toMatch(/Waits: the connection bing is \d+ s behind\. The import goes on by itself\./);
  expect(await eventually(() => sink.events().length === 251)).toBe(true);
});

test('an import does not wait for purchases that are held for another report', async () => {
  const { folder, config } = await prepare({ purchaseHoldSeconds: 600, webhooks: { secrets: ['shpss_0123456789abcdef'] } });
  const clock = createPacedClock();
  const gateway = await startPacedGateway(config, clock);
  cleanups.push(() => gateway.stop());
  await post(gateway.url, [purchase('held')]);
  const readDeferred = async () => (await gateway.callApi('GET /api/connections')).map(({ deferred }) => deferred);
  expect(await eventually(async () => (await readDeferred())[0] === 1)).toBe(true);
  clock.jump(60_000);
  const { stdout, stderr } = await convey('import', writeLines(folder, listOrders(150)), '--config', config);
  expect(stdout).toBe('150 rows accepted, 0 repeated, 0 refused.\n');
  expect(stderr).not.toContain('Waits');
});

test('a dry run lists each row, and stores nothing', async () => {
  const { folder, config, ask } = await prepare();
  const gateway = await startLocalGateway(config);
  cleanups.push(() => gateway.stop());
  const results = join(folder.dir, 'results.csv');
  const file = writeLines(folder, [
    ...listOrders(2),
    `Purchase,${orderTime},,1,USD,old-1`,
    'Purchase,2026-11-24 10:00:00,,1,USD,old-3',
    `Purchase,${orderTime},,"1,200.50",USD,old-4`,
    `,${orderTime},,1,USD,old-5`,
  ]);
  const { code, stdout } = await convey('import', file, '--dry-run', '--config', config, '--results', results);
  expect(code).toBe(1);
  expect(stdout).toContain('Nothing was stored. An import would have: 2 rows accepted, 1 repeated, 3 refused.');
  const lines = readFileSync(results, 'utf8').trimEnd().split('\n');
  expect(lines.slice(0, 4)).toEqual([
    'line,result,id,repeat of line,field,code,rule,remedy',
    '2,accepted,purchase-old-0,,,,,',
    '3,accepted,purchase-old-1,,,,,',
    '4,repeated,,3,,,,',
  ]);
  expect(lines[4]).toMatch(/^5,refused,,,time,time-without-zone,"Must have an offset,.*Add offsets/);
  expect(lines[5]).toMatch(/^6,refused,,,commerce\.value,value-unreadable,Must be a number .*,Remove currency signs/);
  expect(lines[6]).toMatch(/^7,refused,,,name,name-missing,Must have a name\.,"Send a standard name/);
  expect(await countReceived(ask)).toMatchObject({ received: 0 });
  expect((await ask('GET /api/sites/:site/imports', { site: 'shop' })).imports).toEqual([]);
});

test('an import names the choice of consent that it needs before it sends a row', async () => {
  const { folder, config, ask } = await prepare({ consent: { policy: 'strict' } });
  const gateway = await startLocalGateway(config);
  cleanups.push(() => gateway.stop());
  const file = writeLines(folder, listOrders(2));
  const refused = await convey('import', file, '--config', config);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/2 rows without consent would count as denied.*--consent granted or --consent denied/s);
  expect((await ask('GET /api/sites/:site/imports', { site: 'shop' })).imports).toEqual([]);
  const sent = await convey('import', file, '--config', config, '--consent', 'granted');
  expect(sent).toMatchObject({ code: 0, stdout: '2 rows accepted, 0 repeated, 0 refused.\n' });
  const { events } = await ask('GET /api/sites/:site/events', { site: 'shop' });
  expect(events).toMatchObject(Array(2).fill({ reporter: 'server', via: 'import', reportedBy: 'an import' }));
});

test('an import reads JSON Lines, gives rows without an id one, and never overwrites results', async () => {
  const { folder, config, ask } = await prepare();
  const gateway = await startLocalGateway(config);
  cleanups.push(() => gateway.stop());
  const lead = { name: 'Lead', time: orderTime, user: { email: 'jane@mail.example' } };
  const file = writeLines(
    folder,
    [JSON.stringify(lead), JSON.stringify({ user: lead.user, time: orderTime, name: 'Lead' }), '{"name":'],
    'leads.jsonl',
  );
  const results = join(folder.dir, 'results.csv');
  const { code, stdout } = await convey('import', file, '--config', config, '--results', results);
  expect([code, stdout]).toEqual([1, '1 row accepted, 1 repeated, 1 refused.\n']);
  expect(readFileSync(results, 'utf8')).toMatch(
    /\n1,accepted,import-[0-9a-f]{32},,,,,\n2,repeated,,1,,,,\n3,refused,,,row,row-unreadable,/,
  );
  const repeated = await convey('import', file, '--config', config);
  expect(repeated).toMatchObject({ code: 1, stdout: expect.stringMatching(/^This file was imported at .*1 refused/) });
  expect(repeated.stderr).toContain('Use --dry-run with --results FILE to see the lines');
  const { events } = await ask('GET /api/sites/:site/events', { site: 'shop' });
  expect(events).toMatchObject([{ name: 'Lead', id: expect.stringMatching(/^import-[0-9a-f]{32}$/) }]);
  const other = writeLines(folder, [JSON.stringify({ ...lead, time: Date.now() })], 'other.jsonl');
  const again = await convey('import', other, '--config', config, '--results', results);
  expect(again.stderr).toContain('An existing file is not overwritten');
});
