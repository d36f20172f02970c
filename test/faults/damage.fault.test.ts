import { cpSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { systemClock } from '../../src/clock/clock.ts';
import { readConfig } from '../../src/config/config.ts';
import { type Gateway, startGateway } from '../../src/gateway/start-gateway.ts';
import { createLogger } from '../../src/logger.ts';
import { openReader } from '../../src/storage/sqlite/open.ts';
import { eventually, type Folder, makeFolder } from '../gateway.fixture.ts';
import { createRandom, type Random } from '../random.fixture.ts';
import { sized, tell } from './fault-scale.ts';
import { type Driver, judge, makeDriver } from './oracle.ts';
import { startVendor, type Vendor } from './scripted-vendor.ts';

const damages = sized({ part: 20, whole: 200, nightly: 2_000 });
const factor = 20;
const parts = ['log.db', 'log.db-wal', 'state.db', 'state.db-wal'] as const;

const lineSchema = z.object({ msg: z.string(), lost: z.number().default(0), corrupt: z.number().default(0) });

interface Running {
  readonly gateway: Gateway;
  /** Records that it said it lost. */
  lost(): number;
}

async function run(folder: Folder, vendor: Vendor): Promise<Running> {
  let lost = 0;
  const logger = createLogger('error', {
    write(line: string) {
      const told = lineSchema.safeParse(JSON.parse(line));
      if (told.success) lost += told.data.lost;
    },
  });
  const read = readConfig(readFileSync(folder.writeConfig(vendor.url), 'utf8'), {}, folder.dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const gateway = await startGateway(read.config, { version: 'test', logger, clock: systemClock(factor) });
  return { gateway, lost: () => lost };
}

let template: Folder;
/** The content of the files depends on the timing of this run, so a failure keeps them. */
let isKept = false;
let driver: Driver;
/** What the platform had before the files were damaged. */
let delivered: ReadonlySet<string>;

beforeAll(async () => {
  template = makeFolder();
  const vendor = await startVendor();
  driver = makeDriver('d');
  const { gateway } = await run(template, vendor);
  for (let sent = 0; sent < 15; sent += 1) await driver.send(gateway.url, 10);
  await eventually(() => vendor.taken.size === 150);
  vendor.react = () => ({ status: 503 });
  delivered = new Set(vendor.taken.keys());
  for (let sent = 0; sent < 15; sent += 1) await driver.send(gateway.url, 10);
  // What nobody has looked at yet cannot be told of where the end of a write-ahead log is cut off: the docs say so.
  await eventually(() => lookedAt(join(template.dataDir, 'state.db')) === driver.obligations.size);
  // As a crash leaves them: the write-ahead logs hold all that is new.
  mkdirSync(join(template.dir, 'crashed'));
  for (const part of parts) cpSync(join(template.dataDir, part), join(template.dir, 'crashed', part));
  await gateway.stop(0);
  await vendor.close();
});
afterAll(async () => {
  await driver.close();
  if (isKept) console.error(`The files before the damage are kept in ${join(template.dir, 'crashed')}`);
  else template.remove();
});

function lookedAt(file: string): number {
  const db = openReader(file);
  try {
    return db.prepare<[], number>('SELECT count(*) FROM event_index').pluck().get() ?? 0;
  } finally {
    db.close();
  }
}

interface Damage {
  readonly part: (typeof parts)[number];
  readonly at: number;
  /** 0: the file ends there. */
  readonly bytes: number;
  /** The masks of the bytes start from it. */
  readonly mask: number;
}

function randomDamage(random: Random): Damage {
  const part = parts[random.integer(parts.length)] ?? 'log.db';
  const size = readFileSync(join(template.dir, 'crashed', part)).byteLength;
  const kind = random.fraction();
  const bytes = part.endsWith('-wal') && kind < 0.2 ? 0 : kind < 0.6 ? 1 : 64;
  return { part, at: random.integer(size), bytes, mask: random.integer(255) };
}

function damage(folder: Folder, { part, at, bytes, mask }: Damage): void {
  mkdirSync(folder.dataDir, { mode: 0o700 });
  for (const each of parts) cpSync(join(template.dir, 'crashed', each), join(folder.dataDir, each));
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

/** Starts on damaged files, and again where the gateway asks for it; what is wrong in the end, by name. */
async function live(what: Damage): Promise<{ readonly wrong: string; readonly lost: number; readonly starts: number }> {
  const folder = makeFolder();
  const vendor = await startVendor();
  const later = makeDriver('f');
  damage(folder, what);
  let [lost, starts] = [0, 0];
  const asked = () => ['log.db.damage', 'state.db.damage'].some((note) => existsSync(join(folder.dataDir, note)));
  try {
    for (;;) {
      const { gateway, lost: saysLost } = await run(folder, vendor);
      starts += 1;
      const ask = connectToGateway({ dataDir: folder.dataDir });
      const missing = async () => {
        const { deadLetters } = await ask('GET /api/sites/:site/dead-letters', { site: 'shop', limit: 1_000 });
        const dead = new Set(deadLetters.flatMap((letter) => ('eventId' in letter ? [letter.eventId] : [])));
        return [...driver.obligations].filter((id) => !delivered.has(id) && !vendor.taken.has(id) && !dead.has(id));
      };
      await eventually(async () => asked() || (await missing()).length <= lost + saysLost(), 15_000);
      // The files are read through beside the rest: what that finds asks for another start.
      await eventually(asked, 300);
      const left = asked() ? [] : await missing();
      await later.send(gateway.url);
      const fresh = [...later.obligations].at(-1) ?? '';
      const isFresh = asked() || (await eventually(() => vendor.taken.has(fresh), 15_000));
      await gateway.stop(0);
      lost += saysLost();
      if (asked() && starts < 4) continue;
      const issued = new Set([...driver.issued, ...later.issued]);
      const { strangers, changed } = judge({ driver: { ...driver, issued }, vendor, inDoubt: Number.POSITIVE_INFINITY });
      const isRight = left.length <= lost && isFresh && strangers.length + changed.length === 0 && !asked();
      return {
        wrong: isRight ? '' : JSON.stringify({ what, left: left.length, lost, isFresh, strangers, changed, starts }),
        lost,
        starts,
      };
    }
  } finally {
    await later.close();
    await vendor.close();
    folder.remove();
  }
}

it('damaged files lead to no wrong payload and no crash, and each loss is reported', {
  timeout: 60_000 + damages * 20_000,
}, async (context) => {
  const random = createRandom(context);
  context.onTestFailed(() => {
    isKept = true;
  });
  const wrong: string[] = [];
  let [lost, again] = [0, 0];
  for (let done = 0; done < damages; done += 1) {
    const what = randomDamage(random);
    const seen = await live(what).catch((error: unknown) => ({
      wrong: `${JSON.stringify(what)}: ${String(error)}`,
      lost: 0,
      starts: 1,
    }));
    if (seen.wrong !== '') wrong.push(seen.wrong);
    lost += seen.lost;
    again += seen.starts - 1;
  }
  tell(context, {
    fault: 'F15',
    what: '1 or 64 bytes flipped in log.db, state.db or a write-ahead log, or the latter cut off',
    times: `${damages} damages`,
    holds: 'no wrong payload; stays up; loss is told',
    seen: `${wrong.length} wrong; ${lost} records told lost; ${again} starts asked for`,
  });
  expect(wrong).toEqual([]);
});
