import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** The file with the id of the process that has locked the data folder, and the place that it was made for. */
export const nodeIdFile = 'node.id';

/**
 * Returns the id of the process that has locked the data folder; creates it once. It owns leases in a shared database: a restart takes
 * over its own leases at once, and another machine waits until they expire. A copy of the folder gets an id of its own.
 */
export function readNodeId(dir: string, host = hostname()): string {
  const place = `${host} ${statSync(dir).ino}`;
  const [stored, storedPlace] = readLines(dir);
  if (stored && storedPlace === place) return stored;
  const id = randomUUID();
  const file = join(dir, nodeIdFile);
  writeFileSync(`${file}.new`, `${id}\n${place}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  return id;
}

/** Returns the id of the process that had locked the data folder last, be it on another machine. */
export function findLastNodeId(dir: string): string | undefined {
  const [stored] = readLines(dir);
  return stored;
}

function readLines(dir: string): readonly string[] {
  const file = join(dir, nodeIdFile);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
}
