import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { logPageBytes } from '../../src/storage/log/sqlite-log.schema.ts';
import { eventually, makeFolder, root, startGatewayProcess } from '../gateway.fixture.ts';
import { addFaultRow, pickByScale, skipWithoutTool } from './fault-scale.ts';
import { createDriver } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';

const minResponses = pickByScale({ part: 500, whole: 2_000, nightly: 20_000 });
const senders = 8;

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

function hasStrace(): boolean {
  try {
    execFileSync('strace', ['-f', '-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface SyncOrder {
  /** Responses that acknowledge events. */
  readonly responses: number;
  /** Responses that were sent before the log with their events was synced. */
  readonly earlyResponses: number;
}

/** Matches a record's key in the trace's notation of bytes. */
const keyPattern = /Purchase\\0?37(o-\d+)\\0?37/g;
const responsePattern = /HTTP\/1\.1 202.*\\"ids\\":\[(.*?)\]/;
const logFilePattern = /log\.db-wal>/;

/** Reads the writes to the log, its syncs and the responses from a trace, in order. */
async function readSyncOrder(file: string): Promise<SyncOrder> {
  const unsynced = new Set<string>();
  const synced = new Set<string>();
  /** The ids that each running sync covers, by thread. */
  const syncing = new Map<string, readonly string[]>();
  let [responses, earlyResponses] = [0, 0];
  const endSync = (thread: string) => {
    for (const id of syncing.get(thread) ?? []) {
      synced.add(id);
      unsynced.delete(id);
    }
    syncing.delete(thread);
  };
  for await (const line of createInterface({ input: createReadStream(file, 'latin1') })) {
    const [, thread = '', call = ''] = /^(\d+)\s+(?:<\.\.\. )?(\w+)/.exec(line) ?? [];
    const isEnd = line.includes(' resumed>');
    if (call === 'fsync' || call === 'fdatasync') {
      if (!isEnd && logFilePattern.test(line)) syncing.set(thread, [...unsynced]);
      if (/\) += 0$/.test(line)) endSync(thread);
    } else if (call.startsWith('pwrite') && logFilePattern.test(line)) {
      for (const [, id = ''] of line.matchAll(keyPattern)) if (!synced.has(id)) unsynced.add(id);
    } else if (!isEnd) {
      const [, ids] = responsePattern.exec(line) ?? [];
      if (ids === undefined) continue;
      const acknowledged = [...ids.matchAll(/o-\d+/g)].map(([id]) => id);
      responses += 1;
      if (acknowledged.length === 0 || acknowledged.some((id) => !synced.has(id))) earlyResponses += 1;
    }
  }
  return { responses, earlyResponses };
}

/** Creates the pattern of a trace's last line. strace pads a pid to 5 columns, so several spaces can follow it. */
function createExitPattern(pid: number): RegExp {
  return new RegExp(`^${pid} +\\+\\+\\+ exited`, 'm');
}

/** Reads the last 4 KiB of a file, because a trace is too long to read repeatedly. */
async function readTail(path: string): Promise<string> {
  const { size } = await stat(path);
  return text(createReadStream(path, { start: Math.max(0, size - 4_096), encoding: 'latin1' }));
}

/** Sends load to a gateway under strace until it has acknowledged `minResponses` requests. */
async function traceGateway(nodeOptions: readonly string[]): Promise<SyncOrder> {
  const folder = makeFolder();
  const vendor = await startVendor();
  const driver = createDriver('o');
  cleanups.push(folder.remove, vendor.close, driver.close);
  const trace = join(folder.dir, 'trace');
  const calls = 'trace=write,writev,sendto,sendmsg,pwrite64,pwritev,fsync,fdatasync';
  const gateway = await startGatewayProcess(folder.writeConfig(vendor.url), {
    command: [
      'strace',
      '-D',
      '-f',
      '--seccomp-bpf',
      '-y',
      '-s',
      String(2 * logPageBytes),
      '-e',
      calls,
      '-o',
      trace,
      process.execPath,
      ...nodeOptions,
    ],
  });
  cleanups.push(() => gateway.kill());
  await driver.load(gateway.url, senders, () => driver.obligations.size >= minResponses);
  await gateway.stop();
  expect(await eventually(async () => createExitPattern(gateway.pid).test(await readTail(trace)))).toBe(true);
  const order = await readSyncOrder(trace);
  expect(order.responses).toBe(driver.obligations.size);
  return order;
}

it('lets no answer leave before the log is synced with its event in it, and would notice one', {
  timeout: 600_000,
}, async (context) => {
  if (!hasStrace()) skipWithoutTool(context, 'F3', 'strace');
  const result = await traceGateway([]);
  expect(result.earlyResponses).toBe(0);
  const canary = await traceGateway(['--import', join(root, 'test/faults/without-fsync.ts')]);
  expect(canary.earlyResponses).toBeGreaterThan(canary.responses / 2);
  addFaultRow(context, {
    fault: 'F3',
    scenario: 'the order of fsync and 202, by strace',
    amount: `${result.responses} responses`,
    expected: 'no response before its event is synced',
    observed: `${result.earlyResponses} early; without syncs ${canary.earlyResponses} of ${canary.responses}`,
  });
});
