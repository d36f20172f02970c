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
import { eventually, type Folder, makeFolder, root, runConveyProcess, startGatewayProcess } from '../gateway.fixture.ts';
import { createRandom } from '../random.fixture.ts';
import { sized, tell } from './fault-scale.ts';
import { freshEvent, inDoubtOf, judge, makeDriver, nothingWrong, settled } from './oracle.ts';
import { startVendor } from './scripted-vendor.ts';

const rounds = sized({ part: 1, whole: 10, nightly: 10 });
const rows = 60_000;
/** Versions from which three steps or more are to be taken, so that there is a middle. */
const oldest = stateMigrations.length - 3;
const patience = 30;

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** The file as the Convey of that schema wrote it: one connection that has delivered nothing yet, and another with a long history. */
function oldState(file: string, schema: number): void {
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

function schemaIn(file: string): number {
  const db = new Database(file);
  const schema = schemaVersion(db);
  db.close();
  return schema;
}

/** Starts a gateway on the file and kills it so many milliseconds after it has the folder; the schema that it left. */
async function killed(folder: Folder, config: string, afterMs: number): Promise<number> {
  const pidFile = join(folder.dataDir, 'convey.pid');
  rmSync(pidFile, { force: true });
  const child: ChildProcess = spawn(process.execPath, [join(root, 'bin/convey.js'), 'start', '--config', config], {
    stdio: 'ignore',
  });
  const gone = once(child, 'exit');
  const hasFolder = () => {
    try {
      return readFileSync(pidFile, 'utf8').includes(String(child.pid));
    } catch {
      return false;
    }
  };
  while (!hasFolder()) await sleep(2);
  await sleep(afterMs);
  child.kill('SIGKILL');
  await gone;
  return schemaIn(join(folder.dataDir, 'state.db'));
}

it('an interrupted upgrade with a backlog continues with the next start, and everything is delivered', {
  timeout: 60_000 + rounds * 90_000,
}, async (context) => {
  const random = createRandom(context);
  let kills = 0;
  const left: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const schema = 1 + (round % oldest);
    const folder = makeFolder();
    const vendor = await startVendor();
    const driver = makeDriver(`m${round}`);
    ending.push(folder.remove, vendor.close, driver.close);
    const config = folder.writeConfig(vendor.url);
    const state = join(folder.dataDir, 'state.db');

    vendor.react = () => ({ status: 503 });
    const before = await startGatewayProcess(config);
    for (let sent = 0; sent < 10; sent += 1) await driver.send(before.url, 100);
    await before.kill();
    expect(driver.obligations.size).toBe(1_000);

    const old = join(folder.dir, 'old.db');
    oldState(old, schema);
    let [tooEarly, tooLate] = [0, 1_500];
    let middle = schema;
    for (let tries = 0; tries < patience && (middle === schema || middle === stateMigrations.length); tries += 1) {
      for (const part of ['', '-wal', '-shm']) rmSync(state + part, { force: true });
      copyFileSync(old, state);
      const afterMs = tooEarly + random.fraction() * (tooLate - tooEarly);
      middle = await killed(folder, config, afterMs);
      kills += 1;
      if (middle === schema) tooEarly = afterMs * 0.9;
      else tooLate = Math.max(afterMs * 1.1, tooEarly + 50);
    }
    expect(middle).toBeGreaterThan(schema);
    expect(middle).toBeLessThan(stateMigrations.length);
    left.push(middle);

    vendor.react = undefined;
    if (round % 2 === 1) {
      const { code, stdout } = await runConveyProcess('migrate', '--config', config);
      expect([code, stdout]).toEqual([
        0,
        expect.stringContaining(`schema ${middle}, this version needs ${stateMigrations.length}`),
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
    await settled({ driver, vendor });
    const inDoubt = await inDoubtOf(connectToGateway({ dataDir: folder.dataDir }));
    expect(judge({ driver, vendor, inDoubt })).toEqual(nothingWrong);
    expect(await freshEvent(driver, vendor, gateway.url)).toBeLessThan(10_000);
    expect(schemaIn(state)).toBe(stateMigrations.length);
    await gateway.kill();
    expect(await eventually(() => vendor.taken.size >= 1_001)).toBe(true);
  }
  tell(context, {
    fault: 'F19',
    what: 'kill -9 in the middle of a schema upgrade with a backlog of 1,000',
    times: `${rounds} upgrades, ${kills} kills`,
    holds: 'goes on with the next start; each step once; all delivered',
    seen: `killed at schema ${left.join(', ')} of ${stateMigrations.length}; 0 lost`,
  });
});
