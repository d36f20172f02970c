import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const config = 'tsconfig.bench.json';
const stage = join(root, 'dist/bench');

/**
 * Compiles the gateway as the package ships it: type stripping takes about 50 MiB in a process that runs the sources. Returns the
 * module of its process. Throws if a browser build is missing.
 */
export function buildGateway(): URL {
  // tsc writes no files if the build info of a deleted build remains.
  if (!existsSync(toModule(stage))) rmSync(join(root, 'node_modules/.cache/tsc/bench.tsbuildinfo'), { force: true });
  return compile(root, stage, []);
}

/**
 * Compiles the gateway of another commit with the processes of this benchmark. The commit must have the modules that these import.
 * @throws if `ref` is no commit
 */
export function buildBase(ref: string): URL {
  const commit = execFileSync('git', ['rev-parse', '--verify', `${ref}^{commit}`], { cwd: root, encoding: 'utf8' }).trim();
  const base = join(root, 'dist/bench-base', commit);
  if (!existsSync(toModule(base))) {
    rmSync(base, { recursive: true, force: true });
    mkdirSync(join(base, 'sources'), { recursive: true });
    const archive = execFileSync(
      'git',
      ['archive', commit, 'src', 'package.json', 'tsconfig.base.json', 'tsconfig.server.json'],
      {
        cwd: root,
        maxBuffer: 1024 ** 3,
      },
    );
    execFileSync('tar', ['-x', '-C', join(base, 'sources')], { input: archive });
    for (const path of ['bench', config]) cpSync(join(root, path), join(base, 'sources', path), { recursive: true });
  }
  return compile(join(base, 'sources'), base, ['--incremental', 'false', '--tsBuildInfoFile', 'null']);
}

function compile(sources: string, out: string, options: readonly string[]): URL {
  const tsc = join(root, 'node_modules/typescript-native/bin/tsc');
  const args = [tsc, '-p', join(sources, config), '--noCheck', '--outDir', out, ...options];
  execFileSync(process.execPath, args, { stdio: 'inherit' });
  for (const built of ['pixel', 'dashboard', 'reference'])
    cpSync(join(root, 'dist', built), join(out, 'dist', built), { recursive: true });
  return pathToFileURL(toModule(out));
}

function toModule(out: string): string {
  return join(out, 'bench/children/gateway.js');
}
