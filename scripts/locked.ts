import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { printError } from '../src/cli/terminal-output.ts';

const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), dev: z.boolean().default(false) })),
});
const versionSchema = z.object({ version: z.string() });

/** Returns the production dependencies of the lock file: the version of each by its folder, such as `node_modules/zod`. */
export function readLocked(root: string): ReadonlyMap<string, string> {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  return new Map(
    Object.entries(packages).flatMap(([path, { version, dev }]) => (path === '' || dev || !version ? [] : [[path, version]])),
  );
}

/** Returns the version of the package in a folder, or undefined if there is none. */
export function readVersion(folder: string): string | undefined {
  const manifest = join(folder, 'package.json');
  return existsSync(manifest) ? versionSchema.parse(JSON.parse(readFileSync(manifest, 'utf8'))).version : undefined;
}

/** Runs before `npm pack`, which includes `node_modules` unchanged. */
if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const others = [...readLocked(root)]
    .filter(([path, version]) => readVersion(join(root, path)) !== version)
    .map(([path]) => path);
  if (others.length > 0) {
    printError(`Packages differ from package-lock.json: ${others.join(', ')}. Run npm ci`);
    process.exitCode = 1;
  }
}
