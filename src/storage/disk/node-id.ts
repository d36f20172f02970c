import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Returns the id of the process that has locked the data folder; creates it once. It owns leases in a shared database: a restart takes
 * over its own leases at once, and another machine waits until they expire.
 */
export function readNodeId(dir: string): string {
  const file = join(dir, 'node.id');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const id = randomUUID();
  writeFileSync(`${file}.new`, `${id}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  return id;
}
