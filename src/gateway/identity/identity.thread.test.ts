import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** Returns the packages that a module loads, itself or by others. */
function listPackages(module: string): readonly string[] {
  const loaded = new Set<string>();
  const load = (file: string) => {
    loaded.add(file);
    const code = stripTypeScriptTypes(readFileSync(file, 'utf8'));
    for (const [, target = ''] of code.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)'/gm)) {
      const next = target.startsWith('.') ? join(dirname(file), target) : target;
      if (loaded.has(next)) continue;
      if (next === target) loaded.add(next);
      else load(next);
    }
  };
  load(join(import.meta.dirname, '../..', module));
  return [...loaded].filter((one) => !one.startsWith('/') && !one.startsWith('node:'));
}

test.each([
  'gateway/identity/identity.thread.ts',
  'storage/store/sqlite/sqlite-store.writer.ts',
  'storage/log/sqlite-log.writer.ts',
])('the thread of %s loads neither schemas nor the logger', (module) => {
  expect(listPackages(module)).toEqual(['better-sqlite3']);
});
