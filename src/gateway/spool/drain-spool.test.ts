import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readConfig } from '../../config/config.ts';
import { createLogger } from '../../logger.ts';
import { drainSpool } from './drain-spool.ts';

const dir = mkdtempSync(join(tmpdir(), 'convey-drain-'));
afterEach(() => rmSync(dir, { recursive: true }));

it('reports that there is no spool in a folder that no gateway used, and creates nothing', async () => {
  const file = JSON.stringify({ store: 'postgres://nowhere.invalid/convey?sslmode=disable', dataDir: 'wrong' });
  const read = readConfig(file, { CONVEY_SECRETS_KEY: 'a1'.repeat(32) }, dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const { dataDir } = read.config;
  const drain = () => drainSpool(read.config, createLogger('silent', { write() {} }), () => {});
  await expect(drain()).rejects.toThrow(`There is no spool in the data folder ${dataDir}`);
  expect(existsSync(dataDir)).toBe(false);
  mkdirSync(dataDir);
  await expect(drain()).rejects.toThrow('There is no spool');
  expect(readdirSync(dataDir)).toEqual([]);
});
