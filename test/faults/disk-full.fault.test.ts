import { existsSync, mkdirSync, readFileSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { startGateway } from '../../src/gateway/start-gateway.ts';
import { createLogger } from '../../src/logger.ts';
import { type EventLog, LogUnavailableError } from '../../src/storage/log/event-log.ts';
import { openSqliteLog } from '../../src/storage/log/sqlite-log.ts';
import { convey } from '../cli.fixture.ts';
import {
  eventually,
  makeFolder,
  post,
  purchase,
  secretKey,
  startGatewayProcess,
  startSink,
  writeKey,
} from '../gateway.fixture.ts';
import { addFaultRow, skipWithoutTool } from './fault-scale.ts';
import { mountTmpfs } from './mount-tmpfs.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

/** Appends 4 KiB records until one is rejected. Returns how many were acknowledged. */
async function fill(log: EventLog, prefix: string): Promise<number> {
  const body = `{"v":1,"fill":"${'x'.repeat(4_000)}"}`;
  for (let index = 0; index < 100_000; index += 1) {
    try {
      await log.append([{ partition: 'shop', key: `${prefix}-${index}`, bytes: Buffer.from(body) }]);
    } catch (error) {
      expect(error).toBeInstanceOf(LogUnavailableError);
      return index;
    }
  }
  throw new Error('the disk never filled');
}

it.for([8, 24])(
  'a full disk of %d MiB refuses events, keeps exactly the acknowledged ones, and recovers when there is space',
  async (size, context) => {
    const disk = mountTmpfs(size) ?? skipWithoutTool(context, 'F5', 'mount of a tmpfs');
    cleanups.push(disk.unmount);
    const ballast = join(disk.dir, 'ballast');
    writeFileSync(ballast, Buffer.alloc((size / 4) * 1024 * 1024));
    const log = await openSqliteLog(join(disk.dir, 'log.db'), { now: Date.now, diskReserveBytes: 0 });
    cleanups.push(() => log.close());

    const before = await fill(log, 'before');
    for (let more = 0; more < 50; more += 1)
      await log
        .append([{ partition: 'shop', key: `refused-${more}`, bytes: Buffer.alloc(1_000_000, 'x') }])
        .catch(() => undefined);
    expect(before).toBeGreaterThan(100);
    expect(await log.health()).toMatchObject({ writable: false });
    unlinkSync(ballast);
    expect(await eventually(async () => (await log.health()).writable)).toBe(true);
    const after = await fill(log, 'after');
    expect(after).toBeGreaterThan(50);
    const { records } = await log.read('shop', '', { records: 100_000, bytes: 1e9 });
    const keys = records.map(({ key }) => key).filter((key) => !key.startsWith('refused'));
    expect(keys).toEqual([
      ...Array.from({ length: before }, (_, index) => `before-${index}`),
      ...Array.from({ length: after }, (_, index) => `after-${index}`),
    ]);
    expect(records.every(({ body }) => 'bytes' in body)).toBe(true);
    addFaultRow(context, {
      fault: 'F5',
      scenario: 'the disk of the log is full, then has space again',
      amount: `${size} MiB`,
      expected: 'exactly the acknowledged records are stored',
      observed: `${before} before, ${after} after`,
    });
  },
);

it('a gateway that is killed on a full disk starts by its reserve, and delivers', async (context) => {
  const disk = mountTmpfs(1_024) ?? skipWithoutTool(context, 'F5', 'mount of a tmpfs');
  cleanups.push(disk.unmount);
  const folder = makeFolder();
  const sink = await startSink();
  cleanups.push(folder.remove, sink.close);
  const dataDir = join(disk.dir, 'data');
  const writeConfig = (endpoint: string) => {
    const file = folder.writeConfig(endpoint);
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), dataDir }));
    return file;
  };
  // A running gateway would create it after some seconds.
  const reserve = join(dataDir, 'reserve');
  mkdirSync(dataDir, { mode: 0o700 });
  writeFileSync(reserve, Buffer.alloc(64 * 1024 * 1024));
  const killed = await startGatewayProcess(writeConfig('http://127.0.0.1:1'));
  cleanups.push(() => killed.kill());
  const events = Array.from({ length: 20 }, (_, number) => purchase(`o-${number}`));
  expect(await post(killed.url, events)).toMatchObject({ accepted: events.length });
  process.kill(killed.pid, 'SIGSTOP');
  disk.fill();
  expect([statfsSync(dataDir).bavail, existsSync(reserve)]).toEqual([0, true]);
  await killed.kill();

  const started = await startGatewayProcess(writeConfig(sink.url));
  cleanups.push(() => started.stop());
  expect(await eventually(() => sink.events().length >= events.length)).toBe(true);
  expect(started.output()).toContain('disk full: reserve released');
  await expect(post(started.url, [purchase('late')])).rejects.toThrow('503');
  const check = await convey('check', '--config', writeConfig(sink.url));
  expect([check.code, check.stdout]).toEqual([
    1,
    expect.stringMatching(/problem {2}log: Not accepting events: Only \d+ MiB .*Free/),
  ]);
  addFaultRow(context, {
    fault: 'F5',
    scenario: 'a gateway is killed on a full disk, and starts again',
    amount: '1 kill',
    expected: 'the reserve lets it start and deliver',
    observed: `${sink.events().length} of ${events.length} delivered`,
  });
});

