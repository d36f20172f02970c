import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const root = join(import.meta.dirname, '..');
const source = join(root, 'src/js-package');
const packedSchema = z.array(z.object({ filename: z.string() })).length(1);

/** Compiles the package `@convey/js`, and packs it into a folder, in the version of Convey. Returns the archive's path. */
export function packJsPackage(folder: string): string {
  const stage = mkdtempSync(join(tmpdir(), 'convey-js-'));
  const tsc = join(root, 'node_modules/typescript-native/bin/tsc');
  const project = ['-p', join(root, 'tsconfig.js-package.json'), '--composite', 'false', '--incremental', 'false'];
  execFileSync(process.execPath, [tsc, ...project, '--declaration', '--emitDeclarationOnly', 'false', '--outDir', stage], {
    stdio: 'inherit',
  });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);
  copyFileSync(join(source, 'README.md'), join(stage, 'README.md'));
  copyFileSync(join(root, 'LICENSE'), join(stage, 'LICENSE'));
  const pack = ['pack', '--ignore-scripts', '--json', '--offline', '--pack-destination', folder];
  const packed = packedSchema.parse(JSON.parse(execFileSync('npm', pack, { cwd: stage, encoding: 'utf8' })));
  rmSync(stage, { recursive: true });
  return join(folder, packed[0]?.filename ?? '');
}

if (import.meta.main) console.log(packJsPackage(process.cwd()));
