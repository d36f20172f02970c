import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const stage = join(root, 'dist/bench');

/**
 * Compiles the gateway as the package ships it: type stripping takes about 50 MiB in a process that runs the sources. Returns the
 * module of its process. Throws if a browser build is missing.
 */
export function buildGateway(): URL {
  const module = join(stage, 'bench/children/gateway.js');
  // tsc writes no files if the build info of a deleted build remains.
  if (!existsSync(module)) rmSync(join(root, 'node_modules/.cache/tsc/bench.tsbuildinfo'), { force: true });
  const tsc = join(root, 'node_modules/typescript-native/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.bench.json'), '--noCheck'], { stdio: 'inherit' });
  for (const built of ['pixel', 'dashboard', 'reference'])
    cpSync(join(root, 'dist', built), join(stage, 'dist', built), { recursive: true });
  return pathToFileURL(module);
}
