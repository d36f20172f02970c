import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { eventually, makeFolder, type RunningGateway, runConveyProcess, startGatewayProcess } from '../gateway.fixture.ts';
import { addFaultRow, scale, skipWithoutTool } from './fault-scale.ts';
import { countInDoubt, createDriver, findViolations, measureFreshEvent, noViolations, waitUntilDelivered } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';

const mebibyte = 1024 * 1024;
const sizes = { part: [600], whole: [600, 700, 900], nightly: Array.from({ length: 20 }, (_, index) => 600 + index * 20) }[scale];

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

interface Disk {
  readonly dir: string;
  /** Device name in the kernel. */
  readonly device: string;
}

/** Mounts a file system in a sparse file. Returns undefined if this user may not mount one. */
function mountLoopDisk(mebibytes: number, ...options: readonly string[]): Disk | undefined {
  const base = mkdtempSync(join(tmpdir(), 'convey-disk-'));
  const [image, dir] = [join(base, 'image'), join(base, 'disk')];
  mkdirSync(dir);
  try {
    writeFileSync(image, '');
    truncateSync(image, mebibytes * mebibyte);
    execFileSync('mkfs.ext4', ['-q', '-m', '0', ...options, image], { stdio: 'ignore' });
    execFileSync('mount', ['-o', 'loop,errors=remount-ro', image, dir], { stdio: 'ignore' });
  } catch {
    rmSync(base, { recursive: true });
    return undefined;
  }
  const device =
    readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .find((line) => line.includes(` ${dir} `))
      ?.split(' ')[0] ?? '';
  cleanups.push(() => {
    execFileSync('umount', [dir]);
    rmSync(base, { recursive: true });
  });
  return { dir, device: basename(device) };
}

/** Starts a gateway with its data folder on the disk, and its platform. */
async function startDiskGateway(dir: string) {
  const folder = makeFolder();
  const vendor = await startVendor();
  const driver = createDriver('d');
  cleanups.push(folder.remove, vendor.close, driver.close);
  const config = folder.writeConfig(vendor.url);
  const dataDir = join(dir, 'data');
  writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), dataDir }));
  const gateway = await startGatewayProcess(config);
  cleanups.push(() => gateway.kill());
  return { gateway, vendor, driver, dataDir, config };
}

const isReady = async ({ url }: RunningGateway) => (await fetch(`${url}/readyz`)).status === 200;
const isUp = async ({ url }: RunningGateway) => (await fetch(`${url}/healthz`)).status === 200;

async function measureMs(condition: () => Promise<boolean>): Promise<number> {
  const startedAt = Date.now();
  return (await eventually(condition)) ? Date.now() - startedAt : Number.POSITIVE_INFINITY;
}

/** Fills a disk up to 256 KiB. The gateway writes meanwhile, so space may be gone between the question and the allocation. */
function fillDisk(dir: string, ballast: string): void {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const { bavail, bsize } = statfsSync(dir);
    if (spawnSync('fallocate', ['-l', String(bavail * bsize - 256 * 1024), ballast]).status === 0) return;
    rmSync(ballast, { force: true });
  }
  throw new Error(`cannot fill ${dir}`);
}

