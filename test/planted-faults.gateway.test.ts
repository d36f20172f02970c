import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const destinations = globSync('src/destinations/*/fixtures/planted-faults.json', { cwd: root }).map((file) =>
  basename(join(file, '../..')),
);

test.each(destinations)('the fixtures of %s catch every fault that is planted in its mapping', { timeout: 60_000 }, (id) => {
  // The script exits with 1 if the fixtures miss a fault.
  const printed = execFileSync(process.execPath, ['scripts/plant-faults.ts', id], { cwd: root, encoding: 'utf8' });
  const rows = printed.trimEnd().split('\n').slice(2);
  expect(rows.length).toBeGreaterThanOrEqual(20);
  expect(rows.filter((row) => row.includes('**none**'))).toEqual([]);
});

test('several platforms have planted faults', () => {
  expect(destinations).toEqual(expect.arrayContaining(['meta', 'openai-ads', 'tiktok', 'webhook']));
});
