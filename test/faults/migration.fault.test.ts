import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { schemaVersion } from '../../src/storage/sqlite/open.ts';
import { stateMigrations } from '../../src/storage/store/sqlite/schema.ts';
import { conveyScript, eventually, type Folder, makeFolder, runConveyProcess, startGatewayProcess } from '../gateway.fixture.ts';
import { createRandom } from '../random.fixture.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import { countInDoubt, createDriver, findViolations, measureFreshEvent, noViolations, waitUntilDelivered } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';

const rounds = pickByScale({ part: 1, whole: 10, nightly: 10 });
const rows = 60_000;
/** The next step counts the totals, which the test reads. */
const newestStartSchema = 6;
const maxKillsPerRound = 32;
/** Each search for the time of the upgrade has this many kills. A slow start misleads a search for good, so others follow. */
const killsPerSearch = 8;
/** The longest time from the pid file to the end of the upgrade. */
const longestUpgradeMs = 3_000;

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

/** Writes a state file of an earlier schema: one connection that has delivered nothing yet, and another with a long history. */
function writeOldState(file: string, schema: number): void {
  const db = new Database(file);
  db.pragma('auto_vacuum = INCREMENTAL');
  db.pragma('journal_mode = WAL');
  for (const sql of stateMigrations.slice(0, schema)) db.exec(sql);
  db.pragma(`user_version = ${schema}`);
  const state = {
    cursor: '',
    pause: null,
    breaker: { failures: 0, recent: [], failedProbes: null, notBefore: 0 },
    verdicts: '',
    settingsDigest: '',
    settingsChangedAt: 0,
    inDoubt: 0,
  };
  db.prepare("INSERT INTO connections (pump, state) VALUES ('shop/bing', ?)").run(JSON.stringify(state));
  db.exec(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO outcome_blocks (pump, first, last, entries, counts)
      SELECT 'past/bing', printf('%016d', i), printf('%016d', i), x'', '{"delivered":2,"waiting":1}' FROM n;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO stragglers (pump, offset, why, due_at, tries, part) SELECT 'past/bing', printf('%016d', i), 'retry', 1, 1, NULL FROM n;`);
  if (schema >= 3) {
    db.exec(`
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      INSERT INTO event_index (site, offset, received_at, time, name, id, reporters, consent, keys)
        SELECT 'past', printf('%016d', i), ${Date.now()}, ${Date.now()}, 'Purchase', 'past-' || i, 1, 1, 1 FROM n;`);
  }
  db.close();
}

function readSchema(file: string): number {
  const db = new Database(file);
  const schema = schemaVersion(db);
  db.close();
  return schema;
}

/** Starts a gateway and kills it `afterMs` after it wrote its pid file. Returns the schema of the state file. */
async function killDuringStart(folder: Folder, config: string, afterMs: number): Promise<number> {
  const pidFile = join(folder.dataDir, 'convey.pid');
  rmSync(pidFile, { force: true });
  const child: ChildProcess = spawn(process.execPath, [conveyScript, 'start', '--config', config], {
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  const hasPidFile = () => {
    try {
      return readFileSync(pidFile, 'utf8').includes(String(child.pid));
    } catch {
      return false;
    }
  };
  while (!hasPidFile()) {
    if (child.exitCode !== null) throw new Error(`the gateway ended at its start with code ${child.exitCode}`);
    await sleep(2);
  }
  await sleep(afterMs);
  child.kill('SIGKILL');
  await exited;
  return readSchema(join(folder.dataDir, 'state.db'));
}

it('an interrupted upgrade with a backlog continues with the next start, and everything is delivered', {
  timeout: 60_000 + rounds * 90_000,
}, async (context) => {
  const random = createRandom(context);
  let kills = 0;
  const schemasAfterKill: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const schema = 1 + (round % newestStartSchema);
    const folder = makeFolder();
    const vendor = await startVendor();
    const driver = createDriver(`m${round}`);
    cleanups.push(folder.remove, vendor.close, driver.close);
    const config = folder.writeConfig(vendor.url);
    const state = join(folder.dataDir, 'state.db');

    vendor.react = () => ({ status: 503 });
    const before = await startGatewayProcess(config);
    for (let sent = 0; sent < 10; sent += 1) await driver.send(before.url, 100);
    await before.kill();
    expect(driver.obligations.size).toBe(1_000);

    const old = join(folder.dir, 'old.db');
    writeOldState(old, schema);
    let [earliestMs, latestMs] = [0, longestUpgradeMs];
    let killedAtSchema = schema;
    for (
      let attempt = 0;
      attempt < maxKillsPerRound && (killedAtSchema === schema || killedAtSchema === stateMigrations.length);
      attempt += 1
    ) {
      if (attempt % killsPerSearch === 0) [earliestMs, latestMs] = [0, longestUpgradeMs];
      for (const part of ['', '-wal', '-shm']) rmSync(state + part, { force: true });
      copyFileSync(old, state);
      const afterMs = earliestMs + random.fraction() * (latestMs - earliestMs);
      killedAtSchema = await killDuringStart(folder, config, afterMs);
      kills += 1;
      if (killedAtSchema === schema) earliestMs = afterMs * 0.9;
      else latestMs = Math.max(afterMs * 1.1, earliestMs + 50);
    }
    expect(killedAtSchema).toBeGreaterThan(schema);
    expect(killedAtSchema).toBeLessThan(stateMigrations.length);
    schemasAfterKill.push(killedAtSchema);

    vendor.react = undefined;
    if (round % 2 === 1) {
      const { code, stdout } = await runConveyProcess('migrate', '--config', config);
      expect([code, stdout]).toEqual([
        0,
        expect.stringContaining(`schema ${killedAtSchema}, this version needs ${stateMigrations.length}`),
      ]);
    }
    const gateway = await startGatewayProcess(config);
    const totals = new Database(state, { readonly: true });
    const counted = totals
      .prepare("SELECT outcome, events FROM outcome_totals WHERE consumer = 'past/bing' ORDER BY outcome")
      .all();
    totals.close();
    expect(counted).toEqual([
      { outcome: 'delivered', events: 2 * rows },
      { outcome: 'waiting', events: rows },
    ]);
    await waitUntilDelivered({ driver, vendor });
    const inDoubt = await countInDoubt(connectToGateway({ dataDir: folder.dataDir }));
    expect(findViolations({ driver, vendor, inDoubt })).toEqual(noViolations);
    expect(await measureFreshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
    expect(readSchema(state)).toBe(stateMigrations.length);
    await gateway.kill();
    expect(await eventually(() => vendor.acceptedEvents.size >= 1_001)).toBe(true);
  }
  addFaultRow(context, {
    fault: 'F19',
    scenario: 'kill -9 in the middle of a schema upgrade with a backlog of 1,000',
    amount: `${rounds} upgrades, ${kills} kills`,
    expected: 'the next start continues; each step runs once; all delivered',
    observed: `killed at schema ${schemasAfterKill.join(', ')} of ${stateMigrations.length}; 0 lost`,
  });
});