it.for(sizes)(
  'a gateway on a full disk of %d MiB refuses events, keeps the acknowledged ones, and recovers when there is space',
  {
    timeout: 180_000,
  },
  async (size, context) => {
    const disk = mountLoopDisk(size) ?? skipWithoutTool(context, 'F5', 'a loop mount');
    const { gateway, vendor, driver, dataDir } = await startDiskGateway(disk.dir);
    let isOver = false;
    const load = driver.load(gateway.url, 8, () => isOver);
    expect(await eventually(() => driver.obligations.size > 200)).toBe(true);
    const ballast = join(disk.dir, 'ballast');
    fillDisk(disk.dir, ballast);
    expect(await eventually(async () => !(await isReady(gateway)))).toBe(true);
    await sleep(2_000);
    const acknowledged = driver.obligations.size;
    expect(await driver.send(gateway.url)).toBe(false);
    expect(await isUp(gateway)).toBe(true);
    unlinkSync(ballast);
    const resumedMs = await measureMs(async () => driver.obligations.size > acknowledged);
    isOver = true;
    await load;
    await waitUntilDelivered({ driver, vendor });
    const inDoubt = await countInDoubt(connectToGateway({ dataDir }));
    expect(findViolations({ driver, vendor, inDoubt })).toEqual(noViolations);
    expect(await measureFreshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
    addFaultRow(context, {
      fault: 'F5',
      scenario: 'the disk of a gateway fills up under load, then has space again',
      amount: `${size} MiB`,
      expected: '503, no crash, acknowledged = delivered; resumes in 5 s',
      observed: `0 of ${driver.obligations.size} lost; resumed in ${resumedMs} ms`,
    });
    expect(resumedMs).toBeLessThan(15_000);
  },
);

it('a disk with I/O errors leads to 503 and not ready, and the gateway recovers with the disk', {
  timeout: 120_000,
}, async (context) => {
  if (!existsSync('/usr/bin/strace')) skipWithoutTool(context, 'F6', 'strace');
  const base = mkdtempSync(join(tmpdir(), 'convey-eio-'));
  cleanups.push(() => rmSync(base, { recursive: true }));
  const { gateway, vendor, driver, dataDir } = await startDiskGateway(base);
  expect(await driver.send(gateway.url, 50)).toBe(true);
  const pid = readFileSync(join(dataDir, 'convey.pid'), 'utf8').trim();
  const calls = 'pwrite64,fdatasync,fsync';
  const tracer = spawn('strace', [
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    `trace=${calls}`,
    '-e',
    `inject=${calls}:error=EIO`,
    '-p',
    pid,
  ]);
  const exited = once(tracer, 'exit');
  const isRefused = await eventually(async () => tracer.exitCode !== null || !(await driver.send(gateway.url)), 15_000);
  if (tracer.exitCode !== null) skipWithoutTool(context, 'F6', 'strace of another process');
  expect(isRefused).toBe(true);
  expect(await eventually(async () => !(await isReady(gateway)))).toBe(true);
  expect(await isUp(gateway)).toBe(true);
  tracer.kill('SIGINT');
  await exited;
  const readyMs = await measureMs(() => isReady(gateway));
  await waitUntilDelivered({ driver, vendor });
  const inDoubt = await countInDoubt(connectToGateway({ dataDir }));
  expect(findViolations({ driver, vendor, inDoubt })).toEqual(noViolations);
  const freshMs = await measureFreshEvent(driver, vendor, gateway.url);
  expect(freshMs).toBeLessThan(10_000);
  addFaultRow(context, {
    fault: 'F6',
    scenario: 'EIO from every write and sync of the gateway',
    amount: '1',
    expected: '503, /readyz red, no crash; then all delivered',
    observed: `ready again after ${readyMs} ms, fresh in ${freshMs} ms`,
  });
});

it('a read-only file system leads to 503 and not ready, and to no crash', { timeout: 120_000 }, async (context) => {
  const disk = mountLoopDisk(600) ?? skipWithoutTool(context, 'F6', 'a loop mount');
  const trigger = `/sys/fs/ext4/${disk.device}/trigger_fs_error`;
  if (!existsSync(trigger)) skipWithoutTool(context, 'F6', 'trigger_fs_error of ext4');
  const { gateway, driver } = await startDiskGateway(disk.dir);
  expect(await driver.send(gateway.url, 50)).toBe(true);
  writeFileSync(trigger, '1');
  expect(await eventually(async () => !(await driver.send(gateway.url)))).toBe(true);
  expect(await eventually(async () => !(await isReady(gateway)))).toBe(true);
  expect(await isUp(gateway)).toBe(true);
  addFaultRow(context, {
    fault: 'F6',
    scenario: 'the file system turns read-only',
    amount: '1',
    expected: '503, /readyz red, no crash',
    observed: 'as expected',
  });
});

it('a running gateway survives a file system without free inodes, and a start reports the problem', {
  timeout: 120_000,
}, async (context) => {
  const disk = mountLoopDisk(600, '-N', '64') ?? skipWithoutTool(context, 'F6', 'a loop mount');
  const { gateway, vendor, driver, config } = await startDiskGateway(disk.dir);
  let files = 0;
  for (let isFull = false; !isFull && files < 1_000; ) {
    try {
      writeFileSync(join(disk.dir, `full-${files}`), '');
      files += 1;
    } catch {
      isFull = true;
    }
  }
  expect(files).toBeGreaterThan(0);
  expect(await driver.send(gateway.url, 50)).toBe(true);
  await waitUntilDelivered({ driver, vendor });
  await gateway.stop();
  writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), dataDir: join(disk.dir, 'other') }));
  for (let more = 0; more < 20; more += 1) {
    try {
      writeFileSync(join(disk.dir, `more-${more}`), '');
    } catch {
      break;
    }
  }
  const { code, stderr } = await runConveyProcess('start', '--config', config);
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^error: The data folder .* cannot be created: .*ENOSPC.*Set `dataDir`/),
  ]);
  addFaultRow(context, {
    fault: 'F6',
    scenario: 'no free inode',
    amount: '1',
    expected: 'a running gateway continues; a start reports the problem',
    observed: 'as expected',
  });
});
