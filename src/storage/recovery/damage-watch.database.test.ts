import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../logger.ts';
import { CorruptRowError } from '../sqlite/sqlite-errors.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { type DamageWatch, watchDamage } from './damage-watch.ts';

const now = () => 1_795_514_400_000;

let dir: string;
let lines: string[];
let watch: DamageWatch;
let dataDir: { readonly log: string; readonly state: string };
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-watch-'));
  lines = [];
  dataDir = { log: join(dir, 'elsewhere', 'log.db'), state: join(dir, 'state.db') };
  watch = watchDamage({ dataDir, now, logger: createLogger('error', { write: (line: string) => void lines.push(line) }) });
});
afterEach(async () => {
  await watch.stop();
  rmSync(dir, { recursive: true });
});

describe('damage watch', () => {
  it('logs a failing check, records no damage for it, and checks the other file', async () => {
    await (await openSqliteStore(dataDir.state, { now })).close();
    writeFileSync(dataDir.state, readFileSync(dataDir.state).fill(0xff, 4_096, 12_288));
    watch.check();
    await expect.poll(() => watch.damagedFiles(), { timeout: 30_000 }).toEqual(['state.db']);
    expect(lines.join()).toContain('integrity check failed');
    expect(existsSync(`${dataDir.state}.damage`)).toBe(true);
    expect(existsSync(`${dataDir.log}.damage`)).toBe(false);
  });

  it('reports damage again when it could not be recorded, and throws nothing', () => {
    const closedWatch = watchDamage({
      dataDir: { ...dataDir, state: join(dir, 'elsewhere', 'state.db') },
      now,
      logger: createLogger('error', { write: (line: string) => void lines.push(line) }),
    });
    closedWatch.suspect(new CorruptRowError('a row'));
    expect(closedWatch.damagedFiles()).toEqual([]);
    expect(lines.join()).toContain('the damage record could not be written');
    mkdirSync(join(dir, 'elsewhere'));
    closedWatch.suspect(new CorruptRowError('a row'));
    expect(closedWatch.damagedFiles()).toEqual(['state.db']);
  });
});
