import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const destinations = globSync('src/destinations/*/fixtures/planted-faults.json', { cwd: root }).map((file) =>
  basename(join(file, '../..')),
);

/** The rows of each destination's table. One process plants the faults of all, and loads the kit once. */
const tables = new Map<string, readonly string[]>();

beforeAll(() => {
  const args = ['scripts/plant-faults.ts', ...destinations];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const printed = stdout.trimEnd().split('\n\n');
  for (const [index, id] of destinations.entries()) tables.set(id, printed[index]?.split('\n').slice(2) ?? []);
  // The script exits with 1 if the fixtures miss a fault.
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
}, 120_000);

test.each(destinations)('the fixtures of %s catch every fault that is planted in its mapping', (id) => {
  const rows = tables.get(id) ?? [];
  expect(rows.length).toBeGreaterThanOrEqual(20);
  expect(rows.filter((row) => row.includes('**none**'))).toEqual([]);
});

test('several platforms have planted faults', () => {
  expect(destinations).toEqual(expect.arrayContaining(['meta', 'openai-ads', 'tiktok', 'webhook']));
});