it('a disk that fills up refuses browsers first and servers later, and accepts both when there is space', async (context) => {
  const disk = mountTmpfs(1_024) ?? skipWithoutTool(context, 'F5', 'mount of a tmpfs');
  cleanups.push(disk.unmount);
  const folder = makeFolder();
  const sink = await startSink();
  cleanups.push(folder.remove, sink.close);
  const written = JSON.parse(readFileSync(folder.writeConfig(sink.url), 'utf8'));
  const read = readConfig(JSON.stringify({ ...written, dataDir: join(disk.dir, 'data') }), {}, folder.dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const lines: string[] = [];
  const logger = createLogger('error', { write: (line) => void lines.push(line) });
  const gateway = await startGateway(read.config, { version: 'test', logger });
  cleanups.push(() => gateway.stop(0));

  let sentCount = 0;
  const send = async (path: string, headers: Readonly<Record<string, string>>, more: object = {}) => {
    sentCount += 1;
    const body = JSON.stringify({ ...more, events: [purchase(`o-${sentCount}`)] });
    const { status } = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body });
    return status;
  };
  const readStatuses = async () => {
    const readiness = await fetch(`${gateway.url}/readyz`);
    const statuses = {
      browser: await send('/e', {}, { writeKey }),
      server: await send('/v1/events', { authorization: `Bearer ${secretKey}` }),
      ready: readiness.status,
    };
    return JSON.stringify(statuses) + (await readiness.text());
  };
  const waitForStatuses = async (pattern: RegExp) => {
    let last = '';
    await eventually(async () => {
      last = await readStatuses();
      return pattern.test(last);
    });
    expect(last).toMatch(pattern);
  };
  await waitForStatuses(/^\{"browser":202,"server":202,"ready":200\}\{"ok":true\}$/);
  disk.resize(700);
  await waitForStatuses(/^\{"browser":503,"server":202,"ready":200\}\{"ok":true\}$/);
  expect(lines.join('')).toMatch(/"problem":"Only \d+ MiB [^"]*Free some space","msg":"refusing events of browsers"/);
  disk.resize(500);
  await waitForStatuses(/^\{"browser":503,"server":503,"ready":503\}\{"ok":false\}$/);
  expect(lines.join('')).toMatch(/"problem":"Only \d+ MiB [^"]*Free some space","msg":"not accepting events"/);
  disk.resize(1_024);
  await waitForStatuses(/^\{"browser":202,"server":202,"ready":200\}\{"ok":true\}$/);
  addFaultRow(context, {
    fault: 'F5',
    scenario: 'the disk of a running gateway fills up, then has space again',
    amount: '2 reserves',
    expected: 'browsers are refused under 768 MiB, servers under 512 MiB',
    observed: 'both reserves held',
  });
});
