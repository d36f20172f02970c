import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { eventually, makeFolder, root, startGatewayProcess } from '../gateway.fixture.ts';
import { notRun, sized, tell } from './fault-scale.ts';
import { makeDriver } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';

const answersAtLeast = sized({ part: 1_000, whole: 2_000, nightly: 20_000 });
const senders = 8;

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

function hasStrace(): boolean {
  try {
    execFileSync('strace', ['-f', '-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface Order {
  /** Answers that acknowledge events. */
  readonly answers: number;
  /** Of these, those that left before the log's file was synced with their event in it. */
  readonly early: number;
}

/** Every record's key, as the trace shows bytes. */
const keyInPage = /Purchase\\0?37(o-\d+)\\0?37/g;
const idsOfAnswer = /HTTP\/1\.1 202.*\\"ids\\":\[(.*?)\]/;
const ofLog = /log\.db-wal>/;

/** Reads a trace in its order: what was written into the log, when that was synced, and which answers left. */
async function readOrder(file: string): Promise<Order> {
  const unsynced = new Set<string>();
  const synced = new Set<string>();
  /** By the thread that syncs: what its sync will hold. */
  const syncing = new Map<string, readonly string[]>();
  let [answers, early] = [0, 0];
  const end = (thread: string) => {
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
      if (!isEnd && ofLog.test(line)) syncing.set(thread, [...unsynced]);
      if (/\) += 0$/.test(line)) end(thread);
    } else if (call.startsWith('pwrite') && ofLog.test(line)) {
      for (const [, id = ''] of line.matchAll(keyInPage)) if (!synced.has(id)) unsynced.add(id);
    } else if (!isEnd) {
      const [, ids] = idsOfAnswer.exec(line) ?? [];
      if (ids === undefined) continue;
      const acknowledged = [...ids.matchAll(/o-\d+/g)].map(([id]) => id);
      answers += 1;
      if (acknowledged.length === 0 || acknowledged.some((id) => !synced.has(id))) early += 1;
    }
  }
  return { answers, early };
}

/** What ends a trace. strace pads a pid to 5 columns, so a small one has more than one space after it. */
function endOf(pid: number): RegExp {
  return new RegExp(`^${pid} +\\+\\+\\+ exited`, 'm');
}

/** The last 4 KiB of a file; a trace is too long to be read whole again and again. */
async function lastOf(path: string): Promise<string> {
  const { size } = await stat(path);
  return text(createReadStream(path, { start: Math.max(0, size - 4_096), encoding: 'latin1' }));
}

/** Answers `answersAtLeast` requests and more, under the eyes of strace. */
async function traced(nodeOptions: readonly string[]): Promise<Order> {
  const folder = makeFolder();
  const vendor = await startVendor();
  const driver = makeDriver('o');
  ending.push(folder.remove, vendor.close, driver.close);
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
      '5000',
      '-e',
      calls,
      '-o',
      trace,
      process.execPath,
      ...nodeOptions,
    ],
  });
  ending.push(() => gateway.kill());
  await driver.load(gateway.url, senders, () => driver.obligations.size >= answersAtLeast);
  await gateway.stop();
  expect(await eventually(async () => endOf(gateway.pid).test(await lastOf(trace)))).toBe(true);
  const order = await readOrder(trace);
  expect(order.answers).toBe(driver.obligations.size);
  return order;
}

it('lets no answer leave before the log is synced with its event in it, and would notice one', {
  timeout: 600_000,
}, async (context) => {
  if (!hasStrace()) notRun(context, 'F3', 'strace');
  const seen = await traced([]);
  expect(seen.early).toBe(0);
  const canary = await traced(['--import', join(root, 'test/faults/without-fsync.ts')]);
  expect(canary.early).toBeGreaterThan(canary.answers / 2);
  tell(context, {
    fault: 'F3',
    what: 'the order of fsync and 202, by strace',
    times: `${seen.answers} answers`,
    holds: 'none leaves before its event is synced',
    seen: `${seen.early} early; without syncs ${canary.early} of ${canary.answers}`,
  });
});
