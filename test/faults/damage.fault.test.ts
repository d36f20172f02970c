import { cpSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { readConfig } from '../../src/config/config.ts';
import { type Gateway, startGateway } from '../../src/gateway/start-gateway.ts';
import { createLogger } from '../../src/logger.ts';
import { openReader } from '../../src/storage/sqlite/open.ts';
import { eventually, type Folder, makeFolder } from '../gateway.fixture.ts';
import { createRandom, type Random } from '../random.fixture.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import { createDriver, type Driver, findViolations } from './oracle.ts';
import { startVendor, type Vendor } from './scripted-vendor.ts';

const damageCount = pickByScale({ part: 10, whole: 200, nightly: 2_000 });
const clockFactor = 20;
const fileNames = ['log.db', 'log.db-wal', 'state.db', 'state.db-wal'] as const;

const lineSchema = z.object({ msg: z.string(), lost: z.number().default(0), corrupt: z.number().default(0) });

interface MonitoredGateway {
  readonly gateway: Gateway;
  /** Returns the number of records that the gateway reported as lost. */
  countLost(): number;
}

async function startMonitored(folder: Folder, vendor: Vendor): Promise<MonitoredGateway> {
  let lost = 0;
  const logger = createLogger('error', {
    write(line: string) {
      const parsed = lineSchema.safeParse(JSON.parse(line));
      if (parsed.success) lost += parsed.data.lost;
    },
  });
  const read = readConfig(readFileSync(folder.writeConfig(vendor.url), 'utf8'), {}, folder.dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const gateway = await startGateway(read.config, { version: 'test', logger, clock: createPacedClock(clockFactor) });
  return { gateway, countLost: () => lost };
}

let template: Folder;
/** A failure keeps the files, because their content depends on the timing of this run. */
let keepsFiles = false;
let driver: Driver;
/** The ids that the platform had before the damage. */
let deliveredBefore: ReadonlySet<string>;

beforeAll(async () => {
  template = makeFolder();
  const vendor = await startVendor();
  driver = createDriver('d');
  const { gateway } = await startMonitored(template, vendor);
  for (let sent = 0; sent < 15; sent += 1) await driver.send(gateway.url, 10);
  await eventually(() => vendor.acceptedEvents.size === 150);
  vendor.react = () => ({ status: 503 });
  deliveredBefore = new Set(vendor.acceptedEvents.keys());
  for (let sent = 0; sent < 15; sent += 1) await driver.send(gateway.url, 10);
  // A record that the identity consumer has not processed cannot be reported as lost if a WAL is truncated. The docs state this.
  await eventually(() => countIndexedEvents(join(template.dataDir, 'state.db')) === driver.obligations.size);
  // The state after a crash: new data is in the WAL files only.
  mkdirSync(join(template.dir, 'crashed'));
  for (const part of fileNames) cpSync(join(template.dataDir, part), join(template.dir, 'crashed', part));
  await gateway.stop(0);
  await vendor.close();
});
afterAll(async () => {
  await driver.close();
  if (keepsFiles) console.error(`The files before the damage are kept in ${join(template.dir, 'crashed')}`);
  else template.remove();
});

function countIndexedEvents(file: string): number {
  const db = openReader(file);
  try {
    return db.prepare<[], number>('SELECT count(*) FROM event_index').pluck().get() ?? 0;
  } finally {
    db.close();
  }
}

interface Damage {
  readonly part: (typeof fileNames)[number];
  readonly at: number;
  /** Number of damaged bytes. 0 truncates the file at `at`. */
  readonly bytes: number;
  /** Start of the sequence of XOR masks. */
  readonly mask: number;
}

function createRandomDamage(random: Random): Damage {
  const part = fileNames[random.integer(fileNames.length)] ?? 'log.db';
  const size = readFileSync(join(template.dir, 'crashed', part)).byteLength;
  const kind = random.fraction();
  const bytes = part.endsWith('-wal') && kind < 0.2 ? 0 : kind < 0.6 ? 1 : 64;
  return { part, at: random.integer(size), bytes, mask: random.integer(255) };
}

function copyDamagedFiles(folder: Folder, { part, at, bytes, mask }: Damage): void {
  mkdirSync(folder.dataDir, { mode: 0o700 });
  for (const each of fileNames) cpSync(join(template.dir, 'crashed', each), join(folder.dataDir, each));
  const file = join(folder.dataDir, part);
  if (bytes === 0) {
    truncateSync(file, at);
    return;
  }
  const content = readFileSync(file);
  for (let index = at; index < Math.min(at + bytes, content.byteLength); index += 1)
    content[index] = (content[index] ?? 0) ^ (1 + ((mask + (index - at) * 101) % 255));
  writeFileSync(file, content);
}

/** Starts a gateway on damaged files, and restarts it while it requests that. Returns the problem that remains, or an empty text. */
async function runOnDamagedFiles(
  damage: Damage,
): Promise<{ readonly problem: string; readonly lost: number; readonly starts: number }> {
  const folder = makeFolder();
  const vendor = await startVendor();
  const freshDriver = createDriver('f');
  copyDamagedFiles(folder, damage);
  let [lost, starts] = [0, 0];
  const needsRestart = () => ['log.db.damage', 'state.db.damage'].some((note) => existsSync(join(folder.dataDir, note)));
  try {
    for (;;) {
      const { gateway, countLost } = await startMonitored(folder, vendor);
      starts += 1;
      const ask = connectToGateway({ dataDir: folder.dataDir });
      const findMissing = async () => {
        const { deadLetters } = await ask('GET /api/sites/:site/dead-letters', { site: 'shop', limit: 1_000 });
        const dead = new Set(deadLetters.flatMap((letter) => ('eventId' in letter ? [letter.eventId] : [])));
        return [...driver.obligations].filter(
          (id) => !deliveredBefore.has(id) && !vendor.acceptedEvents.has(id) && !dead.has(id),
        );
      };
      await eventually(async () => needsRestart() || (await findMissing()).length <= lost + countLost(), 15_000);
      // The integrity check runs in the background. A finding requests another start. Its process has the lowest priority, so that beside
      // other tests it may take a minute until it has found why a record is missing.
      const isExplained = needsRestart() || (await findMissing()).length <= lost + countLost();
      await eventually(needsRestart, isExplained ? 300 : 120_000);
      const missing = needsRestart() ? [] : await findMissing();
      await freshDriver.send(gateway.url);
      const freshId = [...freshDriver.obligations].at(-1) ?? '';
      const isFresh = needsRestart() || (await eventually(() => vendor.acceptedEvents.has(freshId), 15_000));
      await gateway.stop(0);
      lost += countLost();
      if (needsRestart() && starts < 4) continue;
      const issued = new Set([...driver.issued, ...freshDriver.issued]);
      const { unissued, changed } = findViolations({ driver: { ...driver, issued }, vendor, inDoubt: Number.POSITIVE_INFINITY });
      const isCorrect = missing.length <= lost && isFresh && unissued.length + changed.length === 0 && !needsRestart();
      return {
        problem: isCorrect ? '' : JSON.stringify({ damage, missing: missing.length, lost, isFresh, unissued, changed, starts }),
        lost,
        starts,
      };
    }
  } finally {
    await freshDriver.close();
    await vendor.close();
    folder.remove();
  }
}

it('damaged files lead to no wrong payload and no crash, and each loss is reported', {
  timeout: 60_000 + damageCount * 20_000,
}, async (context) => {
  const random = createRandom(context);
  context.onTestFailed(() => {
    keepsFiles = true;
  });
  const problems: string[] = [];
  let [lost, restarts] = [0, 0];
  for (let done = 0; done < damageCount; done += 1) {
    const damage = createRandomDamage(random);
    const result = await runOnDamagedFiles(damage).catch((error: unknown) => ({
      problem: `${JSON.stringify(damage)}: ${String(error)}`,
      lost: 0,
      starts: 1,
    }));
    if (result.problem !== '') problems.push(result.problem);
    lost += result.lost;
    restarts += result.starts - 1;
  }
  addFaultRow(context, {
    fault: 'F15',
    scenario: '1 or 64 bytes flipped in log.db, state.db or a write-ahead log, or a write-ahead log truncated',
    amount: `${damageCount} damages`,
    expected: 'no wrong payload; stays up; each loss is reported',
    observed: `${problems.length} wrong; ${lost} records reported lost; ${restarts} restarts`,
  });
  expect(problems).toEqual([]);
});
