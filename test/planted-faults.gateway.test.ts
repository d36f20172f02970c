import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test("the fixtures of Meta catch every fault that is planted in Meta's mapping", { timeout: 60_000 }, () => {
  const root = join(import.meta.dirname, '..');
  // The script exits with 1 if the fixtures miss a fault.
  const printed = execFileSync(process.execPath, ['scripts/plant-faults.ts', 'meta'], { cwd: root, encoding: 'utf8' });
  const rows = printed.trimEnd().split('\n').slice(2);
  expect(rows.length).toBeGreaterThanOrEqual(20);
  expect(rows.filter((row) => row.includes('**none**'))).toEqual([]);
});
